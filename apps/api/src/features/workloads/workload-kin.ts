import type { InventoryObject, ViewedKind } from '@quarterdeck/contracts';
import { treeMaxNodes } from '@quarterdeck/contracts';
import type { InventoryPlace, Want } from '../inventory/index.ts';

/** A workload with what stands around it, as far as somebody sees it: rows, the workload's own first. */
export type Kin = { root: InventoryObject; rows: InventoryObject[]; cut: boolean };

/** `family`: what it made, what made it, what scales or guards it, the claims of its pods. `all`: its network and settings too. */
export type KinPart = 'family' | 'all';

/** Kinds that a tree is read from. */
export const kinKinds = [
  'deployments',
  'statefulsets',
  'daemonsets',
  'cronjobs',
  'jobs',
  'replicasets',
  'pods',
  'horizontalpodautoscalers',
  'poddisruptionbudgets',
  'services',
  'endpointslices',
  'ingresses',
  'httproutes',
  'grpcroutes',
  'tlsroutes',
  'tcproutes',
  'udproutes',
  'gateways',
  'persistentvolumeclaims',
  'configmaps',
  'secrets',
] as const;

const makers = ['deployments', 'cronjobs', 'jobs', 'replicasets', 'statefulsets', 'daemonsets'];
const made = ['replicasets', 'jobs', 'pods'];
const routes = ['ingresses', 'httproutes', 'grpcroutes', 'tlsroutes', 'tcproutes', 'udproutes'];

/** Of a kind that is not a pod: there are few of each around one workload. */
const few = 50;
/** Labels of pods differ by a hash or a number: more sets than these tell nothing new. */
const labelSets = 40;

/**
 * Reads what stands around a workload, in at most six statements however large it is.
 * @returns `undefined` where the workload is not there, or not for who asks
 */
export async function readKin(
  place: InventoryPlace,
  workload: { plural: ViewedKind; name: string },
  part: KinPart,
): Promise<Kin | undefined> {
  const kin = collect();
  const find = async (wants: readonly Want[]) => {
    const found = await place.rows(wants);
    return found.map(({ rows, more }) => kin.add(rows, more));
  };
  const [[root] = []] = await find([{ plural: workload.plural, by: { names: [workload.name] }, limit: 1 }]);
  if (root === undefined) return undefined;

  const owned = (uids: readonly string[]): Want[] =>
    made.map((plural) => ({
      plural,
      by: { ownerUids: uids },
      limit: plural === 'pods' ? treeMaxNodes : few,
    }));
  const above = (uid: string | undefined): Want[] =>
    uid === undefined ? [] : makers.map((plural) => ({ plural, by: { uids: [uid] }, limit: 1 }));
  const first = (await find([...owned([root.uid]), ...above(root.ownerUid)])).flat();
  const maker = first.find(({ uid }) => uid === root.ownerUid);
  const makings = first.filter(({ ownerUid, plural }) => ownerUid === root.uid && plural !== 'pods');
  const second = [
    ...owned(makings.map(({ uid }) => uid)),
    ...above(maker?.ownerUid),
    scalersOf([root, ...(maker === undefined ? [] : [maker])]),
  ];
  await find(second);

  const pods = kin.rows().filter(({ plural }) => plural === 'pods');
  const labels = labelsOf(root, pods);
  const guards: Want = { plural: 'poddisruptionbudgets', by: { selecting: labels }, limit: few };
  const claims: Want = { plural: 'persistentvolumeclaims', by: { names: namesIn(pods, 'claims') }, limit: few };
  if (part === 'family') {
    await find([guards, claims]);
    return { root, rows: kin.rows(), cut: kin.isCut() };
  }
  const [, , services = []] = await find([
    guards,
    claims,
    { plural: 'services', by: { selecting: labels }, limit: few },
    { plural: 'configmaps', by: { names: namesIn(pods, 'configMaps') }, limit: few },
    { plural: 'secrets', by: { names: namesIn(pods, 'secrets') }, limit: few },
  ]);
  const names = services.map(({ name }) => name);
  const [, ...sending] = await find([
    { plural: 'endpointslices', by: { ofServices: names }, limit: few },
    ...routes.map((plural): Want => ({ plural, by: { backends: names }, limit: few })),
  ]);
  const parents = sending.flat().flatMap((route) => listIn(route, 'parents').map(({ gateway }) => String(gateway)));
  await find([{ plural: 'gateways', by: { names: [...new Set(parents)] }, limit: few }]);
  return { root, rows: kin.rows(), cut: kin.isCut() };
}

/** Rows once each, as they were found; beyond the bound they are left out, and that is known. */
function collect() {
  const byUid = new Map<string, InventoryObject>();
  let cut = false;
  return {
    add(rows: readonly InventoryObject[], more: boolean): InventoryObject[] {
      cut ||= more;
      for (const row of rows) {
        if (byUid.size >= treeMaxNodes && !byUid.has(row.uid)) cut = true;
        else byUid.set(row.uid, row);
      }
      return rows.filter(({ uid }) => byUid.has(uid));
    },
    rows: () => [...byUid.values()],
    isCut: () => cut,
  };
}

function scalersOf(targets: readonly InventoryObject[]): Want {
  const target = targets.map(({ kind, name }) => `${kind}/${name}`);
  return { plural: 'horizontalpodautoscalers', by: { target }, limit: few };
}

/** What Services and budgets may select: labels of its pods, or while it has none those that it makes them by. */
function labelsOf(root: InventoryObject, pods: readonly InventoryObject[]): Record<string, string>[] {
  const sets = new Map(pods.map(({ labels }) => [JSON.stringify(labels), labels]));
  if (sets.size > 0) return [...sets.values()].slice(0, labelSets);
  const own = root.facts.selector;
  return typeof own === 'object' && own !== null ? [own as Record<string, string>] : [];
}

/** Names that pods refer to in one of their facts. */
function namesIn(pods: readonly InventoryObject[], fact: 'claims' | 'configMaps' | 'secrets'): string[] {
  return [...new Set(pods.flatMap((pod) => textsIn(pod, fact)))];
}

/** A fact that is a list of texts. */
export function textsIn({ facts }: InventoryObject, fact: string): string[] {
  const value = facts[fact];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** A fact that is a list of objects. */
export function listIn({ facts }: InventoryObject, fact: string): Record<string, unknown>[] {
  const value = facts[fact];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : [];
}
