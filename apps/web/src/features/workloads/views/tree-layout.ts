import type { WorkloadTree } from '@quarterdeck/contracts';

export type TreeNode = WorkloadTree['nodes'][number];

/** A card, or what is folded away behind one: of the same kind, made by the same. */
export type Card =
  | { kind: 'object'; key: string; node: TreeNode }
  | { kind: 'folded'; key: string; plural: string; nodes: readonly TreeNode[]; of: string };

export type Placed = { card: Card; column: number; row: number };
export type Line = { from: string; to: string; relation: WorkloadTree['edges'][number]['relation'] };
export type Layout = { columns: number; rows: number; placed: readonly Placed[]; lines: readonly Line[] };

/** Pods of one owner that are shown before the others are folded: trouble comes first. */
export const shownPods = 8;
/** ReplicaSets and Jobs that have no pods now, of one workload: the newest are those one goes back to. */
export const shownIdle = 2;

const around = ['horizontalpodautoscalers', 'poddisruptionbudgets'];
const sets = ['replicasets', 'jobs'];
const used = ['endpointslices', 'persistentvolumeclaims', 'configmaps', 'secrets'];
const last = ['services', 'gateways'];

/** Where a kind stands, from left to right: what means the workload, the workload, what it made, what its pods meet. */
function laneOf(node: TreeNode, root: string): number {
  if (node.uid === root) return 1;
  if (around.includes(node.plural)) return 0;
  if (node.plural === 'pods') return 3;
  if (used.includes(node.plural)) return 4;
  if (node.plural === last[0]) return 5;
  if (node.plural === last[1]) return 7;
  if (sets.includes(node.plural)) return 2;
  // What is left makes others, as the workload's own maker does, or sends to Services.
  return ['deployments', 'cronjobs', 'statefulsets', 'daemonsets'].includes(node.plural) ? 0 : 6;
}

/**
 * Places a tree in columns, each card beside what it has a line to.
 * @param open keys of folds that are open
 */
export function layoutOf(tree: Pick<WorkloadTree, 'root' | 'nodes' | 'edges'>, open: ReadonlySet<string>): Layout {
  const cards = cardsOf(tree, open);
  const keyOf = new Map<string, string>();
  for (const card of cards) {
    if (card.kind === 'object') keyOf.set(card.node.uid, card.key);
    else for (const { uid } of card.nodes) keyOf.set(uid, card.key);
  }
  const lines = new Map<string, Line>();
  for (const { from, to, relation } of tree.edges) {
    const [a, b] = [keyOf.get(from), keyOf.get(to)];
    if (a !== undefined && b !== undefined && a !== b) lines.set(`${a} ${b}`, { from: a, to: b, relation });
  }
  const lanes = Map.groupBy(cards, (card) =>
    laneOf(card.kind === 'object' ? card.node : (card.nodes[0] as TreeNode), tree.root),
  );
  const numbers = [...lanes.keys()].toSorted((a, b) => a - b);
  const neighbours = neighboursOf([...lines.values()]);
  const rowOf = new Map<string, number>();
  const placed: Placed[] = [];
  // The column of the workload first, then away from it on both sides.
  const order = numbers.toSorted((a, b) => Math.abs(a - 1) - Math.abs(b - 1));
  for (const number of order) {
    const cardsHere = lanes.get(number) ?? [];
    const weight = (card: Card) => {
      const rows = (neighbours.get(card.key) ?? []).flatMap((key) => rowOf.get(key) ?? []);
      return rows.length === 0 ? Number.MAX_SAFE_INTEGER : rows.reduce((sum, row) => sum + row, 0) / rows.length;
    };
    const sorted = cardsHere
      .map((card, index) => ({ card, index, weight: weight(card) }))
      .toSorted((a, b) => a.weight - b.weight || a.index - b.index);
    for (const [row, { card }] of sorted.entries()) {
      rowOf.set(card.key, row);
      placed.push({ card, column: numbers.indexOf(number), row });
    }
  }
  const rows = Math.max(0, ...placed.map(({ row }) => row + 1));
  return {
    columns: numbers.length,
    rows,
    placed: placed.toSorted((a, b) => a.column - b.column || a.row - b.row),
    lines: [...lines.values()],
  };
}

function cardsOf({ nodes, edges }: Pick<WorkloadTree, 'nodes' | 'edges'>, open: ReadonlySet<string>): Card[] {
  const owner = new Map(edges.filter(({ relation }) => relation === 'owns').map(({ from, to }) => [to, from]));
  const makers = new Set(owner.values());
  const foldable = (node: TreeNode) =>
    node.plural === 'pods' ? shownPods : sets.includes(node.plural) && !makers.has(node.uid) ? shownIdle : undefined;
  const groups = Map.groupBy(nodes, (node) =>
    foldable(node) === undefined ? node.uid : `${node.plural} of ${owner.get(node.uid) ?? ''}`,
  );
  return [...groups].flatMap(([key, members]): Card[] => {
    const most = foldable(members[0] as TreeNode);
    // One more card would say no more than the one it folds.
    const folds = most !== undefined && members.length > most + 1 && !open.has(key);
    const sorted = most === shownIdle ? newestFirst(members) : members;
    const shown = folds ? sorted.slice(0, most) : sorted;
    const rest = folds ? sorted.slice(most) : [];
    return [
      ...shown.map((node): Card => ({ kind: 'object', key: node.uid, node })),
      ...(rest.length === 0
        ? []
        : [{ kind: 'folded' as const, key, plural: rest[0]?.plural ?? '', nodes: rest, of: key }]),
    ];
  });
}

function newestFirst(nodes: readonly TreeNode[]): TreeNode[] {
  return nodes.toSorted((a, b) => (b.createdAt ?? '').localeCompare(a.createdAt ?? ''));
}

function neighboursOf(lines: readonly Line[]): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const { from, to } of lines) {
    all.set(from, [...(all.get(from) ?? []), to]);
    all.set(to, [...(all.get(to) ?? []), from]);
  }
  return all;
}
