import { Readable } from 'node:stream';
import { expect } from 'vitest';
import type { WatchedKind } from '../kinds/kind.ts';
import { podKind } from '../kinds/pod.ts';
import { type ClusterClient, ClusterError, type ClusterRequest } from '../transport/cluster-client.ts';
import type { Clock } from './clock.ts';
import { createMemorySink } from './memory-sink.fixture.ts';
import { createPacing, type Pacing } from './pacing.ts';
import { runReflector } from './reflector.ts';
import type { WatchBatch } from './sink.ts';
import { createVirtualClock } from './virtual-clock.fixture.ts';

export type Answer =
  | { status: number; body: unknown; headers?: Record<string, string> }
  | { stream: readonly (string | Buffer)[]; open?: boolean }
  | { error: Error };

export function object(name: string, resourceVersion: string, uid = `uid-${name}`, more: object = {}) {
  return { metadata: { name, namespace: 'shop', uid, resourceVersion }, ...more };
}
export const line = (type: string, given: object) => `${JSON.stringify({ type, object: given })}\n`;
export const list = (resourceVersion: string, items: readonly object[], more: object = {}) => ({
  status: 200,
  body: { metadata: { resourceVersion, ...more }, items },
});
export const bookmark = (resourceVersion: string) => line('BOOKMARK', { metadata: { resourceVersion } });
export const endMark = (resourceVersion: string) =>
  line('BOOKMARK', { metadata: { resourceVersion, annotations: { 'k8s.io/initial-events-end': 'true' } } });

/** A cluster that answers by script; after the script every request hangs until it is given up. */
function scripted(answers: Answer[], now: () => number) {
  const asked: (Record<string, unknown> & { at: number })[] = [];
  const bodies: Readable[] = [];
  async function next(request: ClusterRequest): Promise<Exclude<Answer, { error: Error }>> {
    expect(request.identity).toEqual({ user: 'quarterdeck:worker', groups: ['quarterdeck:workers'] });
    asked.push({ ...request.query, at: now() });
    const answer = answers.shift();
    if (answer === undefined) {
      return new Promise((_resolve, reject) =>
        request.signal?.addEventListener('abort', () => reject(new ClusterError('aborted', 'given up'))),
      );
    }
    if ('error' in answer) throw answer.error;
    return answer;
  }
  const client: ClusterClient = {
    async request(request) {
      const answer = await next(request);
      if (!('status' in answer)) throw new Error('the script has a stream here');
      return { status: answer.status, headers: answer.headers ?? {}, body: answer.body as never, warnings: [] };
    },
    async stream(request) {
      const answer = await next(request);
      const body = new Readable({ read() {} });
      bodies.push(body);
      if ('status' in answer) {
        body.push(JSON.stringify(answer.body));
        body.push(null);
        return { status: answer.status, headers: answer.headers ?? {}, body };
      }
      for (const chunk of answer.stream) body.push(chunk);
      if (answer.open !== true) body.push(null);
      return { status: 200, headers: {}, body };
    },
    async close() {},
  };
  return { client, asked, bodies };
}

type Setup = {
  stored?: { version?: string; names?: readonly string[] };
  onStore?: (batch: WatchBatch) => void | Promise<void>;
  maxRows?: number;
  pacing?: (clock: Clock) => Pacing;
  /** Pods unless told. */
  kind?: WatchedKind;
};

/** A reflector of a scripted cluster, in virtual time and with rows in memory. */
export function start(
  answers: Answer[],
  { stored, onStore, maxRows, pacing = (clock) => createPacing({ clock }), kind = podKind }: Setup = {},
) {
  const time = createVirtualClock();
  const cluster = scripted(answers, time.clock.now);
  const memory = createMemorySink(onStore === undefined ? {} : { onStore });
  memory.memory.version = stored?.version;
  for (const name of stored?.names ?? []) {
    memory.rows.set(`shop/${name}`, { namespace: 'shop', name, uid: `uid-${name}`, restarts: undefined });
  }
  const controller = new AbortController();
  let skipped = 0;
  const running = runReflector({
    cluster: 'c1',
    kind,
    connect: async () => cluster.client,
    identity: { user: 'quarterdeck:worker', groups: ['quarterdeck:workers'] },
    sink: memory.sink,
    clock: time.clock,
    pacing: pacing(time.clock),
    signal: controller.signal,
    ...(maxRows === undefined ? {} : { maxRows }),
    onSkipped: () => {
      skipped += 1;
    },
  });
  return {
    ...cluster,
    ...memory,
    ...time,
    running,
    skipped: () => skipped,
    names: () => [...memory.rows.values()].map(({ name }) => name).sort(),
    async stop() {
      controller.abort();
      await running;
      expect(time.pending()).toBe(0);
    },
  };
}
