-- The trail becomes one partition a month, so that what is older than its retention goes by dropping a table. The hash
-- now covers everything a reader sees: action, outcome and code are part of the record from version 2 on.
CREATE TABLE audit_event_partitioned (
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
  cluster text,
  request_id text,
  record jsonb NOT NULL,
  prev_hash bytea NOT NULL,
  hash bytea NOT NULL
) PARTITION BY RANGE (at);

CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_event is insert-only' USING ERRCODE = 'insufficient_privilege';
END
$$;

-- The name of the partition that holds a moment: months are those of UTC.
CREATE FUNCTION audit_partition_of(moment timestamptz) RETURNS text LANGUAGE sql STABLE SET timezone = 'UTC' AS $$
  SELECT 'audit_event_' || to_char(moment AT TIME ZONE 'UTC', 'YYYY_MM')
$$;

-- Makes the partition of a month when it is missing. Attached rather than created in place: appends go on meanwhile.
CREATE FUNCTION audit_make_partition(moment timestamptz) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  name text := audit_partition_of(moment);
  first timestamptz := date_trunc('month', moment);
BEGIN
  IF to_regclass('public.' || name) IS NOT NULL THEN RETURN name; END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('audit_make_partition', 0));
  IF to_regclass('public.' || name) IS NOT NULL THEN RETURN name; END IF;
  EXECUTE format('CREATE TABLE public.%I (LIKE public.audit_event INCLUDING CONSTRAINTS)', name);
  EXECUTE format('ALTER TABLE public.audit_event ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
    name, first, first + interval '1 month');
  EXECUTE format('CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON public.%I FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change()', name);
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'quarterdeck_app') THEN
    EXECUTE format('REVOKE ALL ON public.%I FROM quarterdeck_app', name);
    EXECUTE format('GRANT SELECT ON public.%I TO quarterdeck_app', name);
  END IF;
  RETURN name;
END
$$;

DROP FUNCTION audit_append(jsonb);
ALTER TABLE audit_event RENAME TO audit_event_whole;
ALTER TABLE audit_event_partitioned RENAME TO audit_event;
SELECT audit_make_partition(month)
  FROM (SELECT DISTINCT date_trunc('month', at) AS month FROM audit_event_whole
        UNION SELECT date_trunc('month', now()) UNION SELECT date_trunc('month', now()) + interval '1 month') AS months;
INSERT INTO audit_event
  SELECT id, chain, seq, at, action, outcome, code, actor_kind, actor_id, target_id, project,
         record #>> '{target,cluster}', record ->> 'requestId', record, prev_hash, hash
  FROM audit_event_whole;
DROP TABLE audit_event_whole;
DROP FUNCTION audit_refuse();

ALTER TABLE audit_event ADD CONSTRAINT audit_event_pkey PRIMARY KEY (id, at);
ALTER TABLE audit_event ADD CONSTRAINT audit_event_outcome_check CHECK (outcome IN ('allowed', 'denied', 'failed'));
CREATE UNIQUE INDEX audit_event_chain_seq_at_key ON audit_event (chain, seq, at);
CREATE INDEX audit_event_at_id_idx ON audit_event (at, id);
CREATE INDEX audit_event_actor_id_at_idx ON audit_event (actor_id, at);
CREATE INDEX audit_event_action_at_idx ON audit_event (action, at);
CREATE INDEX audit_event_target_id_at_idx ON audit_event (target_id, at);
CREATE INDEX audit_event_project_at_idx ON audit_event (project, at);
CREATE INDEX audit_event_cluster_at_idx ON audit_event (cluster, at);
CREATE INDEX audit_event_request_id_at_idx ON audit_event (request_id, at);
CREATE TRIGGER audit_event_insert_only BEFORE UPDATE OR DELETE ON audit_event
  FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- Appends records in one go: locks the chain heads in order (no deadlock between two callers), numbers and chains. The
-- columns are taken from the record, so they cannot say something that the hash does not cover.
CREATE FUNCTION audit_append(records jsonb) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  entry jsonb;
  head audit_chain%ROWTYPE;
  next_at timestamptz(6);
  next_hash bytea;
