CREATE TABLE audit_event (
  id uuid NOT NULL,
  chain smallint NOT NULL,
  seq bigint NOT NULL,
  at timestamptz(6) NOT NULL,
  action text NOT NULL,
  outcome text NOT NULL,
  code text,
  actor_kind text NOT NULL,
  actor_id text,
  target_id text,
  project text,
  record jsonb NOT NULL,
  prev_hash bytea NOT NULL,
  hash bytea NOT NULL,
  CONSTRAINT audit_event_pkey PRIMARY KEY (id),
  CONSTRAINT audit_event_outcome_check CHECK (outcome IN ('allowed', 'denied', 'failed'))
);
CREATE UNIQUE INDEX audit_event_chain_seq_key ON audit_event (chain, seq);
CREATE INDEX audit_event_at_id_idx ON audit_event (at, id);
CREATE INDEX audit_event_actor_id_at_idx ON audit_event (actor_id, at);
CREATE INDEX audit_event_action_at_idx ON audit_event (action, at);
CREATE INDEX audit_event_target_id_at_idx ON audit_event (target_id, at);
CREATE INDEX audit_event_project_at_idx ON audit_event (project, at);

CREATE TABLE audit_chain (
  chain smallint NOT NULL,
  seq bigint NOT NULL,
  hash bytea NOT NULL,
  CONSTRAINT audit_chain_pkey PRIMARY KEY (chain)
);
INSERT INTO audit_chain (chain, seq, hash) SELECT n, 0, '\x'::bytea FROM generate_series(0, 15) AS n;

-- 0 is the fleet's chain; projects spread over the other fifteen.
CREATE FUNCTION audit_chain_of(project text) RETURNS smallint LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN project IS NULL THEN 0 ELSE 1 + abs(hashtext(project)::bigint) % 15 END::smallint
$$;

-- What a hash is over: fixed order and jsonb's own canonical text, so that a verifier can rebuild it.
CREATE FUNCTION audit_hash(prev bytea, chain smallint, seq bigint, at timestamptz, record jsonb) RETURNS bytea
LANGUAGE sql STABLE SET timezone = 'UTC' AS $$
  SELECT sha256(prev || convert_to(
    chain::text || '|' || seq::text || '|' || to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '|' || record::text,
    'UTF8'))
$$;

-- Appends records in one go: locks the chain heads in order (no deadlock between two callers), numbers and chains.
CREATE FUNCTION audit_append(records jsonb) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE
  entry jsonb;
  head audit_chain%ROWTYPE;
  next_at timestamptz(6);
  next_hash bytea;
BEGIN
  PERFORM 1 FROM audit_chain
    WHERE chain IN (SELECT audit_chain_of(value ->> 'project') FROM jsonb_array_elements(records))
    ORDER BY chain FOR UPDATE;
  FOR entry IN SELECT value FROM jsonb_array_elements(records) LOOP
    SELECT * INTO STRICT head FROM audit_chain WHERE chain = audit_chain_of(entry ->> 'project');
    next_at := clock_timestamp();
    next_hash := audit_hash(head.hash, head.chain, head.seq + 1, next_at, entry -> 'record');
    INSERT INTO audit_event (id, chain, seq, at, action, outcome, code, actor_kind, actor_id, target_id, project, record, prev_hash, hash)
    VALUES ((entry ->> 'id')::uuid, head.chain, head.seq + 1, next_at, entry ->> 'action', entry ->> 'outcome', entry ->> 'code',
      entry ->> 'actorKind', entry ->> 'actorId', entry ->> 'targetId', entry ->> 'project', entry -> 'record', head.hash, next_hash);
    UPDATE audit_chain SET seq = head.seq + 1, hash = next_hash WHERE chain = head.chain;
  END LOOP;
END
$$;

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_event is insert-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_event_insert_only BEFORE UPDATE OR DELETE ON audit_event
  FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
