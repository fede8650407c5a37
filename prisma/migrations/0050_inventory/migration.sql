CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE inventory_kind (
  kind_no smallint NOT NULL,
  api_group text NOT NULL,
  resource text NOT NULL,
  kind text NOT NULL,
  namespaced boolean NOT NULL,
  CONSTRAINT inventory_kind_pkey PRIMARY KEY (kind_no)
);
CREATE UNIQUE INDEX inventory_kind_api_group_resource_key ON inventory_kind (api_group, resource);

-- The empty name stands for objects without a namespace.
CREATE TABLE inventory_namespace (
  ns_no serial NOT NULL,
  cluster_no integer NOT NULL,
  name text COLLATE "C" NOT NULL,
  CONSTRAINT inventory_namespace_pkey PRIMARY KEY (ns_no)
);
CREATE UNIQUE INDEX inventory_namespace_cluster_no_name_key ON inventory_namespace (cluster_no, name);

CREATE SEQUENCE inventory_object_id_seq;
-- Sentinels instead of NULL in the sort columns, so that a keyset is one comparison: -1, '' and the epoch mean none.
CREATE TABLE inventory_object (
  id bigint NOT NULL DEFAULT nextval('inventory_object_id_seq'),
  kind_no smallint NOT NULL,
  cluster_no integer NOT NULL,
  ns_no integer NOT NULL,
  name text COLLATE "C" NOT NULL,
  uid text NOT NULL,
  created_at timestamptz(3) NOT NULL,
  status smallint NOT NULL,
  status_text text NOT NULL,
  ready integer NOT NULL,
  desired integer NOT NULL,
  restarts integer NOT NULL,
  node text COLLATE "C" NOT NULL,
  owner_uid text NOT NULL,
  cpu_m integer NOT NULL,
  memory_b bigint NOT NULL,
  labels jsonb NOT NULL,
  facts jsonb NOT NULL,
  search text NOT NULL,
  fp bigint NOT NULL,
  CONSTRAINT inventory_object_pkey PRIMARY KEY (kind_no, id)
) PARTITION BY LIST (kind_no);
CREATE UNIQUE INDEX inventory_object_kind_no_ns_no_name_key ON inventory_object (kind_no, ns_no, name);
CREATE INDEX inventory_object_name_id_idx ON inventory_object (name, id);
CREATE INDEX inventory_object_created_at_id_idx ON inventory_object (created_at, id);
CREATE INDEX inventory_object_status_id_idx ON inventory_object (status, id);
CREATE INDEX inventory_object_restarts_id_idx ON inventory_object (restarts, id);
CREATE INDEX inventory_object_node_id_idx ON inventory_object (node, id);
CREATE INDEX inventory_object_cpu_m_id_idx ON inventory_object (cpu_m, id);
CREATE INDEX inventory_object_owner_uid_idx ON inventory_object (owner_uid);
-- Without fastupdate: a pending list makes reads under churn several times slower.
CREATE INDEX inventory_object_labels_idx ON inventory_object USING gin (labels jsonb_path_ops) WITH (fastupdate = off);
CREATE INDEX inventory_object_search_idx ON inventory_object USING gin (search gin_trgm_ops) WITH (fastupdate = off);

INSERT INTO inventory_kind (kind_no, api_group, resource, kind, namespaced) VALUES
  (1, '', 'namespaces', 'Namespace', false),
  (2, '', 'nodes', 'Node', false),
  (3, '', 'pods', 'Pod', true),
  (4, 'apps', 'deployments', 'Deployment', true),
  (5, 'apps', 'replicasets', 'ReplicaSet', true),
  (6, '', 'services', 'Service', true),
  (7, '', 'events', 'Event', true);
CREATE TABLE inventory_object_pod PARTITION OF inventory_object FOR VALUES IN (3) WITH (fillfactor = 80);
CREATE TABLE inventory_object_deployment PARTITION OF inventory_object FOR VALUES IN (4) WITH (fillfactor = 80);
CREATE TABLE inventory_object_replicaset PARTITION OF inventory_object FOR VALUES IN (5) WITH (fillfactor = 80);
CREATE TABLE inventory_object_service PARTITION OF inventory_object FOR VALUES IN (6) WITH (fillfactor = 80);
CREATE TABLE inventory_object_default PARTITION OF inventory_object DEFAULT WITH (fillfactor = 80);

