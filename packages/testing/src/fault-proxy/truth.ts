import type { Cluster } from '../control-plane/types.ts';
import { waitFor } from '../control-plane/wait-for.ts';

/** Where kept rows differ from what the server has; names of objects. */
export type Differences = {
  /** The server has it, no row does. */
  missing: string[];
  /** A row has it, the server does not. */
  ghosts: string[];
  /** Both have it, and the row tells something older. */
  stale: string[];
};

/** An object as a direct list gives it. */
export type ListedObject = {
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    resourceVersion: string;
    labels?: Record<string, string>;
  };
  [field: string]: unknown;
};

/** Both by name, each with a text that differs when the object does. */
export function compareTruth(server: ReadonlyMap<string, string>, rows: ReadonlyMap<string, string>): Differences {
  return {
    missing: [...server.keys()].filter((name) => !rows.has(name)),
    ghosts: [...rows.keys()].filter((name) => !server.has(name)),
    stale: [...server].filter(([name, text]) => rows.has(name) && rows.get(name) !== text).map(([name]) => name),
  };
}

/** One sentence; `undefined` where rows and server agree. */
export function explainDifferences({ missing, ghosts, stale }: Differences): string | undefined {
  const parts = [
    ['missing', missing],
    ['ghost', ghosts],
    ['stale', stale],
  ] as const;
  const told = parts
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `${names.length} ${what}: ${names.slice(0, 10).join(', ')}`);
  return told.length === 0 ? undefined : `rows differ from the server, ${told.join('; ')}`;
}

/** All objects of a collection as the server has them now, in pages of its newest state. */
export async function listDirectly(cluster: Pick<Cluster, 'request'>, path: string): Promise<ListedObject[]> {
  const objects: ListedObject[] = [];
  let next: string | undefined = '';
  while (next !== undefined) {
    const more: string = next === '' ? '' : `&continue=${encodeURIComponent(next)}`;
    const page: { items: ListedObject[] | null; metadata: { continue?: string } } = await cluster.request(
      'GET',
      `${path}?limit=500${more}`,
    );
    objects.push(...(page.items ?? []));
    next = page.metadata.continue === '' ? undefined : page.metadata.continue;
  }
  return objects;
}

/**
 * Waits until the rows tell what the server does. Call it when nothing changes there any more.
 * @param view text of an object, or `undefined` where no row is to be kept of it
 * @param rows by the name that `view` is kept under: `namespace/name`
 * @throws Error that names the rows that are missing, ghosts or stale when time is up
 */
export async function untilTrue(options: {
  cluster: Pick<Cluster, 'request'>;
  path: string;
  view: (object: ListedObject) => string | undefined;
  rows: () => ReadonlyMap<string, string> | Promise<ReadonlyMap<string, string>>;
  timeoutMs?: number;
}): Promise<void> {
  const server = new Map<string, string>();
  for (const object of await listDirectly(options.cluster, options.path)) {
    const text = options.view(object);
    if (text !== undefined) server.set(`${object.metadata.namespace ?? ''}/${object.metadata.name}`, text);
  }
  let last: string | undefined;
  await waitFor(
    'the rows to equal the server',
    async () => {
      last = explainDifferences(compareTruth(server, await options.rows()));
      return last === undefined;
    },
    { timeoutMs: options.timeoutMs ?? 60_000 },
  ).catch((error: unknown) => {
    throw last === undefined ? error : new Error(last, { cause: error });
  });
}
