-- How an environment is deployed to: named strategies, the first is the default.
CREATE TABLE environment_delivery (
  environment_id uuid NOT NULL,
  strategies jsonb NOT NULL,
  updated_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT environment_delivery_pkey PRIMARY KEY (environment_id),
  CONSTRAINT environment_delivery_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES access_environment (id) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE freeze_window (
  id uuid NOT NULL,
  name text NOT NULL,
  project_id uuid,
  environment_id uuid,
  tiers text[] DEFAULT ARRAY[]::text[],
  recurrence jsonb NOT NULL,
  holds_rollbacks boolean NOT NULL DEFAULT false,
  created_by text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT freeze_window_pkey PRIMARY KEY (id),
  CONSTRAINT freeze_window_project_id_fkey FOREIGN KEY (project_id) REFERENCES access_project (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT freeze_window_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES access_environment (id) ON DELETE CASCADE ON UPDATE CASCADE
);

ALTER TABLE release DROP CONSTRAINT release_kind_check, DROP CONSTRAINT release_state_check;
ALTER TABLE release
  ADD CONSTRAINT release_kind_check CHECK (kind IN ('deploy', 'rollback', 'catch_up', 'remove')),
  ADD CONSTRAINT release_state_check CHECK (state IN ('planning', 'awaiting_approval', 'queued', 'rolling', 'paused', 'succeeded', 'partial', 'failed', 'aborted', 'superseded', 'refused')),
  ADD COLUMN strategy jsonb,
  ADD COLUMN source jsonb,
  ADD COLUMN order_scheme text,
  ADD COLUMN order_value text,
  ADD COLUMN started_at timestamptz(3),
  ADD COLUMN due_at timestamptz(3),
  ADD COLUMN ended_reason text,
  ADD COLUMN freeze_override jsonb,
  ADD COLUMN is_automatic boolean NOT NULL DEFAULT false,
  ADD COLUMN rolled_back_by uuid;
-- What was on its way goes on as it was begun: everything at once, each target by itself.
UPDATE release SET started_at = created_at;
UPDATE release SET due_at = now() WHERE state IN ('rolling', 'paused');
CREATE INDEX release_due ON release (due_at) WHERE state IN ('awaiting_approval', 'queued', 'rolling', 'paused');

ALTER TABLE wave ADD COLUMN started_at timestamptz(3), ADD COLUMN soak_until timestamptz(3);
UPDATE wave w SET state = CASE WHEN r.state IN ('rolling', 'paused') THEN 'running' ELSE 'done' END, started_at = r.created_at,
  spec = '{"name": "all", "select": {"rest": true}, "maxConcurrent": 100, "failureBudget": "100%", "soakSeconds": 0}'
FROM release r WHERE r.id = w.release_id;
ALTER TABLE wave ADD CONSTRAINT wave_state_check CHECK (state IN ('pending', 'running', 'soaking', 'done'));

ALTER TABLE target_run
  ADD COLUMN wave integer NOT NULL DEFAULT 0,
  ADD COLUMN place integer NOT NULL DEFAULT 0,
  ADD COLUMN admitted boolean NOT NULL DEFAULT false,
  ADD COLUMN forgiven boolean NOT NULL DEFAULT false,
  ADD COLUMN retry_at timestamptz(3);
UPDATE target_run SET admitted = true;

CREATE TABLE approval (
  id uuid NOT NULL,
  release_id uuid NOT NULL,
  wave integer,
  user_id text NOT NULL,
  user_name text NOT NULL,
  decision text NOT NULL,
  content_sha256 text NOT NULL,
  reason text,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT approval_pkey PRIMARY KEY (id),
  CONSTRAINT approval_decision_check CHECK (decision IN ('approve', 'reject')),
  CONSTRAINT approval_release_id_fkey FOREIGN KEY (release_id) REFERENCES release (id) ON DELETE CASCADE ON UPDATE CASCADE
);
-- One vote of a person on a release, or on one of its waves.
CREATE UNIQUE INDEX approval_one_vote ON approval (release_id, coalesce(wave, -1), user_id);

-- A target that should have had a release's bytes and has not.
CREATE TABLE debt (
  id uuid NOT NULL,
  target_id uuid NOT NULL,
  release_id uuid NOT NULL,
  reason text NOT NULL,
  state text NOT NULL DEFAULT 'open',
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  closed_at timestamptz(3),
  CONSTRAINT debt_pkey PRIMARY KEY (id),
  CONSTRAINT debt_reason_check CHECK (reason IN ('unreachable', 'skipped')),
  CONSTRAINT debt_state_check CHECK (state IN ('open', 'settled', 'dismissed')),
  CONSTRAINT debt_target_id_fkey FOREIGN KEY (target_id) REFERENCES target (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT debt_release_id_fkey FOREIGN KEY (release_id) REFERENCES release (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX debt_one_open ON debt (target_id) WHERE state = 'open';

-- Images of a release that was rolled back by itself: automation leaves them alone.
CREATE TABLE rejected_digest (
  id uuid NOT NULL,
  app_environment_id uuid NOT NULL,
  reference text NOT NULL,
  release_id uuid NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT rejected_digest_pkey PRIMARY KEY (id),
  CONSTRAINT rejected_digest_app_environment_id_fkey FOREIGN KEY (app_environment_id) REFERENCES app_environment (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT rejected_digest_release_id_fkey FOREIGN KEY (release_id) REFERENCES release (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX rejected_digest_app_environment_id_reference_key ON rejected_digest (app_environment_id, reference);
