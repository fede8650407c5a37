import type { Database } from '@quarterdeck/database';
import { newId, toUuid } from '../../platform/ids.ts';
import type { RunState } from './release-rows.ts';

let applications = 0;

/** A release on its way, of an application and in an environment of its own, with runs on one cluster, a step each. */
export async function addRuns(
  { pool }: Pick<Database, 'pool'>,
  clusterId: string,
  count: number,
  state: RunState,
): Promise<void> {
  applications += 1;
  await pool.query(
    `WITH environment AS (
       INSERT INTO access_environment (id, project_id, name, tier, rules)
       SELECT gen_random_uuid(), id, $1, 'production', '[]' FROM access_project WHERE slug = 'default' RETURNING id, project_id),
     application AS (
       INSERT INTO applications_application (id, project_id, slug, display_name)
       SELECT gen_random_uuid(), project_id, $1, $1 FROM environment RETURNING id),
     place AS (
       INSERT INTO app_environment (id, application_id, environment_id)
       SELECT gen_random_uuid(), application.id, environment.id FROM application, environment RETURNING id),
     rolling AS (
       INSERT INTO release (id, app_environment_id, number, kind, state, images, parameters, content_sha256, dedupe_key, created_by_id, created_by)
       SELECT gen_random_uuid(), id, 1, 'deploy', 'rolling', '{}', '{}', '', 'key', 'usr', 'Test' FROM place RETURNING id),
     targets AS (
       INSERT INTO target (id, app_environment_id, cluster_id, namespace)
       SELECT run, place.id, $2, 'shop-' || run FROM place, unnest($4::uuid[]) AS run RETURNING id),
     added AS (
       INSERT INTO target_run (id, release_id, target_id, cluster_id, namespace, state, admitted)
       SELECT targets.id, rolling.id, targets.id, $2, 'shop', $3, true FROM rolling, targets RETURNING id)
     INSERT INTO run_step (run_id, seq, kind, state) SELECT id, 0, 'apply', 'waiting' FROM added`,
    [`app-${applications}`, toUuid(clusterId), state, Array.from({ length: count }, () => toUuid(newId('run')))],
  );
}
