-- Workers that are alive, so that each knows its fair share of the clusters: one that holds none is in no other table.
CREATE TABLE inventory_worker (
  owner text NOT NULL,
  lease_until timestamptz(3) NOT NULL,
  CONSTRAINT inventory_worker_pkey PRIMARY KEY (owner)
);
