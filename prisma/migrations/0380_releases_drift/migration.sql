-- A take back puts the same bytes out again over what hands have changed; an evacuation puts them out somewhere else.
ALTER TABLE release DROP CONSTRAINT release_kind_check;
ALTER TABLE release ADD CONSTRAINT release_kind_check
  CHECK (kind IN ('deploy', 'rollback', 'catch_up', 'take_back', 'evacuate', 'remove'));

-- Fields of other managers that somebody decided to take, as conflicts name them.
ALTER TABLE run_step ADD COLUMN takes text[];

-- When a target was last compared with what was put there, and why it could not be since.
CREATE TABLE drift_target (
  target_id uuid NOT NULL,
  due_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  lease_until timestamptz(3),
  release_id uuid,
  compared_at timestamptz(3),
  failed_at timestamptz(3),
  failure jsonb,
  CONSTRAINT drift_target_pkey PRIMARY KEY (target_id),
  CONSTRAINT drift_target_target_id_fkey FOREIGN KEY (target_id) REFERENCES target (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX drift_target_due_at_idx ON drift_target (due_at);

-- Objects that are not as we put them, as the last comparison saw them.
CREATE TABLE drift_object (
  target_id uuid NOT NULL,
  "group" text NOT NULL,
  kind text NOT NULL,
  namespace text NOT NULL,
  name text NOT NULL,
  drift text NOT NULL,
  is_ours boolean NOT NULL DEFAULT true,
  fields jsonb NOT NULL DEFAULT '[]',
  detail text,
  since timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT drift_object_pkey PRIMARY KEY (target_id, "group", kind, namespace, name),
  CONSTRAINT drift_object_target_id_fkey FOREIGN KEY (target_id) REFERENCES drift_target (target_id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT drift_object_drift_check CHECK (drift IN ('changed', 'deleted', 'replaced', 'unknown'))
);
