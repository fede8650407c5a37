import type { Status } from '@quarterdeck/ui';

/** A line of the palette; those of one group stand together under its name. */
export type Entry = {
  key: string;
  group: string;
  label: string;
  detail: string;
  status?: Status;
  run: () => void;
  /** What Tab shows of it. */
  actions?: () => Entry[];
  /** It asks something in the place of the palette, which is not closed. */
  stays?: boolean;
};

/** What of a kind the palette needs to know it by. */
export type NamedKind = { group: string; plural: string; kind: string };

export type Mode = 'all' | 'actions' | 'kind' | 'clusters' | 'applications';

const modes: Readonly<Record<string, Mode>> = { '>': 'actions', ':': 'kind', '@': 'clusters', '#': 'applications' };

/** Short names as kubectl knows them. */
const shortNames: Readonly<Record<string, string>> = {
  po: 'pods',
  deploy: 'deployments',
  rs: 'replicasets',
  svc: 'services',
  no: 'nodes',
  ns: 'namespaces',
  sts: 'statefulsets',
  ds: 'daemonsets',
  cj: 'cronjobs',
  cm: 'configmaps',
  sa: 'serviceaccounts',
  ing: 'ingresses',
  pvc: 'persistentvolumeclaims',
  pv: 'persistentvolumes',
  hpa: 'horizontalpodautoscalers',
  pdb: 'poddisruptionbudgets',
  netpol: 'networkpolicies',
};

/** What is searched, by the sign in front: `:po cart` is pods named cart; kinds are those that the fleet serves. */
export function modeOf(
  typed: string,
  kinds: readonly NamedKind[],
): { mode: Mode; kind: NamedKind | undefined; words: string } {
  const mode = modes[typed.trimStart().charAt(0)] ?? 'all';
  const rest = mode === 'all' ? typed.trim() : typed.trimStart().slice(1).trim();
  if (mode !== 'kind') return { mode, kind: undefined, words: rest };
  const [name = '', ...words] = rest.split(/\s+/);
  const kind = kindNamed(name, kinds);
  return kind === undefined ? { mode, kind, words: rest } : { mode, kind, words: words.join(' ') };
}

function kindNamed(name: string, kinds: readonly NamedKind[]): NamedKind | undefined {
  const lower = name.toLowerCase();
  const plural = shortNames[lower] ?? lower;
  return kinds.find(
    (each) => each.plural === plural || `${each.plural}.${each.group}` === plural || each.kind.toLowerCase() === lower,
  );
}

/** Entries whose label holds every word; those that begin with what was typed come first. */
export function matching(entries: readonly Entry[], words: string): Entry[] {
  const parts = words.toLowerCase().split(/\s+/);
  const first = parts[0] ?? '';
  return entries
    .filter(({ label }) => parts.every((part) => label.toLowerCase().includes(part)))
    .toSorted(
      (a, b) => Number(b.label.toLowerCase().startsWith(first)) - Number(a.label.toLowerCase().startsWith(first)),
    );
}

/** Entries under the names of their groups, each with its place in the whole, in the order they came. */
export function grouped(entries: readonly Entry[]): { group: string; entries: { entry: Entry; index: number }[] }[] {
  const places = entries.map((entry, index) => ({ entry, index }));
  return [...Map.groupBy(places, ({ entry }) => entry.group)].map(([group, mine]) => ({ group, entries: mine }));
}

/** The same entries in the order they are shown in: groups whole, so that arrows go down the list. */
export function inGroups(entries: readonly Entry[]): Entry[] {
  return [...Map.groupBy(entries, ({ group }) => group).values()].flat();
}
