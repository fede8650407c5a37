import type { EvacuationFinding } from '@quarterdeck/contracts';
import type { KubernetesObject } from '@quarterdeck/kubernetes';
import type { ApplicationRecord, TargetRecord } from '../applications/index.ts';
import type { ClusterRecord } from '../clusters/index.ts';
import type { ClusterRoom } from './cluster-rooms.ts';
import { type Needs, needsOf, type Room, seat } from './evacuation-needs.ts';
import type { ItemOrder, Proposal } from './evacuations.store.ts';

type Service = { applicationId: string; application: string; namespace: string; name: string };
export type Resident = {
  application: ApplicationRecord;
  environment: ApplicationRecord['environments'][number];
  /** Its targets in the cluster that is left. */
  sources: readonly TargetRecord[];
  release: { id: string; number: number };
  objects: readonly KubernetesObject[];
};
export type Candidate = {
  cluster: ClusterRecord;
  room: ClusterRoom /** What is left, the items before seated. */;
  left: Room[] | undefined;
};
export type Draft = { state: 'proposed' | 'covered' | 'blocked'; proposal: Proposal };

type Option = {
  candidate: Candidate;
  place: string;
  isNew: boolean;
  findings: EvacuationFinding[];
  left: Room[] | undefined;
};

const named = 5;

/**
 * Where one application could go, and what speaks against it: a cluster that its environment knows already first, then
 * one of the same tier and region, then the one with most room. Seats are taken, so that the next one finds less.
 */
export async function draftItem(
  resident: Resident,
  candidates: readonly Candidate[],
  from: ClusterRecord | undefined,
  services: readonly Service[],
  order: ItemOrder,
): Promise<Draft> {
  const { environment, sources, release, objects } = resident;
  const needs = needsOf(objects);
  const namespace = sources[0]?.namespace ?? '';
  const base = {
    namespace,
    release,
    sources: sources.map(({ id }) => id),
    order,
    needs: {
      pods: needs.pods.length,
      cpuCores: needs.pods.reduce((sum, pod) => sum + pod.cpuMilli, 0) / 1000,
      memoryBytes: needs.pods.reduce((sum, pod) => sum + pod.memoryBytes, 0),
    },
  };
  const own = [...ofItself(needs), ...dependencies(resident, services)];
  if (sources.length > 1) {
    const detail = `It has ${sources.length} namespaces in the cluster that is left, and a draft moves one: deploy it elsewhere by hand.`;
    return {
      state: 'blocked',
      proposal: { ...base, findings: [{ level: 'block', code: 'several_namespaces', detail }, ...own] },
    };
  }
  const judged: Option[] = [];
  for (const candidate of ranked(candidates, environment.targets, from)) {
    const target = environment.targets.find(
      ({ clusterId, state }) => clusterId === candidate.cluster.id && state === 'active',
    );
    const place = target?.namespace ?? namespace;
    const { findings, left } = await findingsOf(needs, candidate, place);
    const isNew = target === undefined;
    const option = {
      candidate,
      place,
      isNew,
      findings: [...findings, ...(isNew ? [newRule(environment.name, candidate, place)] : [])],
      left,
    };
    judged.push(option);
    if (!findings.some(({ level }) => level === 'block')) break;
  }
  const blocks = ({ findings }: Option) => findings.filter(({ level }) => level === 'block').length;
  const best = judged.toSorted((a, b) => blocks(a) - blocks(b))[0];
  if (best === undefined) {
    const nowhere: EvacuationFinding = { level: 'block', code: 'no_cluster', detail: 'No other cluster answers now.' };
    return { state: 'blocked', proposal: { ...base, findings: [nowhere, ...own] } };
  }
  const isBlocked = blocks(best) > 0;
  if (!isBlocked && best.left !== undefined) best.candidate.left = best.left;
  const { id, slug } = best.candidate.cluster;
  return {
    state: isBlocked ? 'blocked' : 'proposed',
    proposal: {
      ...base,
      destination: { clusterId: id, cluster: slug, namespace: best.place, isNew: best.isNew },
      findings: [...best.findings, ...own],
    },
  };
}

function ranked(candidates: readonly Candidate[], targets: readonly TargetRecord[], from: ClusterRecord | undefined) {
  const score = ({ cluster, left }: Candidate) => [
    targets.some(({ clusterId, state }) => clusterId === cluster.id && state === 'active') ? 1 : 0,
    cluster.labels.tier === from?.labels.tier ? 1 : 0,
    cluster.labels.region === from?.labels.region ? 1 : 0,
    (left ?? []).reduce((sum, node) => sum + node.memoryBytes, 0),
  ];
  // Where it stood down once it comes back by catching up, not by another draft.
  const hasStoodDown = ({ cluster }: Candidate) =>
    targets.some(({ clusterId, state }) => clusterId === cluster.id && state === 'paused');
  return candidates
    .filter((candidate) => !hasStoodDown(candidate))
    .toSorted((a, b) => {
      const [mine, theirs] = [score(a), score(b)];
      const at = mine.findIndex((value, index) => value !== theirs[index]);
      return at < 0 ? a.cluster.slug.localeCompare(b.cluster.slug) : (theirs[at] ?? 0) - (mine[at] ?? 0);
    });
}

