-- Nodes that are emptied: who asked, until when it is tried, and what became of each pod. One worker at a time works on
-- one, by its lease and its fence.
CREATE TABLE scheduling_drain (
  id uuid NOT NULL,
  cluster_id uuid NOT NULL,
  node text NOT NULL,
  node_uid text NOT NULL,
  state text NOT NULL DEFAULT 'running',
  code text,
  detail text,
  accepts jsonb NOT NULL,
  created_by_id text NOT NULL,
  created_by text NOT NULL,
  credential jsonb NOT NULL,
  request_id text,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  deadline_at timestamptz(3) NOT NULL,
  ended_at timestamptz(3),
  ended_by text,
  listed boolean NOT NULL DEFAULT false,
  lease_owner text,
  lease_until timestamptz(3),
  fence bigint NOT NULL DEFAULT 0,
  CONSTRAINT scheduling_drain_pkey PRIMARY KEY (id),
  CONSTRAINT scheduling_drain_cluster_id_fkey FOREIGN KEY (cluster_id) REFERENCES clusters_cluster (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT scheduling_drain_state_check CHECK (state IN ('running', 'done', 'cancelled', 'failed')),
  CONSTRAINT scheduling_drain_ended_check CHECK ((state = 'running') = (ended_at IS NULL))
);
CREATE INDEX scheduling_drain_cluster_id_created_at_idx ON scheduling_drain (cluster_id, created_at);
-- Two at once on one node would each wait for the other's pods.
CREATE UNIQUE INDEX scheduling_drain_one_at_work ON scheduling_drain (cluster_id, node) WHERE state = 'running';
CREATE TABLE scheduling_drain_pod (
  drain_id uuid NOT NULL,
  uid text NOT NULL,
  namespace text NOT NULL,
  name text NOT NULL,
  owner jsonb,
  state text NOT NULL,
  detail text,
  budget jsonb,
  tries integer NOT NULL DEFAULT 0,
  retry_at timestamptz(3),
  changed_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT scheduling_drain_pod_pkey PRIMARY KEY (drain_id, uid),
  CONSTRAINT scheduling_drain_pod_drain_id_fkey FOREIGN KEY (drain_id) REFERENCES scheduling_drain (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT scheduling_drain_pod_state_check CHECK (state IN ('waiting', 'evicting', 'blocked', 'leaving', 'gone', 'skipped', 'left', 'refused'))
);
