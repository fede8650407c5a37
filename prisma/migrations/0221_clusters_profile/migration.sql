-- What a cluster lets our account do: as whom people go, and who binds the roles of projects.
ALTER TABLE clusters_cluster
  ADD COLUMN people text NOT NULL DEFAULT 'groups-only',
  ADD COLUMN bindings text NOT NULL DEFAULT 'managed',
  ADD CONSTRAINT clusters_cluster_people_check CHECK (people IN ('groups-only', 'named', 'bounded')),
  ADD CONSTRAINT clusters_cluster_bindings_check CHECK (bindings IN ('managed', 'strict'));
-- The same as far as the groups of people follow from it.
ALTER TABLE access_clusters
  ADD COLUMN fleet_rungs boolean NOT NULL DEFAULT true,
  ADD COLUMN named boolean NOT NULL DEFAULT false;
