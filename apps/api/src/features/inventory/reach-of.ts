import { createHash } from 'node:crypto';
import { isNamespaces } from '@quarterdeck/kubernetes';
import type { AskedKind, ClusterSight } from './cluster-sight.ts';
import type { RbacStore } from './rbac.store.ts';
import { type Reach, sentAtMost } from './reach.ts';

/** Rows that are reached by name; what is beyond is not shown. */
const maxNamed = 5000;

/** What somebody sees of a kind in several clusters as one reach; `sights` are those of the clusters. */
export async function reachOf(
  rbac: Pick<RbacStore, 'namespaceNumbers' | 'storeScope'>,
  kind: AskedKind,
  sights: readonly { clusterNo: number; sight: ClusterSight }[],
): Promise<Reach> {
  const clusterNos = sights.filter(({ sight }) => sight.whole).map(({ clusterNo }) => clusterNo);
  const partial = sights.filter(({ sight }) => !sight.whole);
  const inPlaces = partial.flatMap(({ clusterNo, sight }) =>
    [...sight.namespaces].map((namespace) => ({ clusterNo, namespace })),
  );
  const byName = partial
    .flatMap(({ clusterNo, sight }) =>
      [...sight.named].flatMap(([namespace, names]) => [...names].map((name) => ({ clusterNo, namespace, name }))),
    )
    .slice(0, maxNamed);
  const anywhere = partial
    .flatMap(({ clusterNo, sight }) => [...sight.anywhere].map((name) => ({ clusterNo, name })))
    .slice(0, maxNamed);
  if (isNamespaces(kind)) {
    // A namespace may be there without a row in it: by name, not by number.
    const own = inPlaces.map(({ clusterNo, namespace }) => ({ clusterNo, name: namespace }));
    return keyed({ isFleet: false, clusterNos, nsNos: [], named: [], anywhere: [...own, ...anywhere] });
  }
  const numbers = new Map(
    (await rbac.namespaceNumbers([...inPlaces, ...byName])).map((one) => [
      `${one.clusterNo}/${one.namespace}`,
      one.nsNo,
    ]),
  );
  const numberOf = (place: { clusterNo: number; namespace: string }) =>
    numbers.get(`${place.clusterNo}/${place.namespace}`);
  const nsNos = inPlaces.flatMap((place) => numberOf(place) ?? []).toSorted((a, b) => a - b);
  const named = byName.flatMap((row) => {
    const nsNo = numberOf(row);
    return nsNo === undefined ? [] : { nsNo, name: row.name };
  });
  const reach = { isFleet: false, clusterNos, nsNos, named, anywhere };
  if (nsNos.length <= sentAtMost) return keyed(reach);
  const { key } = keyed(reach);
  return { ...reach, nsNos: [], scopeNo: await rbac.storeScope(hashOf(nsNos), nsNos), key };
}

function keyed(reach: Omit<Reach, 'key'>): Reach {
  return { ...reach, key: hashOf(reach) };
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}
