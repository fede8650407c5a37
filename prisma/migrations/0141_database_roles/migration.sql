-- The product runs as quarterdeck_app: rows of every table, but of the trail only what audit_append writes. The runner
-- makes both roles before the first migration and runs the migrations as quarterdeck_owner.
GRANT USAGE ON SCHEMA public TO quarterdeck_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO quarterdeck_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO quarterdeck_app;
ALTER DEFAULT PRIVILEGES FOR ROLE quarterdeck_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO quarterdeck_app;
ALTER DEFAULT PRIVILEGES FOR ROLE quarterdeck_owner IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO quarterdeck_app;

REVOKE INSERT, UPDATE, DELETE ON _prisma_migrations FROM quarterdeck_app;
REVOKE INSERT, UPDATE, DELETE ON audit_event, audit_chain, audit_repeat, audit_checkpoint, audit_anchor FROM quarterdeck_app;
DO $$
DECLARE partition regclass;
BEGIN
  FOR partition IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'audit_event'::regclass LOOP
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON %s FROM quarterdeck_app', partition);
  END LOOP;
END
$$;

REVOKE EXECUTE ON FUNCTION audit_append(jsonb), audit_append_once(bytea, jsonb), audit_make_partition(timestamptz),
  audit_add_checkpoint(smallint, bigint, bytea, timestamptz, bytea, boolean), audit_retire() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_append(jsonb), audit_append_once(bytea, jsonb), audit_make_partition(timestamptz),
  audit_add_checkpoint(smallint, bigint, bytea, timestamptz, bytea, boolean), audit_retire() TO quarterdeck_app;
