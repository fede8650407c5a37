CREATE TABLE instance_claim (
  singleton boolean NOT NULL DEFAULT true CHECK (singleton),
  claimed_by uuid NOT NULL,
  claimed_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT instance_claim_pkey PRIMARY KEY (singleton)
);

CREATE TABLE identity_setup_code (
  singleton boolean NOT NULL DEFAULT true CHECK (singleton),
  code_hash bytea NOT NULL,
  expires_at timestamptz(3) NOT NULL,
  tries_left integer NOT NULL,
  CONSTRAINT identity_setup_code_pkey PRIMARY KEY (singleton)
);

CREATE TABLE identity_user (
  id uuid NOT NULL,
  name text NOT NULL,
  display_name text NOT NULL,
  email text,
  password_hash text,
  disabled_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT identity_user_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX identity_user_name_key ON identity_user (name);

CREATE TABLE identity_session (
  id uuid NOT NULL,
  secret_hash bytea NOT NULL,
  user_id uuid NOT NULL,
  ip text NOT NULL,
  user_agent text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  last_used_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  expires_at timestamptz(3) NOT NULL,
  CONSTRAINT identity_session_pkey PRIMARY KEY (id),
  CONSTRAINT identity_session_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity_user (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX identity_session_secret_hash_key ON identity_session (secret_hash);
CREATE INDEX identity_session_user_id_created_at_idx ON identity_session (user_id, created_at);
CREATE INDEX identity_session_expires_at_idx ON identity_session (expires_at);

CREATE TABLE identity_sign_in_limit (
  key bytea NOT NULL,
  failures integer NOT NULL,
  started_at timestamptz(3) NOT NULL,
  CONSTRAINT identity_sign_in_limit_pkey PRIMARY KEY (key)
);
CREATE INDEX identity_sign_in_limit_started_at_idx ON identity_sign_in_limit (started_at);
