import { inventoryKinds } from '@quarterdeck/contracts/inventory';

/** A watched kind as the API names it: `pods`, or with its group `widgets.example.com`. */
function splitKind(key: string): { group: string; plural: string } {
  const known = inventoryKinds.find(({ plural }) => plural === key);
  if (known !== undefined) return { group: known.group === 'core' ? '' : known.group, plural: known.plural };
  const dot = key.indexOf('.');
  return dot === -1 ? { group: '', plural: key } : { group: key.slice(dot + 1), plural: key.slice(0, dot) };
}

/** The YAML that lets our workers list and watch these kinds, and nothing else. */
export function grantManifest(kinds: readonly string[]): string {
  const byGroup = Map.groupBy(kinds.map(splitKind), ({ group }) => group);
  const rules = [...byGroup].flatMap(([group, members]) => [
    `  - apiGroups: ['${group}']`,
    `    resources: [${members.map(({ plural }) => `'${plural}'`).join(', ')}]`,
    "    verbs: ['list', 'watch']",
  ]);
  return [
    'apiVersion: rbac.authorization.k8s.io/v1',
    'kind: ClusterRole',
    'metadata:',
    '  name: quarterdeck-inventory-more',
    '  labels:',
    // The role that our workers are bound to gathers every ClusterRole with this label.
    "    quarterdeck.dev/aggregate-to-inventory: 'true'",
    'rules:',
    ...rules,
    '',
  ].join('\n');
}
