-- What of a cluster that is lost can go on elsewhere: proposed per application, approved item by item.
CREATE TABLE evacuation (
  id uuid NOT NULL,
  cluster_id uuid NOT NULL,
  created_by_id text NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT evacuation_pkey PRIMARY KEY (id),
  CONSTRAINT evacuation_cluster_id_fkey FOREIGN KEY (cluster_id) REFERENCES clusters_cluster (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX evacuation_cluster_id_created_at_idx ON evacuation (cluster_id, created_at);
CREATE TABLE evacuation_item (
  evacuation_id uuid NOT NULL,
  app_environment_id uuid NOT NULL,
  state text NOT NULL,
  proposal jsonb NOT NULL,
  release_id uuid,
  CONSTRAINT evacuation_item_pkey PRIMARY KEY (evacuation_id, app_environment_id),
  CONSTRAINT evacuation_item_evacuation_id_fkey FOREIGN KEY (evacuation_id) REFERENCES evacuation (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT evacuation_item_app_environment_id_fkey FOREIGN KEY (app_environment_id) REFERENCES app_environment (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT evacuation_item_state_check CHECK (state IN ('proposed', 'covered', 'blocked', 'approved'))
);

-- A target whose application went elsewhere: when its cluster is back it is compared, and somebody is asked.
ALTER TABLE debt DROP CONSTRAINT debt_reason_check;
ALTER TABLE debt ADD CONSTRAINT debt_reason_check CHECK (reason IN ('unreachable', 'skipped', 'evacuated'));
