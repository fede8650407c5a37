-- That a wave of a release asks people is told like a change of its state; once a wave, however many targets ask.
CREATE FUNCTION pipelines_note_questions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO pipelines_release_event (release_id, state)
    SELECT DISTINCT x.release_id, 'asking.' || (x.wave + 1) FROM asked q JOIN target_run x ON x.id = q.run_id;
  RETURN NULL;
END
$$;
CREATE TRIGGER pipelines_questions_asked AFTER INSERT ON run_question
  REFERENCING NEW TABLE AS asked FOR EACH STATEMENT EXECUTE FUNCTION pipelines_note_questions();
