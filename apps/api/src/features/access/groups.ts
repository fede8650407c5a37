import type { Database } from '@quarterdeck/database';
import { toUuid } from '../../platform/ids.ts';
import type { Principal } from '../../platform/principal.ts';
import type { AccessStore } from './access.store.ts';
import { type Rung, rungs } from './roles.ts';

/** `p` and at least three digits, as the onboarding manifest lists them: `quarterdeck:p007:deployers`. */
export function projectGroup(projectNumber: number, rung: Rung): string {
  return `quarterdeck:p${String(projectNumber).padStart(3, '0')}:${rung}`;
}

/**
 * Groups that a person carries into a member cluster: `quarterdeck:members`, the highest rung of the covering fleet,
 * set and cluster grants, and per project of the namespace its rung. Never empty, never `system:*`.
 */
export function createGroupsFor({ database, store }: { database: Database; store: AccessStore }) {
  return async function groupsFor(principal: Principal, clusterId: string, namespace?: string): Promise<string[]> {
    if (principal.kind === 'system') {
      if (principal.name === 'worker') return ['quarterdeck:workers'];
      throw new Error(`The built-in actor ${principal.name} has no groups in member clusters.`);
    }
    const groups = ['quarterdeck:members'];
    const rung = await store.clusterRung(principal.subjects, toUuid(clusterId));
    if (rung !== undefined) groups.push(`quarterdeck:${rung}`);
    if (namespace === undefined) return groups;
    const result = await database.pool.query<{ number: number; rung: Rung }>(
      `SELECT DISTINCT p.number, r.rung FROM access_namespaces n
         JOIN access_project p ON p.id = n.project_id
         JOIN access_grants g ON (g.scope_kind = 'project' AND g.scope_id = n.project_id)
           OR (g.scope_kind = 'environment' AND g.scope_id = n.environment_id)
         JOIN access_roles r ON r.id = g.role_id
       WHERE n.cluster_id = $1 AND n.namespace = $2 AND g.subject_id = ANY($3::uuid[])
         AND (g.expires_at IS NULL OR g.expires_at > now())`,
      [toUuid(clusterId), namespace, principal.subjects],
    );
    const highest = rungs.findLast((candidate) => result.rows.some((row) => row.rung === candidate));
    const project = result.rows[0];
    if (highest !== undefined && project !== undefined) groups.push(projectGroup(project.number, highest));
    return groups;
  };
}
