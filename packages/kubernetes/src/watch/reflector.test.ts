import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { ClusterClient, ClusterRequest } from '../transport/cluster-client.ts';
import { keyOf } from './batch.ts';
import type { KubeObject } from './json.ts';
import { readLines } from './lines.ts';
import { runReflector } from './reflector.ts';
import { type Clock, FenceLostError, type Sink } from './sink.ts';

type Answer = { status: number; body: unknown } | { stream: readonly (string | Buffer)[]; open?: boolean };

function object(name: string, resourceVersion: string, uid = `uid-${name}`): KubeObject {
  return { metadata: { name, namespace: 'shop', uid, resourceVersion } };
}
const line = (type: string, given: object) => `${JSON.stringify({ type, object: given })}\n`;
const endMark = (resourceVersion: string) =>
  line('BOOKMARK', { metadata: { resourceVersion, annotations: { 'k8s.io/initial-events-end': 'true' } } });

/** A cluster that answers by script; after the script every request hangs until the reflector is stopped. */
function scripted(answers: Answer[]) {
  const asked: Record<string, unknown>[] = [];
  function next(request: ClusterRequest): Answer | undefined {
    asked.push({ ...request.query });
    return answers.shift();
  }
  const hang = (request: ClusterRequest) =>
    new Promise<never>((_resolve, reject) =>
      request.signal?.addEventListener('abort', () => reject(new Error('aborted'))),
    );
  const client: ClusterClient = {
    async request(request) {
      const answer = next(request);
      if (answer === undefined || !('status' in answer)) return hang(request);
      return { status: answer.status, headers: {}, body: answer.body as never, warnings: [] };
    },
    async stream(request) {
      const answer = next(request);
      if (answer === undefined) return hang(request);
      if ('status' in answer)
        return { status: answer.status, headers: {}, body: Readable.from([JSON.stringify(answer.body)]) };
      const body = new Readable({ read() {} });
      for (const chunk of answer.stream) body.push(chunk);
      if (answer.open !== true) body.push(null);
      request.signal?.addEventListener('abort', () => body.destroy());
      return { status: 200, headers: {}, body };
    },
    async close() {},
  };
  return { client, asked };
}

function recordingSink() {
  const rows = new Map<string, string>();
  const states: string[] = [];
  const versions: string[] = [];
  const synced: string[] = [];
  let skippedBytes = 0;
  const sink: Sink = {
    async put(objects) {
      for (const given of objects) rows.set(keyOf(given).name, keyOf(given).uid);
    },
    async remove(keys) {
      for (const key of keys) if (rows.get(key.name) === key.uid) rows.delete(key.name);
    },
    async completeSync(seen, version) {
      for (const [name, uid] of rows) if (!seen.has(uid)) rows.delete(name);
      synced.push(version);
    },
    count: async () => rows.size,
    async version(version) {
      versions.push(version);
    },
    async state(state, error) {
      states.push(error === undefined ? state : `${state}: ${error}`);
    },
    skipped(bytes) {
      skippedBytes += bytes;
    },
  };
  return { sink, rows, states, versions, synced, skipped: () => skippedBytes };
}

/** Waits take no time, but are written down. */
function instantClock() {
  const slept: number[] = [];
  const clock: Clock = {
    now: () => 0,
    sleep: async (ms) => {
      slept.push(ms);
      await new Promise((resolve) => setImmediate(resolve));
    },
    random: () => 0.5,
  };
  return { clock, slept };
}

async function reflect(answers: Answer[], options: { resourceVersion?: string; sink?: Sink; until: () => boolean }) {
  const { client, asked } = scripted(answers);
  const recorded = recordingSink();
  const { clock, slept } = instantClock();
  const stop = new AbortController();
  const running = runReflector({
    client,
    identity: { user: 'quarterdeck:worker', groups: ['quarterdeck:workers'] },
    resource: { group: '', version: 'v1', plural: 'pods' },
    sink: options.sink ?? recorded.sink,
    clock,
    resourceVersion: options.resourceVersion,
    pace: (sync) => sync(),
    signal: stop.signal,
  });
  await expect.poll(options.until.bind(undefined), { timeout: 3000, interval: 5 }).toBe(true);
  stop.abort();
  await running;
  return { ...recorded, asked, slept };
}

