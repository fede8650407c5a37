-- Templates of projects beside those of the installation; drafts, and who published or withdrew a version.
ALTER TABLE templates_template
  ADD COLUMN project_id uuid,
  ADD COLUMN built_in boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT templates_template_project_id_fkey FOREIGN KEY (project_id) REFERENCES access_project (id) ON DELETE RESTRICT ON UPDATE CASCADE;
-- Until now there were only those that come with the product.
UPDATE templates_template SET built_in = true;
CREATE INDEX templates_template_project_id_idx ON templates_template (project_id);

ALTER TABLE template_version
  ADD COLUMN created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  ADD COLUMN created_by text,
  ADD COLUMN published_by text,
  ADD COLUMN state_reason text;

-- A published version keeps its bytes, its number and its place for ever, and never becomes a draft again.
CREATE OR REPLACE FUNCTION template_version_is_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'draft' AND (TG_OP = 'DELETE'
    OR (NEW.id, NEW.template_id, NEW.files, NEW.sha256, NEW.version, NEW.published_at) IS DISTINCT FROM
       (OLD.id, OLD.template_id, OLD.files, OLD.sha256, OLD.version, OLD.published_at)
    OR NEW.state = 'draft') THEN
    RAISE EXCEPTION 'a published template version cannot be changed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
