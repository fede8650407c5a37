import type { RbacObject } from '@quarterdeck/kubernetes';
import { goneParts } from './gone-rows.ts';
import { type ObjectRow, type RbacPlural, rbacNumbers } from './object-rows.ts';
import { type Batch, type Fenced, fenced, positionPart, type Statement } from './store-batch.ts';

const kindOf: Record<RbacPlural, RbacObject['kind']> = {
  clusterroles: 'cluster_role',
  roles: 'role',
  clusterrolebindings: 'cluster_role_binding',
  rolebindings: 'role_binding',
};
const plurals = Object.keys(rbacNumbers) as RbacPlural[];

export function kindNumbered(kindNo: number): RbacObject['kind'] | undefined {
  const plural = plurals.find((one) => rbacNumbers[one] === kindNo);
  return plural === undefined ? undefined : kindOf[plural];
}

function numberOf(kind: RbacObject['kind']): number | undefined {
  const plural = plurals.find((one) => kindOf[one] === kind);
  return plural === undefined ? undefined : rbacNumbers[plural];
}

/** Raises the revision where `condition` holds and tells every server, in the statement of the change. */
export function raisedWhere(condition: string, set = ''): string {
  return `head AS (UPDATE inventory_head h SET rbac_rev = h.rbac_rev + 1 ${set} FROM fence f
      WHERE h.cluster_no = f.cluster_no AND ${condition} RETURNING h.cluster_no, h.rbac_rev)
    SELECT EXISTS (SELECT FROM fence) AS held,
      (SELECT pg_notify('quarterdeck_inventory', json_build_object('cluster', cluster_no, 'rbac', rbac_rev)::text) FROM head)`;
}

/**
 * One batch of roles or bindings as one statement, position and revision included. What decides as before is left alone;
 * an object that could not be read decides nothing. $1 cluster, $2 epoch, $3 kind.
 */
export function rbacStatement(fence: Fenced, kindNo: number, batch: Batch<ObjectRow>): Statement {
  const values: unknown[] = [fence.clusterNo, fence.epoch, kindNo];
  const place = (value: unknown) => `$${values.push(value)}`;
  const parts = [fenced];
  const changed: string[] = [];
  if (batch.puts.length > 0) {
    parts.push(...putParts(batch.puts, place));
    changed.push('SELECT FROM put');
  }
  for (const [name, part] of goneParts('cluster_rbac', batch, place)) {
    parts.push(part);
    changed.push(`SELECT FROM ${name}`);
  }
  if (batch.position !== undefined) parts.push(positionPart(batch.position, place));
  // The end of a full list makes a kind known, also where it changes nothing.
  const isKnown = batch.complete === undefined ? [] : ['SELECT'];
  const reasons = [...changed, ...isKnown];
  parts.push(raisedWhere(reasons.length === 0 ? 'false' : `EXISTS (${reasons.join(' UNION ALL ')})`));
  return { sql: `WITH ${parts.join(',\n')}`, values };
}

function putParts(puts: readonly ObjectRow[], place: (value: unknown) => string): string[] {
  const objects = puts.map((row) => row.rbac);
  const bindings = objects.map((object) => (object !== undefined && 'roleName' in object ? object : undefined));
  const names = place(puts.map((row) => row.namespace));
  const columns = [
    `${names}::text[]`,
    `${place(puts.map((row) => row.name))}::text[]`,
    `${place(puts.map((row) => row.uid))}::text[]`,
    `${place(bindings.map((binding) => JSON.stringify(binding?.subjects ?? [])))}::jsonb[]`,
    `${place(bindings.map((binding) => (binding === undefined ? null : numberOf(binding.roleKind))))}::smallint[]`,
    `${place(bindings.map((binding) => binding?.roleName ?? null))}::text[]`,
    `${place(objects.map((object) => JSON.stringify(object !== undefined && 'rules' in object ? object.rules : [])))}::jsonb[]`,
  ];
  const decides = ['uid', 'subjects', 'role_kind_no', 'role_name', 'rules'];
  return [
    // A binding's namespace gets its number here, so that a scope can name it before its first row comes.
    `numbered AS (
       INSERT INTO inventory_namespace (cluster_no, name) SELECT DISTINCT fence.cluster_no, n.name FROM fence, unnest(${names}::text[]) AS n(name)
       WHERE NOT EXISTS (SELECT FROM inventory_namespace o WHERE o.cluster_no = fence.cluster_no AND o.name = n.name) ON CONFLICT DO NOTHING)`,
    `input AS (
       SELECT DISTINCT ON (i.namespace, i.name) i.* FROM fence, unnest(${columns.join(', ')})
         WITH ORDINALITY AS i(namespace, name, uid, subjects, role_kind_no, role_name, rules, place)
       ORDER BY i.namespace, i.name, i.place DESC)`,
    `put AS (
       INSERT INTO cluster_rbac AS r (cluster_no, kind_no, namespace, name, uid, subjects, role_kind_no, role_name, rules)
       SELECT $1, $3, namespace, name, uid, ARRAY(SELECT jsonb_array_elements_text(input.subjects)), role_kind_no, role_name, rules FROM input
       ON CONFLICT (cluster_no, kind_no, namespace, name) DO UPDATE SET ${decides.map((column) => `${column} = excluded.${column}`).join(', ')}
       WHERE (${decides.map((column) => `r.${column}`).join(', ')}) IS DISTINCT FROM (${decides.map((column) => `excluded.${column}`).join(', ')})
       RETURNING 1)`,
  ];
}
