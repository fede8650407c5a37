CREATE TABLE clusters_cluster (
  id uuid NOT NULL,
  number serial NOT NULL,
  slug text NOT NULL,
  display_name text NOT NULL,
  color smallint NOT NULL,
  labels jsonb NOT NULL,
  server text NOT NULL,
  ca_pem text,
  tls_server_name text,
  cluster_uid text,
  state text NOT NULL,
  state_reason text,
  state_since timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  unstable boolean NOT NULL DEFAULT false,
  version text,
  latency_ms double precision,
  health jsonb NOT NULL DEFAULT '{}',
  seen_at timestamptz(3),
  next_probe_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT clusters_cluster_pkey PRIMARY KEY (id),
  CONSTRAINT clusters_cluster_state_check CHECK (state IN ('connected', 'degraded', 'unreachable', 'credential_rejected', 'identity_changed', 'pending', 'paused', 'removing'))
);
CREATE UNIQUE INDEX clusters_cluster_number_key ON clusters_cluster (number);
CREATE UNIQUE INDEX clusters_cluster_slug_key ON clusters_cluster (slug);
CREATE UNIQUE INDEX clusters_cluster_cluster_uid_key ON clusters_cluster (cluster_uid);
CREATE INDEX clusters_cluster_next_probe_at_idx ON clusters_cluster (next_probe_at);

CREATE TABLE clusters_credential (
  cluster_id uuid NOT NULL,
  kind text NOT NULL,
  sealed bytea NOT NULL,
  expires_at timestamptz(3),
  revision integer NOT NULL DEFAULT 1,
  updated_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT clusters_credential_pkey PRIMARY KEY (cluster_id),
  CONSTRAINT clusters_credential_cluster_id_fkey FOREIGN KEY (cluster_id) REFERENCES clusters_cluster (id) ON DELETE CASCADE ON UPDATE CASCADE
);
