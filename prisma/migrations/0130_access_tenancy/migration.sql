-- Roles: names and where they may be granted. Built-in ones are written at each start.
ALTER TABLE access_roles
  ADD COLUMN name text NOT NULL DEFAULT '',
  ADD COLUMN description text NOT NULL DEFAULT '',
  ADD COLUMN scopes text[] DEFAULT '{fleet}',
  ADD CONSTRAINT access_roles_scopes_check CHECK (scopes IS NOT NULL),
  ADD COLUMN created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  DROP COLUMN rung;
UPDATE access_roles SET name = id;
ALTER TABLE access_roles ALTER COLUMN name DROP DEFAULT, ALTER COLUMN scopes DROP DEFAULT;
CREATE UNIQUE INDEX access_roles_name_key ON access_roles (name);

-- Grants: to whom (uuids alone do not tell a person from a group) and by whom.
ALTER TABLE access_grants
  ADD COLUMN subject_kind text NOT NULL DEFAULT 'user',
  ADD COLUMN created_by_id text NOT NULL DEFAULT '',
  ADD COLUMN created_by text NOT NULL DEFAULT '',
  ADD CONSTRAINT access_grants_subject_kind_check CHECK (subject_kind IN ('user', 'group', 'service_account'));
ALTER TABLE access_grants ALTER COLUMN subject_kind DROP DEFAULT;
CREATE INDEX access_grants_role_id_idx ON access_grants (role_id);
CREATE INDEX access_grants_scope_id_idx ON access_grants (scope_id);
-- The same role for the same subject at the same place is one grant.
CREATE UNIQUE INDEX access_grants_once_key ON access_grants
  (subject_id, role_id, scope_kind, coalesce(scope_id::text, ''), coalesce(selector, '{}'::jsonb));

-- When a grant last decided something; apart from the grants, whose rows are locked by changes that rely on them.
CREATE TABLE access_grant_use (
  grant_id uuid NOT NULL,
  used_at timestamptz(3) NOT NULL,
  CONSTRAINT access_grant_use_pkey PRIMARY KEY (grant_id),
  CONSTRAINT access_grant_use_grant_id_fkey FOREIGN KEY (grant_id) REFERENCES access_grants (id) ON DELETE CASCADE ON UPDATE CASCADE
);

ALTER TABLE access_project
  ADD COLUMN registries text[] DEFAULT ARRAY[]::text[] CONSTRAINT access_project_registries_check CHECK (registries IS NOT NULL),
  ADD COLUMN template_sources text[] DEFAULT ARRAY[]::text[] CONSTRAINT access_project_template_sources_check CHECK (template_sources IS NOT NULL),
  ADD COLUMN quotas jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN archived_at timestamptz(3),
  ADD COLUMN automation_id uuid;
CREATE UNIQUE INDEX access_project_automation_id_key ON access_project (automation_id);

-- epoch: anything that rights depend on; places: clusters, namespaces, environments, projects, roles among it.
ALTER TABLE access_epoch ADD COLUMN places bigint NOT NULL DEFAULT 1;

-- Triggers raise the epoch and notify in the transaction of the change, so that no code can forget it.
CREATE FUNCTION access_raise_epoch(of_places boolean) RETURNS void LANGUAGE sql AS $$
  WITH raised AS (
    UPDATE access_epoch SET epoch = epoch + 1, places = places + of_places::int RETURNING epoch, places)
  SELECT pg_notify('quarterdeck_access', json_build_object('epoch', epoch, 'places', places)::text) FROM raised
$$;
CREATE FUNCTION access_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM access_raise_epoch(TG_ARGV[0] = 'places');
  RETURN NULL;
END
$$;
-- A statement that touched no row changed nothing.
CREATE FUNCTION access_rows_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM rows) THEN PERFORM access_raise_epoch(TG_ARGV[0] = 'places'); END IF;
  RETURN NULL;
END
$$;

/* Rights depend on this table: `what` is rights or places. Without `columns` every update counts, with them those
   alone (so that a last-use time does not); without `on_insert` new rows take nothing away and give nothing. */
CREATE FUNCTION access_watch(watched regclass, what text, columns text[] DEFAULT NULL, on_insert boolean DEFAULT true)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER access_watch_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS rows
    FOR EACH STATEMENT EXECUTE FUNCTION access_rows_changed(%L)', watched, what);
  EXECUTE format('CREATE TRIGGER access_watch_truncate AFTER TRUNCATE ON %s
    FOR EACH STATEMENT EXECUTE FUNCTION access_changed(%L)', watched, what);
  IF on_insert THEN
    EXECUTE format('CREATE TRIGGER access_watch_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS rows
      FOR EACH STATEMENT EXECUTE FUNCTION access_rows_changed(%L)', watched, what);
  END IF;
  IF columns IS NULL THEN
    EXECUTE format('CREATE TRIGGER access_watch_update AFTER UPDATE ON %s REFERENCING NEW TABLE AS rows
      FOR EACH STATEMENT EXECUTE FUNCTION access_rows_changed(%L)', watched, what);
  ELSE
    EXECUTE format('CREATE TRIGGER access_watch_update AFTER UPDATE OF %s ON %s
      FOR EACH STATEMENT EXECUTE FUNCTION access_changed(%L)',
      (SELECT string_agg(quote_ident(name), ', ') FROM unnest(columns) AS name), watched, what);
  END IF;
END
$$;

SELECT access_watch('access_grants', 'rights');
SELECT access_watch('access_roles', 'places');
SELECT access_watch('access_role_permissions', 'places');
SELECT access_watch('access_clusters', 'places');
SELECT access_watch('access_namespaces', 'places');
SELECT access_watch('access_environment', 'places');
SELECT access_watch('access_project', 'places');
SELECT access_watch('identity_user', 'rights', '{disabled_at}', false);
SELECT access_watch('identity_session', 'rights', '{expires_at}', false);
SELECT access_watch('identity_service_account', 'rights', '{disabled_at}', false);
SELECT access_watch('identity_token', 'rights', '{revoked_at,expires_at,permissions}', false);
