import { collectionPath, type WatchedKind } from '../kinds/kind.ts';
import { objectOf, textOf } from '../projection/values.ts';
import type { ClusterClient, ClusterStream, Identity } from '../transport/cluster-client.ts';
import type { Clock } from './clock.ts';
import { bodyOrRefusal, refusalOfStream } from './refusals.ts';
import { type TimedStream, timeStream } from './timed-stream.ts';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The requests a reflector makes for one kind of one cluster. */
export interface KindRequests {
  /** An open answer of the collection. Raises `WatchRefusal` for any status but 200. */
  open(query: Query, signal: AbortSignal): Promise<TimedStream>;
  /** The version the collection has now. */
  currentVersion(signal: AbortSignal): Promise<string>;
  /** Whether discovery names the kind at all. */
  isServed(signal: AbortSignal): Promise<boolean>;
}

const headersMs = 10_000;
const metadataOnly = (as: string) => `application/json;as=${as};g=meta.k8s.io;v=v1`;

export function createKindRequests(options: {
  kind: WatchedKind;
  /** Asked before each request: the client changes with the credential. */
  connect: () => Promise<ClusterClient>;
  identity: Identity;
  clock: Clock;
}): KindRequests {
  const { kind, connect, identity, clock } = options;
  const common = { method: 'GET', identity, priority: 'background', timeoutMs: headersMs } as const;
  const path = collectionPath(kind);

  /** Metadata alone or a refusal (406): never the whole object instead. */
  function acceptOf(query: Query): { accept?: string } {
    if (kind.metadataOnly !== true) return {};
    return { accept: metadataOnly(query.watch === undefined ? 'PartialObjectMetadataList' : 'PartialObjectMetadata') };
  }

  return {
    async open(query, signal) {
      const client = await connect();
      const stream: ClusterStream = await client.stream({ ...common, path, query, signal, ...acceptOf(query) });
      if (stream.status !== 200) {
        const timed = timeStream(stream.body, clock, signal);
        timed.limitTotal(headersMs, 'The cluster did not finish its answer.');
        const refusal = await refusalOfStream(stream);
        timed.close();
        throw refusal;
      }
      return timeStream(stream.body, clock, signal);
    },
    async currentVersion(signal) {
      const client = await connect();
      const list = bodyOrRefusal(
        await client.request({ ...common, path, query: { limit: 1 }, signal, ...acceptOf({}) }),
      );
      return textOf(objectOf(objectOf(list).metadata).resourceVersion, 128);
    },
    async isServed(signal) {
      const client = await connect();
      return isServed(client, { kind, identity, signal });
    },
  };
}

/** Asks discovery for one kind; a group that is not there does not serve it. */
async function isServed(
  client: ClusterClient,
  options: { kind: WatchedKind; identity: Identity; signal: AbortSignal },
): Promise<boolean> {
  const { kind, identity, signal } = options;
  const path = collectionPath(kind).slice(0, -(kind.resource.length + 1));
  const response = await client.request({ method: 'GET', path, identity, priority: 'background', signal });
  if (response.status === 404) return false;
  const { resources } = objectOf(bodyOrRefusal(response));
  return Array.isArray(resources) && resources.some((entry) => objectOf(entry).name === kind.resource);
}