describe('a first sync', () => {
  it('streams the list to its end mark, then watches on from there', async () => {
    const { sink, rows, states, synced } = recordingSink();
    const { asked } = await reflect(
      [
        { stream: [line('ADDED', object('a', '5')), line('ADDED', object('b', '3')), endMark('9')] },
        { stream: [line('ADDED', object('c', '10')), line('DELETED', object('a', '11'))], open: true },
      ],
      { sink, until: () => rows.has('c') && !rows.has('a') },
    );
    expect(asked[0]).toMatchObject({
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: true,
    });
    expect(asked[1]).toMatchObject({ watch: 1, resourceVersion: '9' });
    expect([...rows.keys()]).toEqual(['b', 'c']);
    expect(states.slice(0, 2)).toEqual(['syncing', 'streaming']);
    expect(synced).toEqual(['9']);
  });

  it.each([
    ['is refused', { status: 422, body: { reason: 'Invalid' } }],
    ['ends without its mark', { stream: [line('ADDED', object('ghost', '1'))] }],
  ])('reads pages when the streamed list %s', async (_name, first) => {
    const { sink, rows, synced } = recordingSink();
    await reflect(
      [
        first as Answer,
        { status: 200, body: { metadata: { resourceVersion: '20', continue: 't1' }, items: [object('a', '1')] } },
        { status: 200, body: { metadata: { resourceVersion: '20' }, items: [object('b', '2')] } },
      ],
      { sink, until: () => synced.length === 1 },
    );
    expect([...rows.keys()].sort()).toEqual(['a', 'b']);
  });

  it('starts over once when the page token expires, then takes the whole list at once', async () => {
    const expired = { status: 410, body: { reason: 'Expired' } };
    const first = {
      status: 200,
      body: { metadata: { resourceVersion: '20', continue: 't' }, items: [object('a', '1')] },
    };
    const { sink, synced } = recordingSink();
    const { asked } = await reflect(
      [
        { status: 422, body: {} },
        first,
        expired,
        first,
        expired,
        { status: 200, body: { metadata: { resourceVersion: '21' }, items: [object('z', '1')] } },
      ],
      { sink, until: () => synced.length === 1 },
    );
    expect(asked[5]).toEqual({ resourceVersion: '0' });
    expect(synced).toEqual(['21']);
  });

  it('asks a second time when a list holds less than half of what is stored', async () => {
    const { sink, rows, synced } = recordingSink();
    for (let index = 0; index < 200; index += 1) rows.set(`p${index}`, `uid-p${index}`);
    await reflect(
      [
        { stream: [line('ADDED', object('p0', '1')), endMark('9')] },
        {
          status: 200,
          body: {
            metadata: { resourceVersion: '10' },
            items: Array.from({ length: 150 }, (_, index) => object(`p${index}`, '1')),
          },
        },
      ],
      { sink, until: () => synced.length === 1 },
    );
    expect(rows.size).toBe(150);
    expect(synced).toEqual(['10']);
  });
});

describe('a stored version', () => {
  it('is where the watch goes on, without a list', async () => {
    const { sink, rows, synced } = recordingSink();
    const { asked } = await reflect(
      [
        { status: 200, body: { metadata: { resourceVersion: '50' }, items: [] } },
        { stream: [line('ADDED', object('late', '51'))], open: true },
      ],
      { resourceVersion: '42', sink, until: () => rows.has('late') },
    );
    expect(asked.map((query) => query.resourceVersion ?? query.limit)).toEqual([1, '42']);
    expect(synced).toEqual([]);
  });

  it('from a future the server does not know leads to a full sync', async () => {
    const { sink, synced } = recordingSink();
    await reflect(
      [{ status: 200, body: { metadata: { resourceVersion: '7' }, items: [] } }, { stream: [endMark('8')] }],
      {
        resourceVersion: '42',
        sink,
        until: () => synced.length === 1,
      },
    );
    expect(synced).toEqual(['8']);
  });

  it.each([
    ['in the stream', { stream: [line('ERROR', { kind: 'Status', code: 410, reason: 'Expired' })] }],
    ['as an HTTP answer', { status: 410, body: { reason: 'Gone' } }],
  ])('that is too old, said %s, leads to a full sync', async (_name, gone) => {
    const { sink, rows, synced } = recordingSink();
    rows.set('ghost', 'uid-ghost');
    await reflect(
      [
        { status: 200, body: { metadata: { resourceVersion: '50' }, items: [] } },
        gone as Answer,
        { stream: [line('ADDED', object('a', '1')), endMark('60')] },
      ],
      {
        resourceVersion: '42',
        sink,
        until: () => synced.length === 1,
      },
    );
    expect([...rows.keys()]).toEqual(['a']);
  });

  it('moves on with bookmarks', async () => {
    const { sink, versions } = recordingSink();
    await reflect(
      [
        { status: 200, body: { metadata: { resourceVersion: '50' }, items: [] } },
        { stream: [line('BOOKMARK', { metadata: { resourceVersion: '77' } })], open: true },
      ],
      { resourceVersion: '42', sink, until: () => versions.includes('77') },
    );
    expect(versions).toEqual(['77']);
  });
});

