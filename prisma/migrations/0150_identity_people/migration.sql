-- OIDC providers. Accounts are known by (issuer, subject), so an issuer is one provider's alone.
CREATE TABLE identity_provider (
  id uuid NOT NULL,
  name text NOT NULL,
  issuer text NOT NULL,
  client_id text NOT NULL,
  sealed_secret bytea NOT NULL,
  scopes text[],
  groups_claim text,
  ca_pem text,
  signing_algorithm text NOT NULL,
  enabled boolean NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT identity_provider_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX identity_provider_name_key ON identity_provider (name);
CREATE UNIQUE INDEX identity_provider_issuer_key ON identity_provider (issuer);

ALTER TABLE identity_user
  ADD COLUMN provider_id uuid,
  ADD COLUMN issuer text,
  ADD COLUMN subject text,
  ADD COLUMN groups_synced_at timestamptz(3),
  ADD COLUMN groups_error text,
  ADD COLUMN last_sign_in_at timestamptz(3),
  ADD CONSTRAINT identity_user_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES identity_provider (id) ON DELETE SET NULL ON UPDATE CASCADE,
  -- A person of a provider never has a password here: one way in for each account.
  ADD CONSTRAINT identity_user_source_check CHECK (
    CASE WHEN issuer IS NULL THEN subject IS NULL AND provider_id IS NULL
      ELSE issuer <> '' AND subject IS NOT NULL AND subject <> '' AND password_hash IS NULL END);
CREATE UNIQUE INDEX identity_user_issuer_subject_key ON identity_user (issuer, subject);
CREATE INDEX identity_user_provider_id_idx ON identity_user (provider_id);

ALTER TABLE identity_session
  ADD COLUMN authenticated_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  ADD COLUMN provider_id uuid,
  ADD COLUMN provider_sid text,
  ADD COLUMN sealed_id_token bytea,
  ADD CONSTRAINT identity_session_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES identity_provider (id) ON DELETE CASCADE ON UPDATE CASCADE;
CREATE INDEX identity_session_provider_id_provider_sid_idx ON identity_session (provider_id, provider_sid);

-- A sign-in at a provider that is under way; taken by DELETE … RETURNING, so an answer is used once.
CREATE TABLE identity_login (
  state_hash bytea NOT NULL,
  cookie_hash bytea NOT NULL,
  provider_id uuid NOT NULL,
  nonce text NOT NULL,
  code_verifier text NOT NULL,
  origin text NOT NULL,
  return_to text NOT NULL,
  step_up_session_id uuid,
  started_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  expires_at timestamptz(3) NOT NULL,
  CONSTRAINT identity_login_pkey PRIMARY KEY (state_hash),
  CONSTRAINT identity_login_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES identity_provider (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT identity_login_step_up_session_id_fkey FOREIGN KEY (step_up_session_id) REFERENCES identity_session (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX identity_login_expires_at_idx ON identity_login (expires_at);

-- Logout tokens that were taken already.
CREATE TABLE identity_logout_token (
  jti_hash bytea NOT NULL,
  expires_at timestamptz(3) NOT NULL,
  CONSTRAINT identity_logout_token_pkey PRIMARY KEY (jti_hash)
);

CREATE TABLE identity_group (
  id uuid NOT NULL,
  name text NOT NULL,
  -- 'local', or the provider's id: a name is unique within it.
  realm text NOT NULL,
  provider_id uuid,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT identity_group_realm_check CHECK (realm = coalesce(provider_id::text, 'local')),
  CONSTRAINT identity_group_pkey PRIMARY KEY (id),
  CONSTRAINT identity_group_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES identity_provider (id) ON DELETE CASCADE ON UPDATE CASCADE
);
-- Exact: a provider's group is found by its own spelling alone.
CREATE UNIQUE INDEX identity_group_realm_name_key ON identity_group (realm, name);

CREATE TABLE identity_group_member (
  group_id uuid NOT NULL,
  user_id uuid NOT NULL,
  added_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT identity_group_member_pkey PRIMARY KEY (group_id, user_id),
  CONSTRAINT identity_group_member_group_id_fkey FOREIGN KEY (group_id) REFERENCES identity_group (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT identity_group_member_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity_user (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX identity_group_member_user_id_idx ON identity_group_member (user_id);

CREATE TABLE identity_reset_link (
  user_id uuid NOT NULL,
  token_hash bytea NOT NULL,
  expires_at timestamptz(3) NOT NULL,
  CONSTRAINT identity_reset_link_pkey PRIMARY KEY (user_id),
  CONSTRAINT identity_reset_link_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity_user (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX identity_reset_link_token_hash_key ON identity_reset_link (token_hash);

CREATE TABLE identity_totp (
  user_id uuid NOT NULL,
  sealed_secret bytea NOT NULL,
  confirmed_at timestamptz(3),
  last_step bigint NOT NULL DEFAULT 0,
  CONSTRAINT identity_totp_pkey PRIMARY KEY (user_id),
  CONSTRAINT identity_totp_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity_user (id) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE identity_recovery_code (
  user_id uuid NOT NULL,
  code_hash bytea NOT NULL,
  CONSTRAINT identity_recovery_code_pkey PRIMARY KEY (user_id, code_hash),
  CONSTRAINT identity_recovery_code_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity_user (id) ON DELETE CASCADE ON UPDATE CASCADE
);

-- Who joins or leaves a group gains or loses what it is granted.
SELECT access_watch('identity_group_member', 'rights');
