import type { Database } from '@quarterdeck/database';
import { fromUuid, toUuid } from '../../platform/ids.ts';
import type { Principal } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';

/** The release that an object came with, for who may read releases of its environment. */
export type OwningRelease = {
  release?: { id: string; number: number; project: string; application: string; environment: string };
};

export type ReleaseObject = { clusterId: string; group: string; kind: string; namespace?: string; name: string };

/** By our books, the release that put an object where it is; `undefined` for what no release did. */
export type FindOwningRelease = (principal: Principal, object: ReleaseObject) => Promise<OwningRelease | undefined>;

export function createFindOwningRelease(deps: { database: Database; access: Access }): FindOwningRelease {
  const { database, access } = deps;
  return async (principal, { clusterId, group, kind, namespace = '', name }) => {
    const result = await database.pool.query<{
      release_id: string;
      number: number;
      project_id: string;
      environment_id: string;
      project: string;
      application: string;
      environment: string;
    }>(
      `SELECT o.release_id, r.number, a.project_id, ae.environment_id, p.slug AS project, a.slug AS application, e.name AS environment
       FROM target_object o JOIN target t ON t.id = o.target_id JOIN app_environment ae ON ae.id = t.app_environment_id
       JOIN applications_application a ON a.id = ae.application_id JOIN release r ON r.id = o.release_id
       JOIN access_project p ON p.id = a.project_id JOIN access_environment e ON e.id = ae.environment_id
       WHERE o.cluster_id = $1 AND o."group" = $2 AND o.kind = $3 AND o.namespace = $4 AND o.name = $5 AND o.state <> 'gone'`,
      [toUuid(clusterId), group, kind, namespace, name],
    );
    const [row] = result.rows;
    if (row === undefined) return undefined;
    const place = {
      projectId: fromUuid('prj', row.project_id),
      environmentId: fromUuid('env', row.environment_id),
    };
    if (!(await access.may(principal, 'releases:read', place))) return {};
    const { number, project, application, environment } = row;
    return { release: { id: fromUuid('rel', row.release_id), number, project, application, environment } };
  };
}
