CREATE TABLE identity_service_account (
  id uuid NOT NULL,
  name text NOT NULL,
  description text NOT NULL,
  project_id uuid,
  disabled_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT identity_service_account_pkey PRIMARY KEY (id),
  CONSTRAINT identity_service_account_project_id_fkey FOREIGN KEY (project_id) REFERENCES access_project (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX identity_service_account_name_key ON identity_service_account (name);
CREATE INDEX identity_service_account_project_id_idx ON identity_service_account (project_id);

CREATE TABLE identity_token (
  id uuid NOT NULL,
  kind text NOT NULL,
  -- The sixteen public characters of the token; the secret is stored as its HMAC alone.
  lookup text NOT NULL,
  secret_hmac bytea NOT NULL,
  name text NOT NULL,
  user_id uuid,
  service_account_id uuid,
  permissions text[],
  cluster_ids uuid[],
  cluster_selector jsonb,
  project_ids uuid[],
  environment_ids uuid[],
  namespaces text[],
  cidrs text[],
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  created_by text,
  expires_at timestamptz(3) NOT NULL,
  last_used_at timestamptz(3),
  last_used_ip text,
  refused_at timestamptz(3),
  revoked_at timestamptz(3),
  CONSTRAINT identity_token_pkey PRIMARY KEY (id),
  CONSTRAINT identity_token_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity_user (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT identity_token_service_account_id_fkey FOREIGN KEY (service_account_id) REFERENCES identity_service_account (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT identity_token_kind_check CHECK (
    CASE kind
      WHEN 'personal' THEN user_id IS NOT NULL AND service_account_id IS NULL
      WHEN 'service' THEN service_account_id IS NOT NULL AND user_id IS NULL
      WHEN 'workload' THEN service_account_id IS NOT NULL AND user_id IS NULL
      ELSE false
    END),
  CONSTRAINT identity_token_clusters_check CHECK (cluster_ids IS NULL OR cluster_selector IS NULL),
  CONSTRAINT identity_token_permissions_check CHECK (permissions IS NOT NULL AND cardinality(permissions) > 0)
);
CREATE UNIQUE INDEX identity_token_lookup_key ON identity_token (lookup);
CREATE INDEX identity_token_user_id_idx ON identity_token (user_id);
CREATE INDEX identity_token_service_account_id_idx ON identity_token (service_account_id);
CREATE INDEX identity_token_expires_at_idx ON identity_token (expires_at);
