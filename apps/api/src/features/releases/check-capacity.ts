import { mayGoTo, placementOf } from '@quarterdeck/kubernetes';
import { refOf } from './check-references.ts';
import { amount } from './check-room.ts';
import type { PodNeeds } from './evacuation-needs.ts';
import type { Finding } from './finding.ts';
import type { NodeRoom } from './node-rooms.ts';
import type { PreparedObject } from './prepare-object.ts';

/** The pods of a workload that must find a node, one like the other. */
export type Demand = {
  object: PreparedObject;
  /** What they choose nodes by, as a pod has it. */
  pod: { spec: object };
  needs: PodNeeds;
  /** How many of them stay; `each`: one on every node that they may go to. */
  count: number | 'each';
  /** Pods before them that leave their nodes to them. */
  leaving: readonly (PodNeeds & { node: string })[];
  /** The first of them must find a node before one of those leaves. */
  comesFirst: boolean;
};

/**
 * What comes against what the nodes that it may go to have left, by requests as the scheduler counts them. Room is not
 * kept: what others start meanwhile may take it. How pods keep away from each other is left to the scheduler.
 * @param how `left`: what the nodes' figures are; `gives`: nothing of what runs on them is taken off. `grows`: the cluster
 *   makes nodes when pods find none: then what finds none now is worth knowing, and no more
 */
export function capacityFindings(
  cluster: string,
  nodes: readonly NodeRoom[],
  demands: readonly Demand[],
  { left = 'has free', grows = false }: { left?: 'gives' | 'has free'; grows?: boolean } = {},
): Finding[] {
  const most = (of: readonly NodeRoom[]) => roomiest(of, left);
  const wanted = demands.filter(({ count }) => count !== 0);
  if (wanted.length === 0) return [];
  if (nodes.length === 0) return wanted.map((demand) => noNode(cluster, demand));
  const placed = wanted.map((demand) => ({ demand, fits: nodes.filter(({ node }) => mayGoTo(demand.pod, node)) }));
  const refused = placed.flatMap(({ demand, fits }) =>
    fits.length === 0 && demand.count !== 'each' ? [notAllowed(cluster, demand, nodes)] : [],
  );
  const rooms = new Map(nodes.map((node) => [node.name, { ...node }]));
  for (const { leaving } of wanted) for (const pod of leaving) give(rooms.get(pod.node), pod, 1);
  const short = placed
    .filter(({ fits }) => fits.length > 0)
    // Those with the least choice first, large ones before small ones.
    .toSorted(
      (a, b) =>
        Number(b.demand.count === 'each') - Number(a.demand.count === 'each') ||
        a.fits.length - b.fits.length ||
        b.demand.needs.memoryBytes - a.demand.needs.memoryBytes ||
        b.demand.needs.cpuMilli - a.demand.needs.cpuMilli,
    )
    .flatMap(({ demand, fits }) => {
      const allowed = fits.flatMap(({ name }) => rooms.get(name) ?? []);
      return demand.count === 'each'
        ? lacksOfEach(cluster, demand, allowed)
        : lacks(cluster, demand, demand.count, allowed, most);
    });
  const held =
    short.length > 0
      ? []
      : placed.flatMap(({ demand, fits }) =>
          demand.comesFirst && fits.length > 0 && !fits.some((room) => hasRoom(room, demand.needs))
            ? [stuck(cluster, demand, most(fits))]
            : [],
        );
  return [...refused, ...short, ...held].map((finding) => (grows ? softened(finding, 'grows') : finding));
}

const hasRoom = (room: NodeRoom, { cpuMilli, memoryBytes }: PodNeeds) =>
  room.pods >= 1 && room.cpuMilli >= cpuMilli && room.memoryBytes >= memoryBytes;

function give(room: NodeRoom | undefined, { cpuMilli, memoryBytes }: PodNeeds, pods: 1 | -1): void {
  if (room === undefined) return;
  room.cpuMilli += pods * cpuMilli;
  room.memoryBytes += pods * memoryBytes;
  room.pods += pods;
}

