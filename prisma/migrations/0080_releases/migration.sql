CREATE TABLE manifest_blob (
  sha256 text NOT NULL,
  bytes text NOT NULL,
  CONSTRAINT manifest_blob_pkey PRIMARY KEY (sha256)
);
CREATE FUNCTION manifest_blob_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the bytes of a release cannot be changed' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER manifest_blob_immutable BEFORE UPDATE ON manifest_blob FOR EACH ROW EXECUTE FUNCTION manifest_blob_refuse();

CREATE TABLE release (
  id uuid NOT NULL,
  app_environment_id uuid NOT NULL,
  number integer NOT NULL,
  kind text NOT NULL,
  state text NOT NULL,
  template_version_id uuid,
  images jsonb NOT NULL,
  parameters jsonb NOT NULL,
  content_sha256 text NOT NULL,
  rollback_of uuid,
  dedupe_key text NOT NULL,
  note text,
  created_by_id text NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  ended_at timestamptz(3),
  CONSTRAINT release_pkey PRIMARY KEY (id),
  CONSTRAINT release_app_environment_id_fkey FOREIGN KEY (app_environment_id) REFERENCES app_environment (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT release_kind_check CHECK (kind IN ('deploy', 'rollback', 'remove')),
  CONSTRAINT release_state_check CHECK (state IN ('planning', 'queued', 'rolling', 'paused', 'succeeded', 'partial', 'failed', 'aborted', 'superseded', 'refused'))
);
CREATE UNIQUE INDEX release_app_environment_id_number_key ON release (app_environment_id, number);
CREATE UNIQUE INDEX release_app_environment_id_dedupe_key_key ON release (app_environment_id, dedupe_key);
CREATE INDEX release_created_at_id_idx ON release (created_at, id);
-- One release at a time is on its way in an environment.
CREATE UNIQUE INDEX release_one_rolling ON release (app_environment_id) WHERE state IN ('rolling', 'paused');

CREATE TABLE release_object (
  release_id uuid NOT NULL,
  target_id uuid NOT NULL,
  seq integer NOT NULL,
  "group" text NOT NULL,
  version text NOT NULL,
  kind text NOT NULL,
  namespace text NOT NULL,
  name text NOT NULL,
  sha256 text NOT NULL,
  CONSTRAINT release_object_pkey PRIMARY KEY (release_id, target_id, seq),
  CONSTRAINT release_object_release_id_fkey FOREIGN KEY (release_id) REFERENCES release (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT release_object_sha256_fkey FOREIGN KEY (sha256) REFERENCES manifest_blob (sha256) ON DELETE RESTRICT ON UPDATE CASCADE
);

CREATE TABLE wave (
  release_id uuid NOT NULL,
  index integer NOT NULL,
  spec jsonb NOT NULL,
  state text NOT NULL,
  CONSTRAINT wave_pkey PRIMARY KEY (release_id, index),
  CONSTRAINT wave_release_id_fkey FOREIGN KEY (release_id) REFERENCES release (id) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE target_run (
  id uuid NOT NULL,
  release_id uuid NOT NULL,
  target_id uuid NOT NULL,
  cluster_id uuid NOT NULL,
  namespace text NOT NULL,
  state text NOT NULL,
  attempt integer NOT NULL DEFAULT 1,
  lease_owner text,
  lease_until timestamptz(3),
  fence bigint NOT NULL DEFAULT 0,
  gate jsonb,
  verdict jsonb,
  started_at timestamptz(3),
  applied_at timestamptz(3),
  ended_at timestamptz(3),
  CONSTRAINT target_run_pkey PRIMARY KEY (id),
  CONSTRAINT target_run_release_id_fkey FOREIGN KEY (release_id) REFERENCES release (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT target_run_state_check CHECK (state IN ('pending', 'applying', 'gating', 'blocked', 'deferred', 'pruning', 'healthy', 'failed', 'cancelled'))
);
CREATE UNIQUE INDEX target_run_release_id_target_id_key ON target_run (release_id, target_id);
CREATE INDEX target_run_target_id_idx ON target_run (target_id);
CREATE UNIQUE INDEX target_run_one_active ON target_run (target_id) WHERE state IN ('applying', 'gating', 'blocked', 'pruning');

CREATE TABLE run_step (
  run_id uuid NOT NULL,
  seq integer NOT NULL,
  kind text NOT NULL,
  state text NOT NULL,
  detail text,
  uid text,
  CONSTRAINT run_step_pkey PRIMARY KEY (run_id, seq),
  CONSTRAINT run_step_run_id_fkey FOREIGN KEY (run_id) REFERENCES target_run (id) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE target_object (
  target_id uuid NOT NULL,
  cluster_id uuid NOT NULL,
  "group" text NOT NULL,
  version text NOT NULL,
  kind text NOT NULL,
  namespace text NOT NULL,
  name text NOT NULL,
  uid text,
  state text NOT NULL,
  release_id uuid NOT NULL,
  sha256 text NOT NULL,
  CONSTRAINT target_object_pkey PRIMARY KEY (target_id, "group", kind, namespace, name),
  CONSTRAINT target_object_target_id_fkey FOREIGN KEY (target_id) REFERENCES target (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT target_object_state_check CHECK (state IN ('intended', 'live', 'pruning', 'gone'))
);
-- One owner per object of a cluster.
CREATE UNIQUE INDEX target_object_one_owner ON target_object (cluster_id, "group", kind, namespace, name) WHERE state <> 'gone';
