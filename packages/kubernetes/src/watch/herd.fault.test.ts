import { Readable } from 'node:stream';
import { createRandom } from '@quarterdeck/testing';
import { describe, expect, it } from 'vitest';
import { workerIdentity } from '../connection/probe.ts';
import { watchedKinds } from '../kinds/watched-kinds.ts';
import { type ClusterClient, ClusterError, type ClusterRequest } from '../transport/cluster-client.ts';
import { createMemorySink } from './memory-sink.fixture.ts';
import { createPacing } from './pacing.ts';
import { type ClusterReflection, reflectCluster } from './reflect-cluster.ts';
import { bookmark, endMark, line } from './scripted-cluster.fixture.ts';
import { createVirtualClock } from './virtual-clock.fixture.ts';

const clusters = 200;
const kinds = watchedKinds.slice(0, 3);

/**
 * In virtual time: two hundred clusters whose network comes back at one moment, under one worker. A list brings objects,
 * or tells the version that the watches of a cluster may go on from.
 * Seen failing: with `pacing.list` resolving at once, 105 lists come within a second.
 */
describe('F03 two hundred clusters that come back at once', () => {
  it.each([
    ['with their history', false],
    ['without it, so that all must be synced', true],
  ])('%s: are asked over ten seconds and more, by 20 lists and 200 watches a second at most', async (_name, isGone) => {
    const fleet = startFleet();
    await fleet.time.until('all watches to be open', () => fleet.streaming() === clusters * kinds.length);
    fleet.goAway();
    await fleet.time.advance(3000);
    const since = fleet.time.clock.now();
    fleet.comeBack(isGone);
    await fleet.time.until('all watches to be open again', () => fleet.streaming() === clusters * kinds.length);

    const answered = fleet.asked.filter(({ at, isAnswered }) => at >= since && isAnswered);
    const timesOf = (found: typeof answered) => found.map(({ at }) => at);
    const lists = timesOf(answered.filter(({ isList }) => isList));
    // Kinds that come back together ask once where their cluster's store stands.
    expect(lists.length).toBeGreaterThanOrEqual(clusters);
    expect(lists.length).toBeLessThan(clusters * 1.2);
    expect(mostInASecond(lists)).toBeLessThanOrEqual(20);
    const watches = answered.filter(({ isList }) => !isList);
    expect(watches.length).toBeGreaterThanOrEqual(clusters * kinds.length * (isGone ? 2 : 1));
    expect(mostInASecond(timesOf(watches))).toBeLessThanOrEqual(200);
    for (const ofCluster of Map.groupBy(watches, ({ cluster }) => cluster).values())
      expect(mostInASecond(timesOf(ofCluster))).toBeLessThanOrEqual(20);
    const opened = answered.map(({ at }) => at);
    expect(Math.max(...opened) - Math.min(...opened)).toBeGreaterThanOrEqual(10_000);
    await fleet.stop();
  });
});

function mostInASecond(times: readonly number[]): number {
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length));
}

/** One worker's reflectors of two hundred clusters that share a network. */
function startFleet() {
  const time = createVirtualClock(createRandom(1));
  const pacing = createPacing({ clock: time.clock });
  const asked: { cluster: string; at: number; isList: boolean; isAnswered: boolean }[] = [];
  const open = new Set<Readable>();
  let isAway = false;
  let isGone = false;

  const clientOf = (cluster: string): ClusterClient => ({
    async request(request) {
      note(cluster, request);
      return { status: 200, headers: {}, body: { metadata: { resourceVersion: '50' } } as never, warnings: [] };
    },
    async stream(request) {
      note(cluster, request);
      const isResume = request.query?.sendInitialEvents !== true;
      const body = new Readable({ read() {} });
      if (isResume && isGone) {
        body.push(line('ERROR', { kind: 'Status', code: 410, reason: 'Expired' }));
        body.push(null);
      } else {
        body.push(isResume ? bookmark('51') : endMark('50'));
        open.add(body);
        body.on('close', () => open.delete(body));
      }
      return { status: 200, headers: {}, body };
    },
    async close() {},
  });

  function note(cluster: string, { query = {} }: ClusterRequest): void {
    asked.push({ cluster, at: time.clock.now(), isList: query.limit !== undefined, isAnswered: !isAway });
    if (isAway) throw new ClusterError('cluster_unreachable', 'nobody answers');
  }

  const reflections: ClusterReflection[] = Array.from({ length: clusters }, (_, index) =>
    reflectCluster({
      cluster: `c${index}`,
      kinds,
      connect: async () => clientOf(`c${index}`),
      identity: workerIdentity,
      sink: createSinkPerKind(),
      clock: time.clock,
      pacing,
      onDefect: (error) => {
        throw error;
      },
    }),
  );
  return {
    time,
    asked,
    streaming: () => open.size,
    goAway() {
      isAway = true;
      for (const body of [...open]) body.destroy(new Error('reset'));
    },
    comeBack(withoutHistory: boolean) {
      isAway = false;
      isGone = withoutHistory;
    },
    async stop() {
      await Promise.all(reflections.map((reflection) => reflection.stop()));
    },
  };
}

/** Positions are kept by kind, as the inventory does. */
function createSinkPerKind() {
  const sinks = new Map(kinds.map((kind) => [kind, createMemorySink().sink]));
  const of = (kind: (typeof kinds)[number]) => sinks.get(kind) ?? createMemorySink().sink;
  return {
    position: (kind: (typeof kinds)[number]) => of(kind).position(kind),
    countUnseen: (kind: (typeof kinds)[number], seen: ReadonlySet<string>) => of(kind).countUnseen(kind, seen),
    store: (batch: Parameters<ReturnType<typeof of>['store']>[0]) => of(batch.kind).store(batch),
    changeState: async () => {},
    serves: async () => {},
  };
}