/** Seats them one by one, each where most is left, as a scheduler spreads them. */
function lacks(
  cluster: string,
  demand: Demand,
  count: number,
  allowed: readonly NodeRoom[],
  most: (of: readonly NodeRoom[]) => string,
): Finding[] {
  for (let seated = 0; seated < count; seated += 1) {
    const room = allowed
      .filter((each) => hasRoom(each, demand.needs))
      .reduce<NodeRoom | undefined>(
        (best, each) => (best === undefined || each.memoryBytes > best.memoryBytes ? each : best),
        undefined,
      );
    if (room === undefined)
      return [
        full(
          demand,
          `${seated} of its ${count} pods find a node in ${cluster}. ${asks(demand)}, and ${most(allowed)}.`,
        ),
      ];
    give(room, demand.needs, -1);
  }
  return [];
}

function lacksOfEach(cluster: string, demand: Demand, allowed: readonly NodeRoom[]): Finding[] {
  const without = allowed.filter((room) => !hasRoom(room, demand.needs));
  for (const room of allowed) give(room, demand.needs, -1);
  if (without.length === 0) return [];
  const names = without.slice(0, 3).map(({ name }) => name);
  const more = without.length > names.length ? ` and ${without.length - names.length} more` : '';
  return [
    full(
      demand,
      `${without.length} of the ${allowed.length} nodes of ${cluster} that it goes to have no room for its pod: ${names.join(', ')}${more}. ${asks(demand)}.`,
    ),
  ];
}

function full(demand: Demand, detail: string): Finding {
  return blocking(demand, 'unschedulable_resources', detail, 'Ask for less, run fewer pods, or add nodes.');
}

function stuck(cluster: string, demand: Demand, most: string): Finding {
  return blocking(
    demand,
    'unschedulable_resources',
    `A new pod comes before an old one leaves, and no node of ${cluster} has room for both. ${asks(demand)}, and ${most}.`,
    'Let one pod be away while it rolls out (maxUnavailable: 1), ask for less, or add nodes.',
  );
}

function notAllowed(cluster: string, demand: Demand, nodes: readonly NodeRoom[]): Finding {
  const why = placementOf(
    demand.pod,
    nodes.map(({ node }) => node),
  );
  const isTaint = why?.by === 'taint';
  return blocking(
    demand,
    isTaint ? 'unschedulable_taint' : 'unschedulable_affinity',
    `No node of ${cluster} takes its pods. ${why?.evidence ?? ''}`.trim(),
    isTaint
      ? 'Tolerate the taint if these nodes are meant for it, or choose others.'
      : 'Change what it asks of nodes, or label the nodes that are meant.',
  );
}

function noNode(cluster: string, { object }: Demand): Finding {
  return {
    level: 'warn',
    code: 'no_node',
    detail: `${cluster} has no node that is ready: its pods wait for one.`,
    object: refOf(object),
  };
}

function blocking({ object, pod }: Demand, code: string, detail: string, remedy: string): Finding {
  const finding: Finding = { level: 'block', code, detail, object: refOf(object), remedy };
  const priority = (pod.spec as { priorityClassName?: string }).priorityClassName;
  return priority === undefined || code !== 'unschedulable_resources' ? finding : softened(finding, 'pushes');
}

const reasons = {
  grows: 'The cluster makes nodes when pods find none: they may wait for one.',
  pushes: 'Its priority may push others from their nodes.',
};

function softened(finding: Finding, why: keyof typeof reasons): Finding {
  return finding.level === 'block'
    ? { ...finding, level: 'warn', detail: `${finding.detail} ${reasons[why]}` }
    : finding;
}

function words({ cpuMilli, memoryBytes }: PodNeeds): string {
  const cores = amount(Math.max(0, cpuMilli) / 1000, 'cpu');
  return `${cores} ${cores === '1' ? 'core' : 'cores'} and ${amount(Math.max(0, memoryBytes), 'memory')}`;
}

const asks = ({ needs }: Demand) => `Each requests ${words(needs)}`;

/** The node with most left, by the part that most of them lack. */
function roomiest(allowed: readonly NodeRoom[], left: 'gives' | 'has free'): string {
  const [best] = allowed.toSorted((a, b) => b.memoryBytes - a.memoryBytes || b.cpuMilli - a.cpuMilli);
  if (best === undefined) return 'no node is left';
  const pods = best.pods < 1 ? ', but takes no pod more' : '';
  const of = allowed.length === 1 ? 'the only node for it' : `one of ${allowed.length} nodes`;
  const is = left === 'gives' ? `that ${of} gives in all` : `that is free on ${of}`;
  return `the most ${is} is ${words(best)} (${best.name}${pods})`;
}
