-- A NOTIFY in the transaction makes all commits of an installation wait for one another. Whoever moves a release wakes
-- the workers once it is committed; the event waits here.
CREATE OR REPLACE FUNCTION pipelines_note_release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NEW.state <> OLD.state THEN
    INSERT INTO pipelines_release_event (release_id, state) VALUES (NEW.id, NEW.state);
  END IF;
  RETURN NULL;
END
$$;