describe('trouble', () => {
  it('403 is a state of its own and asks again after five minutes', async () => {
    const { sink, states } = recordingSink();
    const { slept } = await reflect([{ status: 403, body: { reason: 'Forbidden', message: 'pods is forbidden' } }], {
      sink,
      until: () => states.length > 1,
    });
    expect(states[1]).toBe('forbidden: pods is forbidden');
    expect(slept[0]).toBe(300_000);
  });

  it('backs off longer each time, and as long as the server asks', async () => {
    const failure = { status: 500, body: { message: 'boom' } };
    const { sink, states } = recordingSink();
    const { slept } = await reflect(
      [failure, failure, failure, { status: 429, body: { details: { retryAfterSeconds: 60 } } }],
      {
        sink,
        until: () => states.filter((state) => state.startsWith('stale')).length >= 4,
      },
    );
    expect(slept.slice(0, 4)).toEqual([800, 1600, 3200, 60_000]);
  });

  it('a lost fence ends it at the first write', async () => {
    const { client } = scripted([{ stream: [line('ADDED', object('a', '1')), endMark('2')] }]);
    const { clock } = instantClock();
    const recorded = recordingSink();
    await runReflector({
      client,
      identity: { user: 'quarterdeck:worker', groups: ['quarterdeck:workers'] },
      resource: { group: '', version: 'v1', plural: 'pods' },
      sink: {
        ...recorded.sink,
        put: async () => {
          throw new FenceLostError();
        },
      },
      clock,
      resourceVersion: undefined,
      pace: (sync) => sync(),
      signal: new AbortController().signal,
    });
    expect(recorded.synced).toEqual([]);
  });

  it('one object made anew within a batch keeps its row', async () => {
    const { sink, rows } = recordingSink();
    await reflect(
      [
        { status: 200, body: { metadata: { resourceVersion: '50' }, items: [] } },
        {
          stream: [
            line('DELETED', object('a', '51', 'old')),
            line('ADDED', object('a', '52', 'new')),
            line('ADDED', object('end', '53')),
          ],
          open: true,
        },
      ],
      { resourceVersion: '42', sink, until: () => rows.has('end') },
    );
    expect(rows.get('a')).toBe('new');
  });
});

describe('lines', () => {
  it('are whole again however the network cuts them', async () => {
    const source = Buffer.from('{"a":"日本語 🚢"}\n{"b":1}\n{"cut":', 'utf8');
    for (let size = 1; size <= source.length; size += 1) {
      const chunks = Array.from({ length: Math.ceil(source.length / size) }, (_, index) =>
        source.subarray(index * size, (index + 1) * size),
      );
      const lines = [];
      for await (const given of readLines(Readable.from(chunks), 1000))
        lines.push('text' in given ? given.text : given);
      expect(lines).toEqual(['{"a":"日本語 🚢"}', '{"b":1}']);
    }
  });

  it('over the limit are counted and passed over, and the next one is read', async () => {
    const lines = [];
    for await (const given of readLines(
      Readable.from([Buffer.alloc(50, 'x'), Buffer.alloc(51, 'x'), Buffer.from('\n{}\n')]),
      100,
    ))
      lines.push(given);
    expect(lines).toEqual([{ skippedBytes: 101 }, { text: '{}' }]);
  });
});