BEGIN
  PERFORM 1 FROM audit_chain
    WHERE chain IN (SELECT audit_chain_of(value #>> '{record,target,project}') FROM jsonb_array_elements(records))
    ORDER BY chain FOR UPDATE;
  FOR entry IN SELECT value FROM jsonb_array_elements(records) LOOP
    SELECT * INTO STRICT head FROM audit_chain WHERE chain = audit_chain_of(entry #>> '{record,target,project}');
    next_at := clock_timestamp();
    -- Made ahead by the worker; here only when no worker has run for a month.
    IF to_regclass('public.' || audit_partition_of(next_at)) IS NULL THEN PERFORM audit_make_partition(next_at); END IF;
    next_hash := audit_hash(head.hash, head.chain, head.seq + 1, next_at, entry -> 'record');
    INSERT INTO audit_event (id, chain, seq, at, action, outcome, code, actor_kind, actor_id, target_id, project, cluster,
      request_id, record, prev_hash, hash)
    VALUES ((entry ->> 'id')::uuid, head.chain, head.seq + 1, next_at, entry #>> '{record,action}',
      entry #>> '{record,outcome}', entry #>> '{record,code}', entry #>> '{record,actor,kind}',
      entry #>> '{record,actor,id}', entry #>> '{record,target,id}', entry #>> '{record,target,project}',
      entry #>> '{record,target,cluster}', entry #>> '{record,requestId}', entry -> 'record', head.hash, next_hash);
    UPDATE audit_chain SET seq = head.seq + 1, hash = next_hash WHERE chain = head.chain;
  END LOOP;
END
$$;

-- How often a record happened again within its minute: a loop of refused calls is one record, counted.
CREATE TABLE audit_repeat (
  event_id uuid NOT NULL,
  key bytea NOT NULL,
  count integer NOT NULL,
  first_at timestamptz(6) NOT NULL,
  last_at timestamptz(6) NOT NULL,
  CONSTRAINT audit_repeat_pkey PRIMARY KEY (event_id)
);
CREATE INDEX audit_repeat_key_first_at_idx ON audit_repeat (key, first_at);

-- Appends one record, or counts it when one with this key is less than a minute old; true when it was appended.
CREATE FUNCTION audit_append_once(repeat_key bytea, records jsonb) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- All servers decide one after the other for one key.
  PERFORM pg_advisory_xact_lock(hashtextextended(encode(repeat_key, 'hex'), 140));
  UPDATE audit_repeat SET count = count + 1, last_at = clock_timestamp()
    WHERE key = repeat_key AND first_at > clock_timestamp() - interval '60 seconds';
  IF FOUND THEN RETURN false; END IF;
  PERFORM audit_append(records);
  INSERT INTO audit_repeat (event_id, key, count, first_at, last_at)
    VALUES ((records #>> '{0,id}')::uuid, repeat_key, 1, clock_timestamp(), clock_timestamp());
  RETURN true;
END
$$;

-- Heads of chains, signed and written down outside PostgreSQL: who rewrites a whole chain here cannot rewrite those.
CREATE TABLE audit_checkpoint (
  chain smallint NOT NULL,
  seq bigint NOT NULL,
  hash bytea NOT NULL,
  at timestamptz(6) NOT NULL,
  signature bytea NOT NULL,
  exported boolean NOT NULL,
  CONSTRAINT audit_checkpoint_pkey PRIMARY KEY (chain, seq)
);

CREATE FUNCTION audit_add_checkpoint(chain smallint, seq bigint, hash bytea, at timestamptz, signature bytea, exported boolean)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  INSERT INTO audit_checkpoint (chain, seq, hash, at, signature, exported) VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT ON CONSTRAINT audit_checkpoint_pkey DO UPDATE SET exported = audit_checkpoint.exported OR excluded.exported
$$;

-- Where each chain begins since its oldest partition went: the number and hash of the last record that was dropped.
CREATE TABLE audit_anchor (
  chain smallint NOT NULL,
  seq bigint NOT NULL,
  hash bytea NOT NULL,
  CONSTRAINT audit_anchor_pkey PRIMARY KEY (chain)
);

-- Drops months older than 400 days whose last records are covered by an exported checkpoint; gives their names.
CREATE FUNCTION audit_retire() RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  partition text;
  uncovered bigint;
BEGIN
  FOR partition IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'public.audit_event'::regclass
      AND c.relname < audit_partition_of(clock_timestamp() - interval '400 days')
    ORDER BY c.relname
  LOOP
    EXECUTE format(
      'SELECT count(*) FROM (SELECT chain, max(seq) AS seq FROM public.%I GROUP BY chain) AS last
       WHERE NOT EXISTS (SELECT FROM audit_checkpoint p WHERE p.chain = last.chain AND p.seq >= last.seq AND p.exported)',
      partition) INTO uncovered;
    -- The months after it need its last hash: stop at the first that must stay.
    EXIT WHEN uncovered > 0;
    EXECUTE format(
      'INSERT INTO audit_anchor (chain, seq, hash)
       SELECT DISTINCT ON (chain) chain, seq, hash FROM public.%I ORDER BY chain, seq DESC
       ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, hash = excluded.hash', partition);
    EXECUTE format('DELETE FROM audit_repeat WHERE event_id IN (SELECT id FROM public.%I)', partition);
    EXECUTE format('DROP TABLE public.%I', partition);
    RETURN NEXT partition;
  END LOOP;
END
$$;

-- How far the worker has recomputed each chain, where its second look stands, and the first record that did not fit.
CREATE TABLE audit_verification (
  chain smallint NOT NULL,
  seq bigint NOT NULL,
  hash bytea NOT NULL,
  record_at timestamptz(6),
  verified_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  again_seq bigint NOT NULL,
  again_hash bytea NOT NULL,
  bad_seq bigint,
  problem text,
  CONSTRAINT audit_verification_pkey PRIMARY KEY (chain)
);
