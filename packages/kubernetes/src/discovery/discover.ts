import type { ServedKind } from '../kinds/generic.ts';
import { type Json, objectOf, objectsOf } from '../projection/values.ts';
import { type ClusterClient, type ClusterResponse, expectOk, type Identity } from '../transport/cluster-client.ts';

/** What a cluster serves. */
export type Discovered = {
  kinds: readonly ServedKind[];
  /** Groups whose server did not answer the API server: of them nothing is known now. */
  unanswered: readonly string[];
};

/** Asks discovery again and again; what did not change is not sent a second time. */
export interface Discovery {
  /**
   * @returns `unchanged` with the former answer when the cluster says so (304)
   * @throws KubernetesStatusError | ClusterError
   */
  read(client: ClusterClient, signal: AbortSignal): Promise<Discovered & { unchanged: boolean }>;
}

const aggregated = (version: string) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
const accept = `${aggregated('v2')},${aggregated('v2beta1')},application/json`;
const roots = ['/api', '/apis'] as const;
const maxGroups = 500;
const maxKinds = 5000;
const atOnce = 4;

/** Names go into paths: what Kubernetes would not take as a name does not get there. */
export const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
export const groupName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?){0,20}$/;
const kindName = /^[A-Za-z][A-Za-z0-9]{0,62}$/;

export function createDiscovery(options: { identity: Identity }): Discovery {
  const { identity } = options;
  const etags = new Map<string, string>();
  const parts = new Map<string, Discovered>();

  function get(client: ClusterClient, path: string, signal: AbortSignal, etag?: string): Promise<ClusterResponse> {
    return client.request({
      ...{ method: 'GET', path, identity, priority: 'background', signal },
      accept,
      ...(etag === undefined ? {} : { ifNoneMatch: etag }),
    });
  }

  async function readRoot(client: ClusterClient, root: (typeof roots)[number], signal: AbortSignal) {
    const response = await get(client, root, signal, etags.get(root));
    const former = parts.get(root);
    if (response.status === 304 && former !== undefined) return { ...former, unchanged: true };
    const body = objectOf(expectOk(response));
    const part =
      body.kind === 'APIGroupDiscoveryList' ? fromAggregated(body) : await fromPlain(client, root, body, signal);
    parts.set(root, part);
    const { etag } = response.headers;
    // The plain answer names groups alone: below it something may change unseen.
    if (typeof etag === 'string' && body.kind === 'APIGroupDiscoveryList') etags.set(root, etag);
    else etags.delete(root);
    return { ...part, unchanged: false };
  }

  async function fromPlain(client: ClusterClient, root: string, body: Json, signal: AbortSignal): Promise<Discovered> {
    const versions = root === '/api' ? [{ group: '', version: 'v1' }] : plainVersions(body);
    const kinds: ServedKind[] = [];
    const unanswered = new Set<string>();
    const waiting = [...versions];
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const path = next.group === '' ? `/api/${next.version}` : `/apis/${next.group}/${next.version}`;
        const response = await get(client, path, signal);
        if (response.status === 200) kinds.push(...fromResourceList(next, objectOf(response.body)));
        else if (response.status !== 404) unanswered.add(next.group);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    const order = new Map(versions.map(({ group, version }, index) => [`${group}/${version}`, index]));
    const place = (kind: ServedKind) => order.get(`${kind.group}/${kind.version}`) ?? 0;
    return { kinds: preferred(kinds.toSorted((a, b) => place(a) - place(b))), unanswered: [...unanswered] };
  }

  return {
    async read(client, signal) {
      const [core, groups] = await Promise.all(roots.map((root) => readRoot(client, root, signal)));
      const both = [core, groups].filter((part) => part !== undefined);
      return {
        kinds: both.flatMap(({ kinds }) => kinds).slice(0, maxKinds),
        unanswered: both.flatMap(({ unanswered }) => unanswered),
        unchanged: both.every(({ unchanged }) => unchanged),
      };
    },
  };
}

/** One answer with all groups, versions and resources, each group's best version first. */
function fromAggregated(body: Json): Discovered {
  const unanswered: string[] = [];
  const kinds = objectsOf(body.items, maxGroups).flatMap((item) => {
    const group = objectOf(item.metadata).name ?? '';
    return objectsOf(item.versions, 20).flatMap((entry) => {
      if (entry.freshness === 'Stale' && typeof group === 'string') unanswered.push(group);
      return objectsOf(entry.resources, maxKinds).flatMap((resource) =>
        servedKind({
          group,
          version: entry.version,
          resource: resource.resource,
          kind: objectOf(resource.responseKind).kind,
          namespaced: resource.scope === 'Namespaced',
          verbs: resource.verbs,
        }),
      );
    });
  });
  return { kinds: preferred(kinds), unanswered };
}

function plainVersions(body: Json): { group: string; version: string }[] {
  return objectsOf(body.groups, maxGroups).flatMap((entry) => {
    const best = objectOf(entry.preferredVersion).version;
    const versions = objectsOf(entry.versions, 20).map(({ version }) => version);
    return [...new Set([best, ...versions])].flatMap((version) =>
      isGroup(entry.name) && isLabel(version) ? [{ group: entry.name, version }] : [],
    );
  });
}

export function fromResourceList({ group, version }: { group: string; version: string }, body: Json): ServedKind[] {
  return objectsOf(body.resources, maxKinds).flatMap(({ name, kind, namespaced, verbs }) =>
    servedKind({ group, version, resource: name, kind, namespaced: namespaced === true, verbs }),
  );
}

/** Nothing for a subresource, and for what is no name. */
function servedKind(given: Record<keyof ServedKind, unknown>): ServedKind[] {
  const { group, version, resource, kind, namespaced, verbs } = given;
  if (!isGroup(group) || !isLabel(version) || !isLabel(resource)) return [];
  if (typeof kind !== 'string' || !kindName.test(kind) || !Array.isArray(verbs)) return [];
  const known = verbs.filter((verb) => typeof verb === 'string').slice(0, 20);
  return [{ group, version, resource, kind, namespaced: namespaced === true, verbs: known }];
}

function isGroup(value: unknown): value is string {
  return value === '' || (typeof value === 'string' && value.length <= 253 && groupName.test(value));
}

function isLabel(value: unknown): value is string {
  return typeof value === 'string' && label.test(value);
}

/** Of each resource the first version that can be listed and watched, else the first. */
function preferred(kinds: readonly ServedKind[]): ServedKind[] {
  const best = new Map<string, ServedKind>();
  for (const kind of kinds) {
    const key = `${kind.group}/${kind.resource}`;
    const known = best.get(key);
    if (known === undefined || (!isWatchable(known) && isWatchable(kind))) best.set(key, kind);
  }
  return [...best.values()];
}

export function isWatchable({ verbs }: ServedKind): boolean {
  return verbs.includes('list') && verbs.includes('watch');
}
