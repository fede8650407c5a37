import type { Transaction } from '@quarterdeck/database';
import { forbidden } from '../../platform/errors.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Authorization } from './authorize.ts';
import type { GrantingRules } from './granting-rules.ts';
import type { RolesStore } from './roles.store.ts';

/**
 * Labels that a grant or a rule selects by are part of it: whoever changes them gives rights in this cluster, so the
 * rules of granting hold.
 * @throws AppError 403 `self_grant` | `beyond_own_rights` | `owners_only` | `forbidden`
 */
export function createRelabel(deps: { authorization: Authorization; rules: GrantingRules; roles: RolesStore }) {
  const { authorization, rules, roles } = deps;
  return async function mayRelabel(
    tx: Transaction,
    actor: Actor,
    clusterUuid: string,
    labels: Readonly<Record<string, string>>,
  ): Promise<void> {
    const json = JSON.stringify(labels);
    const won = await tx.query<{ subject_id: string; role_id: string; selector: Record<string, string> }>(
      `SELECT g.subject_id, g.role_id, g.selector FROM access_grants g LEFT JOIN access_clusters c ON c.id = $1
       WHERE g.scope_kind = 'set' AND (g.expires_at IS NULL OR g.expires_at > now())
         AND $2::jsonb @> g.selector AND NOT coalesce(c.labels @> g.selector, false)`,
      [clusterUuid, json],
    );
    for (const grant of won.rows) {
      await authorization.require(tx, actor, 'access:grant', 'fleet');
      const role = await roles.find(tx, grant.role_id);
      await rules.mayGive(tx, actor.principal, {
        roleId: grant.role_id,
        permissions: role?.permissions ?? [],
        scope: { kind: 'set', selector: grant.selector },
        subjects: [grant.subject_id],
      });
    }
    const moved = await tx.query(
      `SELECT FROM access_environment e, jsonb_array_elements(e.rules) AS rule
         LEFT JOIN access_clusters c ON c.id = $1
       WHERE ($2::jsonb @> (rule -> 'selector')) <> coalesce(c.labels @> (rule -> 'selector'), false) LIMIT 1`,
      [clusterUuid, json],
    );
    if (moved.rowCount === 0) return;
    const mayRule = await authorization.mayNow(tx, actor.principal, 'access:projects', 'fleet');
    if (!mayRule) throw forbidden('access:projects', 'for the whole fleet, as environments select by these labels');
  };
}
