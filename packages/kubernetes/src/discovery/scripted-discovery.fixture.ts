import { Readable } from 'node:stream';
import type { ClusterClient, ClusterRequest } from '../transport/cluster-client.ts';

export type Answer = { status?: number; body?: unknown; etag?: string };

/** A client whose answers a function gives, and all that it was asked. */
export function scriptedClient(answerTo: (request: ClusterRequest) => Answer | Promise<Answer>) {
  const asked: ClusterRequest[] = [];
  async function answered(request: ClusterRequest): Promise<Required<Answer>> {
    asked.push(request);
    const { status = 200, body = {}, etag = '' } = await answerTo(request);
    return { status, body, etag };
  }
  const client: ClusterClient = {
    async request(request) {
      const { status, body, etag } = await answered(request);
      return { status, headers: etag === '' ? {} : { etag }, body: body as never, warnings: [] };
    },
    async stream(request) {
      const { status, body } = await answered(request);
      return { status, headers: {}, body: Readable.from([Buffer.from(JSON.stringify(body))]) };
    },
    async close() {},
  };
  return { client, asked };
}

export const all = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

type Resource = { resource: string; kind: string; scope?: string; verbs?: readonly string[] };
type Version = { version: string; resources: readonly Resource[]; freshness?: string };

/** The aggregated answer. */
export function aggregatedList(groups: Readonly<Record<string, readonly Version[]>>) {
  return {
    kind: 'APIGroupDiscoveryList',
    items: Object.entries(groups).map(([name, versions]) => ({
      metadata: name === '' ? {} : { name },
      versions: versions.map(({ resources, ...version }) => ({
        ...version,
        resources: resources.map(({ kind, scope = 'Namespaced', verbs = all, ...rest }) => ({
          ...rest,
          scope,
          verbs,
          responseKind: { kind },
        })),
      })),
    })),
  };
}
