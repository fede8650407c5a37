CREATE TABLE access_roles (
  id text NOT NULL,
  built_in boolean NOT NULL,
  rung text NOT NULL,
  CONSTRAINT access_roles_pkey PRIMARY KEY (id),
  CONSTRAINT access_roles_rung_check CHECK (rung IN ('viewers', 'deployers', 'operators', 'admins'))
);

CREATE TABLE access_role_permissions (
  role_id text NOT NULL,
  permission text NOT NULL,
  CONSTRAINT access_role_permissions_pkey PRIMARY KEY (role_id, permission),
  CONSTRAINT access_role_permissions_role_id_fkey FOREIGN KEY (role_id) REFERENCES access_roles (id) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE access_grants (
  id uuid NOT NULL,
  subject_id uuid NOT NULL,
  role_id text NOT NULL,
  scope_kind text NOT NULL,
  scope_id uuid,
  selector jsonb,
  expires_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT access_grants_pkey PRIMARY KEY (id),
  CONSTRAINT access_grants_role_id_fkey FOREIGN KEY (role_id) REFERENCES access_roles (id) ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT access_grants_scope_check CHECK (
    CASE scope_kind
      WHEN 'fleet' THEN scope_id IS NULL AND selector IS NULL
      WHEN 'set' THEN scope_id IS NULL AND selector IS NOT NULL
      WHEN 'cluster' THEN scope_id IS NOT NULL
      WHEN 'project' THEN scope_id IS NOT NULL
      WHEN 'environment' THEN scope_id IS NOT NULL
      ELSE false
    END)
);
CREATE INDEX access_grants_subject_id_idx ON access_grants (subject_id);

CREATE TABLE access_project (
  id uuid NOT NULL,
  slug text NOT NULL,
  display_name text NOT NULL,
  number serial NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT access_project_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX access_project_slug_key ON access_project (slug);
CREATE UNIQUE INDEX access_project_number_key ON access_project (number);

CREATE TABLE access_environment (
  id uuid NOT NULL,
  project_id uuid NOT NULL,
  name text NOT NULL,
  tier text NOT NULL,
  rules jsonb NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT access_environment_pkey PRIMARY KEY (id),
  CONSTRAINT access_environment_project_id_fkey FOREIGN KEY (project_id) REFERENCES access_project (id) ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE UNIQUE INDEX access_environment_project_id_name_key ON access_environment (project_id, name);

CREATE TABLE access_clusters (
  id uuid NOT NULL,
  labels jsonb NOT NULL,
  CONSTRAINT access_clusters_pkey PRIMARY KEY (id)
);
CREATE INDEX access_clusters_labels_idx ON access_clusters USING gin (labels);

CREATE TABLE access_namespaces (
  cluster_id uuid NOT NULL,
  namespace text NOT NULL,
  project_id uuid NOT NULL,
  environment_id uuid NOT NULL,
  CONSTRAINT access_namespaces_pkey PRIMARY KEY (cluster_id, namespace),
  CONSTRAINT access_namespaces_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES access_environment (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX access_namespaces_environment_id_idx ON access_namespaces (environment_id);
CREATE INDEX access_namespaces_project_id_idx ON access_namespaces (project_id);

CREATE TABLE access_epoch (
  singleton boolean NOT NULL DEFAULT true CHECK (singleton),
  epoch bigint NOT NULL,
  CONSTRAINT access_epoch_pkey PRIMARY KEY (singleton)
);
INSERT INTO access_epoch (epoch) VALUES (1);

-- The first project, so that a new installation can deploy; more come with tenancy.
INSERT INTO access_project (id, slug, display_name) VALUES (gen_random_uuid(), 'default', 'Default');
