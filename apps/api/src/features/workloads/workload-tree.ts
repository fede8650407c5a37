import { type InventoryObject, type TreeRelation, treeMaxEdges, type WorkloadTree } from '@quarterdeck/contracts';
import { type Kin, listIn, textsIn } from './workload-kin.ts';

type Edge = WorkloadTree['edges'][number];

/**
 * The lines between rows. Both ends are rows that were read for who asks, so a reference to anything else gives none.
 * @returns owners first, since where there are too many the last are left out
 */
export function treeOf({ root, rows, cut }: Kin): Pick<WorkloadTree, 'root' | 'nodes' | 'edges' | 'cut'> {
  const edges = [...owns(rows), ...scales(rows), ...guards(root, rows), ...sends(rows), ...uses(rows)];
  return {
    root: root.uid,
    nodes: rows.map(nodeOf),
    edges: edges.slice(0, treeMaxEdges),
    cut: cut || edges.length > treeMaxEdges,
  };
}

function nodeOf(row: InventoryObject): WorkloadTree['nodes'][number] {
  const { uid, group, plural, kind, namespace, name, createdAt, health, statusText, restarts, node } = row;
  const { revision } = row.facts;
  return {
    ...{ uid, group, plural, kind, name, health, statusText },
    ...(namespace === undefined ? {} : { namespace }),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(restarts === undefined ? {} : { restarts }),
    ...(node === undefined ? {} : { node }),
    ...(plural === 'replicasets' && typeof revision === 'string' ? { revision } : {}),
  };
}

const edge = (from: InventoryObject, to: InventoryObject, relation: TreeRelation): Edge => ({
  from: from.uid,
  to: to.uid,
  relation,
});

function owns(rows: readonly InventoryObject[]): Edge[] {
  const byUid = new Map(rows.map((row) => [row.uid, row]));
  return rows.flatMap((row) => {
    const owner = row.ownerUid === undefined ? undefined : byUid.get(row.ownerUid);
    // An EndpointSlice hangs below its Service by where requests go.
    return owner === undefined || row.plural === 'endpointslices' ? [] : edge(owner, row, 'owns');
  });
}

function scales(rows: readonly InventoryObject[]): Edge[] {
  return of(rows, 'horizontalpodautoscalers').flatMap((scaler) =>
    rows
      .filter(({ kind, name }) => scaler.facts.target === `${kind}/${name}`)
      .map((target) => edge(scaler, target, 'scales')),
  );
}

function guards(root: InventoryObject, rows: readonly InventoryObject[]): Edge[] {
  return of(rows, 'poddisruptionbudgets').map((budget) => edge(budget, root, 'guards'));
}

/** Routes to Services, Services to their slices, slices to pods; a Service straight to pods where no slice is seen. */
function sends(rows: readonly InventoryObject[]): Edge[] {
  const services = of(rows, 'services');
  const slices = of(rows, 'endpointslices');
  const pods = of(rows, 'pods');
  const podNamed = new Map(pods.map((pod) => [pod.name, pod]));
  const below = services.flatMap((service) => {
    const mine = slices.filter(({ facts }) => facts.service === service.name);
    if (mine.length > 0) return mine.map((slice) => edge(service, slice, 'sends'));
    return pods.filter((pod) => selects(service, pod)).map((pod) => edge(service, pod, 'sends'));
  });
  const reached = slices.flatMap((slice) => {
    const targets = new Set(listIn(slice, 'endpoints').map(({ target }) => String(target)));
    return [...targets].flatMap((name) => {
      const pod = podNamed.get(name);
      return pod === undefined ? [] : edge(slice, pod, 'sends');
    });
  });
  const routes = rows.filter((row) => backendsOf(row).size > 0);
  const routed = routes.flatMap((route) => {
    const names = backendsOf(route);
    return services.filter(({ name }) => names.has(name)).map((service) => edge(route, service, 'sends'));
  });
  const gateways = of(rows, 'gateways').flatMap((gateway) =>
    routes
      .filter((route) =>
        listIn(route, 'parents').some((parent) => isHere(parent, route) && parent.gateway === gateway.name),
      )
      .map((route) => edge(gateway, route, 'sends')),
  );
  return [...gateways, ...routed, ...below, ...reached];
}

function uses(rows: readonly InventoryObject[]): Edge[] {
  const used = [
    { plural: 'persistentvolumeclaims', fact: 'claims' },
    { plural: 'configmaps', fact: 'configMaps' },
    { plural: 'secrets', fact: 'secrets' },
  ].map(({ plural, fact }) => ({ fact, byName: new Map(of(rows, plural).map((row) => [row.name, row])) }));
  return of(rows, 'pods').flatMap((pod) =>
    used.flatMap(({ fact, byName }) =>
      textsIn(pod, fact).flatMap((name) => {
        const row = byName.get(name);
        return row === undefined ? [] : edge(pod, row, 'uses');
      }),
    ),
  );
}

const of = (rows: readonly InventoryObject[], plural: string) => rows.filter((row) => row.plural === plural);

function selects(service: InventoryObject, pod: InventoryObject): boolean {
  const selector = Object.entries((service.facts.selector ?? {}) as Record<string, string>);
  return selector.length > 0 && selector.every(([key, value]) => pod.labels[key] === value);
}

/** A reference that names no other namespace than the row's own. */
function isHere(reference: Record<string, unknown>, row: InventoryObject): boolean {
  return reference.namespace === undefined || reference.namespace === row.namespace;
}

/** Services that an Ingress or a route sends to. */
function backendsOf(row: InventoryObject): Set<string> {
  const byDefault = row.facts.defaultBackend as { service?: unknown } | undefined;
  const named = [
    ...listIn(row, 'paths'),
    ...listIn(row, 'backends').filter((backend) => isHere(backend, row)),
    ...(byDefault === undefined ? [] : [byDefault]),
  ].map(({ service }) => service);
  return new Set(named.filter((name) => typeof name === 'string'));
}
