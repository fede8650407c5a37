-- Further secrets of the installation, each sealed like any credential: the key that signs checkpoints of the trail.
CREATE TABLE platform_secret (
  name text NOT NULL,
  sealed bytea NOT NULL,
  CONSTRAINT platform_secret_pkey PRIMARY KEY (name)
);

-- The id of the key that a sealed record is wrapped with: `v1 ‖ length ‖ key id ‖ …`.
CREATE FUNCTION platform_key_of(sealed bytea) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT convert_from(substring(sealed FROM 3 FOR get_byte(sealed, 1)), 'UTF8')
$$;

-- Nothing may be sealed with a key that was removed: a process that has not heard of it yet is refused, and no record
-- is lost. The lock on the canary makes a removal wait for writes under way, or the other way round.
CREATE FUNCTION platform_refuse_removed_key() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  record_bytes bytea := decode(substring(to_jsonb(NEW) ->> TG_ARGV[0] FROM 3), 'hex');
BEGIN
  PERFORM FROM platform_key_canary WHERE key_id = platform_key_of(record_bytes) FOR SHARE;
  IF record_bytes IS NOT NULL AND NOT FOUND THEN
    RAISE EXCEPTION 'key % is not in use', platform_key_of(record_bytes) USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NEW;
END
$$;

-- Gives every sealed column (bytea, named `sealed…`) that guard. The runner calls it after each migration that it applied.
CREATE FUNCTION platform_guard_sealed_columns() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  found record;
BEGIN
  FOR found IN
    SELECT c.oid::regclass AS tab, a.attname::text AS col FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'platform_key_canary'
      AND a.attname LIKE 'sealed%' AND a.atttypid = 'bytea'::regtype AND NOT a.attisdropped
  LOOP
    EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE INSERT OR UPDATE OF %I ON %s
      FOR EACH ROW EXECUTE FUNCTION platform_refuse_removed_key(%L)', found.col || '_key', found.col, found.tab, found.col);
  END LOOP;
END
$$;
