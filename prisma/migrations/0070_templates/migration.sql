CREATE TABLE templates_template (
  id uuid NOT NULL,
  name text NOT NULL,
  title text NOT NULL,
  description text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT templates_template_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX templates_template_name_key ON templates_template (name);

CREATE TABLE template_version (
  id uuid NOT NULL,
  template_id uuid NOT NULL,
  version text NOT NULL,
  state text NOT NULL,
  sha256 text NOT NULL,
  files jsonb NOT NULL,
  published_at timestamptz(3),
  CONSTRAINT template_version_pkey PRIMARY KEY (id),
  CONSTRAINT template_version_template_id_fkey FOREIGN KEY (template_id) REFERENCES templates_template (id) ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT template_version_state_check CHECK (state IN ('draft', 'published', 'deprecated', 'withdrawn'))
);
CREATE UNIQUE INDEX template_version_template_id_version_key ON template_version (template_id, version);

CREATE FUNCTION template_version_is_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'draft' AND (TG_OP = 'DELETE' OR (NEW.files, NEW.sha256, NEW.version) IS DISTINCT FROM (OLD.files, OLD.sha256, OLD.version)) THEN
    RAISE EXCEPTION 'a published template version cannot be changed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER template_version_immutable BEFORE UPDATE OR DELETE ON template_version
  FOR EACH ROW EXECUTE FUNCTION template_version_is_immutable();
