-- Without statistics the planner sorts whole tables for one page. Autovacuum makes them up to a minute after a first
-- list, and the product's own login may not.
CREATE FUNCTION inventory_analyze(kind smallint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE partition regclass;
BEGIN
  SELECT tableoid::regclass INTO partition FROM public.inventory_object WHERE kind_no = kind LIMIT 1;
  IF partition IS NOT NULL THEN EXECUTE format('ANALYZE %s', partition); END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION inventory_analyze(smallint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION inventory_analyze(smallint) TO quarterdeck_app;