function newRule(environment: string, { cluster }: Candidate, namespace: string): EvacuationFinding {
  return {
    level: 'info',
    code: 'new_rule',
    detail: `${environment} gets a rule for ${cluster.slug}/${namespace}; that needs access:projects.`,
  };
}

/** What it is by itself, wherever it goes. */
function ofItself(needs: Needs): EvacuationFinding[] {
  return [
    ...(needs.data.length === 0
      ? []
      : [
          {
            level: 'confirm' as const,
            code: 'needs_data',
            detail: `${listed(needs.data)} ${needs.data.length === 1 ? 'holds' : 'hold'} data that stays in the cluster that is left: it starts empty elsewhere until you restore it there.`,
          },
        ]),
    ...(needs.single.length === 0
      ? []
      : [
          {
            level: 'confirm' as const,
            code: 'single_instance',
            detail: `${listed(needs.single)} may run once only, and nobody can stop the one in a cluster that does not answer: make sure that it is off, or cannot reach what it writes to.`,
          },
        ]),
  ];
}

/** Services of other applications in the cluster that is left, which its bytes name. */
function dependencies({ application, sources, objects }: Resident, services: readonly Service[]): EvacuationFinding[] {
  const text = JSON.stringify(objects);
  const spaces = new Set(sources.map(({ namespace }) => namespace));
  const found = services.filter(
    (service) =>
      service.applicationId !== application.id &&
      (text.includes(`${service.name}.${service.namespace}`) ||
        (spaces.has(service.namespace) && [':', '/', '"'].some((end) => text.includes(`//${service.name}${end}`)))),
  );
  const names = [...new Set(found.map((service) => service.application))];
  if (names.length === 0) return [];
  return [
    {
      level: 'warn',
      code: 'depends_on',
      detail: `It talks to ${listed(names)} by a Service of the cluster that is left: take ${names.length === 1 ? 'it' : 'them'} along, or see that it is there.`,
    },
  ];
}

async function findingsOf(
  needs: Needs,
  { cluster, room, left: before }: Candidate,
  namespace: string,
): Promise<{ findings: EvacuationFinding[]; left: Room[] | undefined }> {
  const findings: EvacuationFinding[] = [];
  const add = (level: EvacuationFinding['level'], code: string, detail: string) =>
    findings.push({ level, code, detail });
  const seated = before === undefined ? undefined : seat(before, needs.pods);
  if (seated === undefined)
    add('warn', 'capacity_unknown', `What is free on the nodes of ${cluster.slug} is not known.`);
  else if ('seated' in seated)
    add(
      'block',
      'no_capacity',
      `${seated.seated} of ${needs.pods.length} pods find a node in ${cluster.slug} by what they request and what is free.`,
    );
  for (const [kind, plural, names] of [
    ['StorageClass', 'storageclasses', needs.storageClasses],
    ['IngressClass', 'ingressclasses', needs.ingressClasses],
    ['PriorityClass', 'priorityclasses', needs.priorityClasses],
    ['RuntimeClass', 'runtimeclasses', needs.runtimeClasses],
  ] as const)
    missing(names, names.length === 0 ? undefined : await room.names(plural), kind, cluster.slug, add);
  for (const [kind, plural, names] of [
    ['Secret', 'secrets', needs.secrets],
    ['ConfigMap', 'configmaps', needs.configMaps],
  ] as const)
    missing(
      names,
      names.length === 0 ? undefined : await room.namesIn(plural, namespace),
      kind,
      `${cluster.slug}/${namespace}`,
      add,
    );
  const seen = await room.registries;
  const unseen = needs.registries.filter((host) => seen?.has(host) !== true);
  if (unseen.length > 0)
    add(
      'warn',
      'image_unproven',
      `No pod of ${cluster.slug} runs an image of ${listed(unseen)} now: that its nodes reach it is not proven.`,
    );
  return { findings, left: seated !== undefined && 'left' in seated ? seated.left : undefined };
}

function missing(
  names: readonly string[],
  known: ReadonlySet<string> | undefined,
  kind: string,
  where: string,
  add: (level: EvacuationFinding['level'], code: string, detail: string) => void,
): void {
  if (names.length === 0) return;
  const code = kind.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  if (known === undefined) {
    add('warn', `${code}_unknown`, `Whether ${kind} ${listed(names)} is in ${where} is not known.`);
    return;
  }
  const gone = names.filter((name) => !known.has(name));
  if (gone.length > 0)
    add('block', `${code}_missing`, `${kind} ${listed(gone)} is not in ${where}: make it there, then draft again.`);
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, named).join(', ')}${names.length > named ? ` and ${names.length - named} more` : ''}`;
}
