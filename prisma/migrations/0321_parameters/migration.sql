-- Which template version an application follows: the application as a whole, or one of its environments.
CREATE TABLE app_template (
  application_id uuid NOT NULL,
  -- The application itself, or an environment.
  scope_id uuid NOT NULL,
  template_version_id uuid NOT NULL,
  changed_by text NOT NULL,
  changed_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT app_template_pkey PRIMARY KEY (application_id, scope_id),
  CONSTRAINT app_template_application_id_fkey FOREIGN KEY (application_id) REFERENCES applications_application (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT app_template_template_version_id_fkey FOREIGN KEY (template_version_id) REFERENCES template_version (id) ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE INDEX app_template_template_version_id_idx ON app_template (template_version_id);

-- A revision of one layer of parameters; the highest one counts.
CREATE TABLE param_layer (
  application_id uuid NOT NULL,
  layer text NOT NULL,
  -- The application, an environment or a target.
  scope_id uuid NOT NULL,
  revision integer NOT NULL,
  value jsonb NOT NULL,
  author_id text NOT NULL,
  author text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT param_layer_pkey PRIMARY KEY (application_id, layer, scope_id, revision),
  CONSTRAINT param_layer_application_id_fkey FOREIGN KEY (application_id) REFERENCES applications_application (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT param_layer_layer_check CHECK (layer IN ('application', 'environment', 'target')),
  CONSTRAINT param_layer_value_check CHECK (jsonb_typeof(value) = 'object')
);

CREATE FUNCTION param_layer_is_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a revision of parameters cannot be changed' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER param_layer_immutable BEFORE UPDATE ON param_layer
  FOR EACH ROW EXECUTE FUNCTION param_layer_is_immutable();

-- What runs today is where its environment starts from.
INSERT INTO app_template (application_id, scope_id, template_version_id, changed_by)
SELECT DISTINCT ON (ae.id) ae.application_id, ae.environment_id, r.template_version_id, r.created_by
FROM release r JOIN app_environment ae ON ae.id = r.app_environment_id
WHERE r.kind = 'deploy' AND r.template_version_id IS NOT NULL ORDER BY ae.id, r.number DESC;
INSERT INTO param_layer (application_id, layer, scope_id, revision, value, author_id, author)
SELECT DISTINCT ON (ae.id) ae.application_id, 'environment', ae.environment_id, 1, r.parameters, r.created_by_id, r.created_by
FROM release r JOIN app_environment ae ON ae.id = r.app_environment_id
WHERE r.kind = 'deploy' AND r.template_version_id IS NOT NULL ORDER BY ae.id, r.number DESC;