-- Who watches a cluster. Every write of rows joins this row by epoch and live lease.
CREATE TABLE inventory_head (
  cluster_no integer NOT NULL,
  rev bigint NOT NULL DEFAULT 0,
  epoch bigint NOT NULL DEFAULT 0,
  owner text,
  lease_until timestamptz(3),
  CONSTRAINT inventory_head_pkey PRIMARY KEY (cluster_no)
);

CREATE TABLE inventory_stream (
  cluster_no integer NOT NULL,
  kind_no smallint NOT NULL,
  resource_version text,
  state text NOT NULL,
  rows integer NOT NULL DEFAULT 0,
  as_of timestamptz(3),
  error text,
  CONSTRAINT inventory_stream_pkey PRIMARY KEY (cluster_no, kind_no),
  CONSTRAINT inventory_stream_state_check CHECK (state IN ('syncing', 'streaming', 'stale', 'forbidden', 'capped'))
);

-- What changed, for live updates; kept a quarter of an hour. op: I inserted, U updated, D deleted.
CREATE TABLE inventory_change (
  cluster_no integer NOT NULL,
  rev bigint NOT NULL,
  kind_no smallint NOT NULL,
  id bigint NOT NULL,
  ns_no integer NOT NULL,
  op text NOT NULL,
  at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT inventory_change_pkey PRIMARY KEY (cluster_no, rev, kind_no, id)
);
CREATE INDEX inventory_change_at_idx ON inventory_change (at);

CREATE TABLE inventory_count (
  kind_no smallint NOT NULL,
  ns_no integer NOT NULL,
  status smallint NOT NULL,
  n integer NOT NULL,
  CONSTRAINT inventory_count_pkey PRIMARY KEY (kind_no, ns_no, status)
);

CREATE TABLE inventory_event (
  cluster_no integer NOT NULL,
  uid text NOT NULL,
  ns_no integer NOT NULL,
  object text NOT NULL,
  object_uid text NOT NULL,
  type text NOT NULL,
  reason text NOT NULL,
  message text NOT NULL,
  count integer NOT NULL,
  first_at timestamptz(3) NOT NULL,
  last_at timestamptz(3) NOT NULL,
  CONSTRAINT inventory_event_pkey PRIMARY KEY (cluster_no, uid)
);
CREATE INDEX inventory_event_last_at_uid_idx ON inventory_event (last_at, uid);
CREATE INDEX inventory_event_object_uid_last_at_idx ON inventory_event (object_uid, last_at);

-- Exact totals, kept by the statement that changes the rows.
CREATE FUNCTION inventory_count_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO inventory_count AS c (kind_no, ns_no, status, n)
    SELECT kind_no, ns_no, status, count(*) FROM new_rows GROUP BY 1, 2, 3
    ON CONFLICT (kind_no, ns_no, status) DO UPDATE SET n = c.n + excluded.n;
  RETURN NULL;
END
$$;
CREATE FUNCTION inventory_count_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO inventory_count AS c (kind_no, ns_no, status, n)
    SELECT kind_no, ns_no, status, sum(d) FROM (
      SELECT kind_no, ns_no, status, 1 AS d FROM new_rows UNION ALL SELECT kind_no, ns_no, status, -1 FROM old_rows) AS moved
    GROUP BY 1, 2, 3 HAVING sum(d) <> 0
    ON CONFLICT (kind_no, ns_no, status) DO UPDATE SET n = c.n + excluded.n;
  RETURN NULL;
END
$$;
CREATE FUNCTION inventory_count_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO inventory_count AS c (kind_no, ns_no, status, n)
    SELECT kind_no, ns_no, status, -count(*) FROM old_rows GROUP BY 1, 2, 3
    ON CONFLICT (kind_no, ns_no, status) DO UPDATE SET n = c.n + excluded.n;
  RETURN NULL;
END
$$;
CREATE TRIGGER inventory_object_inserted AFTER INSERT ON inventory_object
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION inventory_count_inserted();
CREATE TRIGGER inventory_object_updated AFTER UPDATE ON inventory_object
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION inventory_count_updated();
CREATE TRIGGER inventory_object_deleted AFTER DELETE ON inventory_object
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION inventory_count_deleted();
