CREATE TABLE applications_application (
  id uuid NOT NULL,
  project_id uuid NOT NULL,
  slug text NOT NULL,
  display_name text NOT NULL,
  team text,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT applications_application_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX applications_application_project_id_slug_key ON applications_application (project_id, slug);

CREATE TABLE app_environment (
  id uuid NOT NULL,
  application_id uuid NOT NULL,
  environment_id uuid NOT NULL,
  CONSTRAINT app_environment_pkey PRIMARY KEY (id),
  CONSTRAINT app_environment_application_id_fkey FOREIGN KEY (application_id) REFERENCES applications_application (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX app_environment_application_id_environment_id_key ON app_environment (application_id, environment_id);

CREATE TABLE target (
  id uuid NOT NULL,
  app_environment_id uuid NOT NULL,
  cluster_id uuid NOT NULL,
  namespace text NOT NULL,
  state text NOT NULL DEFAULT 'active',
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT target_pkey PRIMARY KEY (id),
  CONSTRAINT target_app_environment_id_fkey FOREIGN KEY (app_environment_id) REFERENCES app_environment (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT target_state_check CHECK (state IN ('active', 'leaving', 'paused'))
);
CREATE UNIQUE INDEX target_app_environment_id_cluster_id_namespace_key ON target (app_environment_id, cluster_id, namespace);
CREATE INDEX target_cluster_id_idx ON target (cluster_id);
