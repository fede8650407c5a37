import { inventoryKinds } from '@quarterdeck/contracts/inventory';
import type { Status } from '@quarterdeck/ui';

/** A line of the palette. */
export type Entry = { key: string; label: string; detail: string; status?: Status; run: () => void };

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
};

/** What is searched, by the sign in front: `:po cart` is pods named cart. */
export function modeOf(typed: string): { mode: Mode; kind: string | undefined; words: string } {
  const mode = modes[typed.trimStart().charAt(0)] ?? 'all';
  const rest = mode === 'all' ? typed.trim() : typed.trimStart().slice(1).trim();
  if (mode !== 'kind') return { mode, kind: undefined, words: rest };
  const [name = '', ...words] = rest.split(/\s+/);
  const kind = kindNamed(name);
  return kind === undefined ? { mode, kind, words: rest } : { mode, kind, words: words.join(' ') };
}

function kindNamed(name: string): string | undefined {
  const lower = name.toLowerCase();
  return (
    inventoryKinds.find(({ plural, kind }) => plural === lower || kind.toLowerCase() === lower)?.plural ??
    shortNames[lower]
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
