CREATE TABLE platform_installation (
  singleton boolean NOT NULL DEFAULT true CHECK (singleton),
  name text NOT NULL,
  sealed_secret bytea NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT platform_installation_pkey PRIMARY KEY (singleton)
);
CREATE UNIQUE INDEX platform_installation_name_key ON platform_installation (name);

CREATE TABLE platform_key_canary (
  key_id text NOT NULL,
  sealed bytea NOT NULL,
  CONSTRAINT platform_key_canary_pkey PRIMARY KEY (key_id)
);

CREATE TABLE platform_idempotency_key (
  owner text NOT NULL,
  endpoint text NOT NULL,
  key text NOT NULL,
  request_sha256 text NOT NULL,
  status integer,
  body jsonb,
  started_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  finished_at timestamptz(3),
  CONSTRAINT platform_idempotency_key_pkey PRIMARY KEY (owner, endpoint, key)
);
CREATE INDEX platform_idempotency_key_started_at_idx ON platform_idempotency_key (started_at);
