import type { Database } from '@quarterdeck/database';

/** Where a CI call deploys to; ids are uuids. */
export type NamedPlace = {
  projectUuid: string;
  applicationUuid: string;
  environmentUuid: string;
  appEnvironmentUuid: string;
  tier: string;
};

export type PlacesStore = ReturnType<typeof createPlacesStore>;

/** Applications and environments by the names that people write into a pipeline. */
export function createPlacesStore({ keyed: pool }: Database) {
  return {
    /** @param application `project/application` */
    async byNames(application: string, environment: string): Promise<NamedPlace | undefined> {
      const [project, slug] = application.split('/', 2);
      const result = await pool.query<NamedPlace>(
        `SELECT p.id AS "projectUuid", a.id AS "applicationUuid", e.id AS "environmentUuid", ae.id AS "appEnvironmentUuid", e.tier
         FROM access_project p JOIN applications_application a ON a.project_id = p.id
         JOIN app_environment ae ON ae.application_id = a.id JOIN access_environment e ON e.id = ae.environment_id
         WHERE p.slug = $1 AND a.slug = $2 AND e.name = $3`,
        [project, slug, environment],
      );
      return result.rows[0];
    },
  };
}
