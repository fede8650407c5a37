-- What a cluster's page tells of the past. Changes of state are written by the row itself, so that whoever changes it
-- cannot forget them: a probe, a person, a removal.
CREATE TABLE clusters_state_change (
  cluster_id uuid NOT NULL,
  at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  state text NOT NULL,
  reason text,
  CONSTRAINT clusters_state_change_pkey PRIMARY KEY (cluster_id, at),
  CONSTRAINT clusters_state_change_cluster_id_fkey FOREIGN KEY (cluster_id) REFERENCES clusters_cluster (id)
    ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX clusters_state_change_at_idx ON clusters_state_change (at);

CREATE FUNCTION clusters_note_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO clusters_state_change (cluster_id, state, reason) VALUES (NEW.id, NEW.state, NEW.state_reason)
  ON CONFLICT (cluster_id, at) DO UPDATE SET state = excluded.state, reason = excluded.reason;
  RETURN NULL;
END
$$;
CREATE TRIGGER clusters_state_inserted AFTER INSERT ON clusters_cluster
  FOR EACH ROW EXECUTE FUNCTION clusters_note_state();
CREATE TRIGGER clusters_state_changed AFTER UPDATE ON clusters_cluster
  FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION clusters_note_state();
INSERT INTO clusters_state_change (cluster_id, at, state, reason)
  SELECT id, state_since, state, state_reason FROM clusters_cluster;

-- Probes of ten minutes in one row: their number, how many failed, how long the good ones took.
CREATE TABLE clusters_probe_slot (
  cluster_id uuid NOT NULL,
  at timestamptz(3) NOT NULL,
  probes integer NOT NULL,
  failed integer NOT NULL,
  latency_sum_ms double precision NOT NULL,
  latency_max_ms double precision NOT NULL,
  CONSTRAINT clusters_probe_slot_pkey PRIMARY KEY (cluster_id, at),
  CONSTRAINT clusters_probe_slot_cluster_id_fkey FOREIGN KEY (cluster_id) REFERENCES clusters_cluster (id)
    ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX clusters_probe_slot_at_idx ON clusters_probe_slot (at);

-- A watch that stood still, was refused or cut short, from when to when: one row until it streams again.
CREATE TABLE inventory_incident (
  cluster_no integer NOT NULL,
  kind_no smallint NOT NULL,
  began_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz(3),
  state text NOT NULL,
  error text,
  CONSTRAINT inventory_incident_pkey PRIMARY KEY (cluster_no, kind_no, began_at)
);
CREATE UNIQUE INDEX inventory_incident_open_key ON inventory_incident (cluster_no, kind_no) WHERE ended_at IS NULL;
CREATE INDEX inventory_incident_began_at_idx ON inventory_incident (began_at);

CREATE FUNCTION inventory_note_incident() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state IN ('stale', 'forbidden', 'capped') THEN
    INSERT INTO inventory_incident (cluster_no, kind_no, state, error) VALUES (NEW.cluster_no, NEW.kind_no, NEW.state, NEW.error)
    ON CONFLICT (cluster_no, kind_no) WHERE ended_at IS NULL DO UPDATE SET state = excluded.state, error = excluded.error;
  ELSIF NEW.state = 'streaming' THEN
    UPDATE inventory_incident SET ended_at = clock_timestamp()
    WHERE cluster_no = NEW.cluster_no AND kind_no = NEW.kind_no AND ended_at IS NULL;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER inventory_stream_inserted AFTER INSERT ON inventory_stream
  FOR EACH ROW WHEN (NEW.state IN ('stale', 'forbidden', 'capped')) EXECUTE FUNCTION inventory_note_incident();
CREATE TRIGGER inventory_stream_changed AFTER UPDATE ON inventory_stream
  FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION inventory_note_incident();
