CREATE TABLE identity_trust_rule (
  id uuid NOT NULL,
  name text NOT NULL,
  issuer text NOT NULL,
  ca_pem text,
  gitlab_project_id bigint NOT NULL,
  ref_type text NOT NULL,
  ref text NOT NULL,
  environment text,
  allow_merge_requests boolean NOT NULL,
  service_account_id uuid NOT NULL,
  permissions text[],
  cluster_ids uuid[],
  cluster_selector jsonb,
  project_ids uuid[],
  environment_ids uuid[],
  namespaces text[],
  life_minutes integer NOT NULL,
  enabled boolean NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  last_used_at timestamptz(3),
  CONSTRAINT identity_trust_rule_pkey PRIMARY KEY (id),
  CONSTRAINT identity_trust_rule_service_account_id_fkey FOREIGN KEY (service_account_id) REFERENCES identity_service_account (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT identity_trust_rule_ref_type_check CHECK (ref_type IN ('branch', 'tag')),
  CONSTRAINT identity_trust_rule_life_check CHECK (life_minutes BETWEEN 1 AND 15),
  CONSTRAINT identity_trust_rule_clusters_check CHECK (cluster_ids IS NULL OR cluster_selector IS NULL),
  CONSTRAINT identity_trust_rule_permissions_check CHECK (permissions IS NOT NULL AND cardinality(permissions) > 0)
);
CREATE UNIQUE INDEX identity_trust_rule_name_key ON identity_trust_rule (name);
CREATE INDEX identity_trust_rule_issuer_gitlab_project_id_idx ON identity_trust_rule (issuer, gitlab_project_id);
CREATE INDEX identity_trust_rule_service_account_id_idx ON identity_trust_rule (service_account_id);

ALTER TABLE identity_token
  ADD COLUMN trust_rule_id uuid,
  ADD CONSTRAINT identity_token_trust_rule_id_fkey FOREIGN KEY (trust_rule_id) REFERENCES identity_trust_rule (id) ON DELETE CASCADE ON UPDATE CASCADE;
CREATE INDEX identity_token_trust_rule_id_idx ON identity_token (trust_rule_id);

-- Identity tokens of jobs that were exchanged already: one use each, retries of the same call apart.
CREATE TABLE identity_exchange (
  jti_hash bytea NOT NULL,
  idempotency_key text,
  token_id uuid NOT NULL,
  expires_at timestamptz(3) NOT NULL,
  CONSTRAINT identity_exchange_pkey PRIMARY KEY (jti_hash)
);
CREATE INDEX identity_exchange_expires_at_idx ON identity_exchange (expires_at);
