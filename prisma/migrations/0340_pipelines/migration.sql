-- Where a project's events come from and its messages go to: a GitLab, a registry, a channel.
CREATE TABLE pipelines_connection (
  id uuid NOT NULL,
  project_id uuid NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  address text NOT NULL,
  ca_pem text,
  sealed_secret bytea,
  token_hosts text[] DEFAULT ARRAY[]::text[],
  events text[] DEFAULT ARRAY[]::text[],
  enabled boolean NOT NULL DEFAULT true,
  last_ok_at timestamptz(3),
  last_failed_at timestamptz(3),
  last_error text,
  lease_until timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT pipelines_connection_pkey PRIMARY KEY (id),
  CONSTRAINT pipelines_connection_kind_check CHECK (kind IN ('gitlab', 'registry', 'webhook', 'slack', 'feishu', 'dingtalk'))
);
CREATE UNIQUE INDEX pipelines_connection_project_id_name_key ON pipelines_connection (project_id, name);

CREATE TABLE pipelines_hook (
  id uuid NOT NULL,
  project_id uuid NOT NULL,
  connection_id uuid,
  source text NOT NULL,
  name text NOT NULL,
  registry text,
  sealed_secret bytea NOT NULL,
  require_signature boolean NOT NULL DEFAULT false,
  enabled boolean NOT NULL DEFAULT true,
  last_delivery_at timestamptz(3),
  last_rejected_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT pipelines_hook_pkey PRIMARY KEY (id),
  CONSTRAINT pipelines_hook_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES pipelines_connection (id) ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT pipelines_hook_source_check CHECK (source IN ('gitlab', 'distribution', 'harbor')),
  CONSTRAINT pipelines_hook_place_check CHECK ((source = 'gitlab' AND connection_id IS NOT NULL) OR (source <> 'gitlab' AND registry IS NOT NULL))
);
CREATE UNIQUE INDEX pipelines_hook_project_id_name_key ON pipelines_hook (project_id, name);
CREATE INDEX pipelines_hook_connection_id_idx ON pipelines_hook (connection_id);

