import type { MergeRules } from '../objects/custom/schema.ts';

/** Lists whose elements are known by these fields; every other list is replaced as a whole. */
const keys: readonly [path: RegExp, keys: readonly string[]][] = [
  [/(^|\.)(containers|initContainers|volumes|ephemeralContainers)$/, ['name']],
  [/ontainers\.env$/, ['name']],
  [/ontainers\.ports$/, ['containerPort', 'protocol']],
  [/ontainers\.volumeMounts$/, ['mountPath']],
  [/imagePullSecrets$/, ['name']],
  [/topologySpreadConstraints$/, ['topologyKey', 'whenUnsatisfiable']],
  [/^spec\.ports$/, ['port', 'protocol']],
  [/^status\.conditions$/, ['type']],
  [/^metadata\.ownerReferences$/, ['uid']],
  [/^(secrets)$/, ['name']],
];

/** Maps that have one owner as a whole. */
const atomicMaps = /(^spec\.selector|labelSelector|nodeSelector|nodeSelectorTerms|roleRef|KeyRef)$/;

export function listKeys(path: string): readonly string[] | undefined {
  return keys.find(([pattern]) => pattern.test(path))?.[1];
}

export function isAtomicMap(path: string): boolean {
  return atomicMaps.test(path);
}

/** How the kinds that every cluster has are merged. */
export const builtInRules: MergeRules = {
  keysOf: (path) => (path === 'metadata.finalizers' ? 'set' : listKeys(path)),
  isAtomicMap,
};

/** The `k:{…}` name of a list element; protocol is TCP unless told. */
export function elementKey(element: Readonly<Record<string, unknown>>, names: readonly string[]): string {
  const pairs = names.flatMap((name) => {
    const value = element[name] ?? (name === 'protocol' ? 'TCP' : undefined);
    return value === undefined ? [] : [[name, value] as const];
  });
  return `k:${JSON.stringify(Object.fromEntries(pairs))}`;
}