-- An event that proved itself. Its bytes go after 30 days; the row stays 180, so that an old event is known again.
CREATE TABLE hook_delivery (
  id uuid NOT NULL,
  project_id uuid NOT NULL,
  hook_id uuid,
  source text NOT NULL,
  dedupe_key text NOT NULL,
  event text NOT NULL,
  headers jsonb NOT NULL,
  body bytea,
  bytes integer NOT NULL,
  replayable boolean NOT NULL,
  state text NOT NULL DEFAULT 'received',
  code text,
  detail text,
  candidate_ids uuid[] DEFAULT ARRAY[]::uuid[],
  times integer NOT NULL DEFAULT 1,
  attempts integer NOT NULL DEFAULT 0,
  claimed_until timestamptz(3),
  received_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  processed_at timestamptz(3),
  CONSTRAINT hook_delivery_pkey PRIMARY KEY (id),
  CONSTRAINT hook_delivery_hook_id_fkey FOREIGN KEY (hook_id) REFERENCES pipelines_hook (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT hook_delivery_state_check CHECK (state IN ('received', 'matched', 'ignored', 'failed'))
);
CREATE UNIQUE INDEX hook_delivery_hook_id_dedupe_key_key ON hook_delivery (hook_id, dedupe_key);
CREATE INDEX hook_delivery_project_id_received_at_id_idx ON hook_delivery (project_id, received_at, id);
CREATE INDEX hook_delivery_received_at_id_idx ON hook_delivery (received_at, id);
CREATE INDEX hook_delivery_to_process ON hook_delivery (received_at) WHERE state = 'received';

-- Which branch or tag a commit was seen on: an image alone only names its commit.
CREATE TABLE pipelines_commit (
  connection_id uuid NOT NULL,
  gitlab_project_id bigint NOT NULL,
  commit text NOT NULL,
  ref text NOT NULL,
  ref_type text NOT NULL,
  seen_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT pipelines_commit_pkey PRIMARY KEY (connection_id, gitlab_project_id, commit, ref),
  CONSTRAINT pipelines_commit_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES pipelines_connection (id) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE deploy_trigger (
  id uuid NOT NULL,
  project_id uuid NOT NULL,
  app_environment_id uuid NOT NULL,
  slot text NOT NULL,
  repository text NOT NULL,
  tags jsonb NOT NULL,
  requires text NOT NULL,
  connection_id uuid,
  gitlab_project_id bigint,
  refs text,
  job text,
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT deploy_trigger_pkey PRIMARY KEY (id),
  CONSTRAINT deploy_trigger_app_environment_id_fkey FOREIGN KEY (app_environment_id) REFERENCES app_environment (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT deploy_trigger_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES pipelines_connection (id) ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT deploy_trigger_requires_check CHECK (requires IN ('image', 'build_and_image'))
);
CREATE INDEX deploy_trigger_app_environment_id_idx ON deploy_trigger (app_environment_id);
CREATE INDEX deploy_trigger_project_id_repository_idx ON deploy_trigger (project_id, repository);
CREATE INDEX deploy_trigger_connection_id_gitlab_project_id_idx ON deploy_trigger (connection_id, gitlab_project_id);

-- Commit, build and image on their way to one release. A call of a CI job is one, too, and needs no trigger.
CREATE TABLE candidate (
  id uuid NOT NULL,
  project_id uuid NOT NULL,
  app_environment_id uuid NOT NULL,
  trigger_id uuid,
  digest text NOT NULL DEFAULT '',
  commit text NOT NULL DEFAULT '',
  slots text NOT NULL,
  images jsonb NOT NULL DEFAULT '{}',
  tag text,
  pushed_at timestamptz(3),
  has_build boolean NOT NULL DEFAULT false,
  connection_id uuid,
  gitlab_project_id bigint,
  pipeline_id bigint,
  ref text,
  ref_type text,
  ref_protected boolean,
  confirmed boolean NOT NULL DEFAULT false,
  state text NOT NULL DEFAULT 'waiting',
  code text,
  detail text,
  dedupe_key text,
  release_id uuid,
  settle_at timestamptz(3),
  expires_at timestamptz(3),
  claimed_until timestamptz(3),
  attempts integer NOT NULL DEFAULT 0,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT candidate_pkey PRIMARY KEY (id),
  CONSTRAINT candidate_app_environment_id_fkey FOREIGN KEY (app_environment_id) REFERENCES app_environment (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT candidate_trigger_id_fkey FOREIGN KEY (trigger_id) REFERENCES deploy_trigger (id) ON DELETE SET NULL ON UPDATE CASCADE,
  CONSTRAINT candidate_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES pipelines_connection (id) ON DELETE SET NULL ON UPDATE CASCADE,
  CONSTRAINT candidate_state_check CHECK (state IN ('waiting', 'settling', 'queued', 'released', 'refused', 'superseded', 'expired'))
);
-- One of each; what is not known yet is empty. Calls of CI jobs have no trigger and are told apart by their release.
CREATE UNIQUE INDEX candidate_trigger_id_digest_commit_key ON candidate (trigger_id, digest, commit);
CREATE INDEX candidate_app_environment_id_dedupe_key_idx ON candidate (app_environment_id, dedupe_key);
CREATE INDEX candidate_project_id_created_at_id_idx ON candidate (project_id, created_at, id);
CREATE INDEX candidate_to_settle ON candidate (state) WHERE state IN ('waiting', 'settling', 'queued');

-- What happened to a release, written with the change itself by whoever makes it; taken away once it is told.
CREATE TABLE pipelines_release_event (
  seq bigserial NOT NULL,
  release_id uuid NOT NULL,
  state text NOT NULL,
  at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT pipelines_release_event_pkey PRIMARY KEY (seq)
);
CREATE FUNCTION pipelines_note_release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NEW.state <> OLD.state THEN
    INSERT INTO pipelines_release_event (release_id, state) VALUES (NEW.id, NEW.state);
    PERFORM pg_notify('quarterdeck_jobs', '{"queue":"outbound.plan"}');
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER pipelines_release_changed AFTER INSERT OR UPDATE OF state ON release
  FOR EACH ROW EXECUTE FUNCTION pipelines_note_release();

CREATE TABLE outbound_effect (
  id uuid NOT NULL,
  seq bigserial NOT NULL,
  project_id uuid NOT NULL,
  connection_id uuid NOT NULL,
  release_id uuid NOT NULL,
  kind text NOT NULL,
  phase text NOT NULL,
  payload jsonb NOT NULL,
  answer jsonb,
  state text NOT NULL DEFAULT 'pending',
  attempts integer NOT NULL DEFAULT 0,
  next_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  give_up_at timestamptz(3) NOT NULL,
  last_error text,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  delivered_at timestamptz(3),
  CONSTRAINT outbound_effect_pkey PRIMARY KEY (id),
  CONSTRAINT outbound_effect_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES pipelines_connection (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT outbound_effect_kind_check CHECK (kind IN ('commit_status', 'deployment', 'notice')),
  CONSTRAINT outbound_effect_state_check CHECK (state IN ('pending', 'delivered', 'given_up'))
);
CREATE UNIQUE INDEX outbound_effect_release_id_kind_phase_connection_id_key ON outbound_effect (release_id, kind, phase, connection_id);
CREATE INDEX outbound_effect_waiting ON outbound_effect (connection_id, seq) WHERE state = 'pending';
CREATE INDEX outbound_effect_project_id_created_at_id_idx ON outbound_effect (project_id, created_at, id);
