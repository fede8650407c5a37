import { request } from 'node:https';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startSimulated } from '../behaviour/simulated.ts';
import type { TestCluster } from '../behaviour/types.ts';
import { waitFor } from '../control-plane/wait-for.ts';
import {
  cutInCharacter,
  goneByHttp,
  goneInStream,
  hang,
  insertLine,
  repeatEvents,
  sayText,
  slice,
  stopAfter,
  throttle,
} from './answer-faults.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';
const text = 'ship 🚢 and 語';

let stop: () => Promise<void>;
let cluster: TestCluster;
let proxy: FaultProxy;

beforeAll(async () => {
  const fleet = await startSimulated({ count: 1 });
  stop = fleet.stop;
  cluster = fleet.clusters[0] as TestCluster;
  await cluster.request('POST', configMaps, { metadata: { name: 'first' }, data: { text } });
  proxy = await startFaultProxy(cluster);
});
afterEach(() => proxy.heal());
afterAll(async () => {
  await proxy.close();
  await stop();
});

type Heard = { status: number; headers: Record<string, unknown>; chunks: Buffer[]; ended: 'end' | 'cut' | undefined };

/** A GET through the proxy on a connection of its own, as far as it comes. */
function get(path: string): Heard & { close(): void; body(): string } {
  const heard: Heard = { status: 0, headers: {}, chunks: [], ended: undefined };
  const asked = request(
    `${proxy.server}${path}`,
    { ca: cluster.caPem, agent: false, headers: { authorization: `Bearer ${cluster.adminToken}` } },
    (response) => {
      heard.status = response.statusCode ?? 0;
      heard.headers = response.headers;
      response.on('data', (chunk: Buffer) => heard.chunks.push(chunk));
      response.on('end', () => {
        heard.ended ??= 'end';
      });
      response.on('error', () => {
        heard.ended = 'cut';
      });
    },
  );
  asked.on('error', () => {
    heard.ended = 'cut';
  });
  asked.end();
  return Object.assign(heard, {
    close: () => asked.destroy(),
    body: () => Buffer.concat(heard.chunks).toString('utf8'),
  });
}

const watchPath = `${configMaps}?watch=1&resourceVersion=0`;
const ended = (heard: Heard) => waitFor('the answer to end', () => heard.ended);

describe('without a fault', () => {
  it('the proxy is trusted like the cluster, passes everything and notes it', async () => {
    const heard = get(`${configMaps}?limit=5`);
    expect(await ended(heard)).toBe('end');
    expect(heard).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(heard.body()).items).toMatchObject([{ data: { text } }]);
    expect(proxy.answers.asked.at(-1)).toMatchObject({ method: 'GET', path: configMaps, isWatch: false });
  });

  it('passes headers that come several times as they are', async () => {
    const groups = ['quarterdeck:members', 'quarterdeck:viewers'];
    const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' });
    const answer = await new Promise<string>((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${cluster.adminToken}`,
        'content-type': 'application/json',
        'impersonate-user': 'somebody',
        'impersonate-group': groups,
      };
      const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
      const asked = request(`${proxy.server}${path}`, { method: 'POST', ca: cluster.caPem, headers }, (response) => {
        response.setEncoding('utf8').on('data', resolve);
      });
      asked.on('error', reject).end(body);
    });
    expect(JSON.parse(answer).status.userInfo.groups).toEqual(expect.arrayContaining(groups));
  });

  it('a watch stays open and brings changes as they come', async () => {
    const heard = get(watchPath);
    await waitFor('the first', () => heard.body().includes('first'));
    await cluster.request('POST', configMaps, { metadata: { name: 'second' } });
    await waitFor('the second', () => heard.body().includes('second'));
    heard.close();
  });
});

describe('the network', () => {
  it('is down: what is open breaks and nothing new is taken; then it is up on the same port', async () => {
    const heard = get(watchPath);
    await waitFor('the first', () => heard.body().includes('first'));
    await proxy.network.down();
    expect(await ended(heard)).toBe('cut');
    expect(await ended(get('/readyz'))).toBe('cut');
    await proxy.network.up();
    expect(await ended(get('/readyz'))).toBe('end');
  });

  it('forgets open connections and takes new ones: half-open', async () => {
    const heard = get(watchPath);
    await waitFor('the first', () => heard.body().includes('first'));
    proxy.network.silence('open');
    const other = get(watchPath);
    await cluster.request('POST', configMaps, { metadata: { name: 'unheard' } });
    await waitFor('the other to hear', () => other.body().includes('unheard'));
    expect(heard.body()).not.toContain('unheard');
    expect(heard.ended).toBeUndefined();
    for (const each of [heard, other]) each.close();
  });

  it('takes connections and nothing comes of them', async () => {
    proxy.network.silence('all');
    const before = proxy.network.accepted();
    const heard = get('/readyz');
    await waitFor('it to be taken', () => proxy.network.accepted() > before);
    proxy.network.heal();
    expect(await ended(get('/readyz'))).toBe('end');
    expect(heard).toMatchObject({ status: 0, ended: undefined });
    heard.close();
  });

  it.each(['reset', 'end'] as const)('ends what is open by %s', async (how) => {
    const heard = get(watchPath);
    await waitFor('the first', () => heard.body().includes('first'));
    proxy.network[how]();
    await ended(heard);
    expect(await ended(get('/readyz'))).toBe('end');
  });

  it('delays, slices and cuts', async () => {
    proxy.network.delay(5, 5);
    proxy.network.slice(7);
    expect(await ended(get('/readyz'))).toBe('end');
    proxy.network.cutAfter(1500);
    const heard = get(configMaps);
    expect(await ended(heard)).toBe('cut');
  });
});

describe('the server', () => {
  it.each([
    ['410 by HTTP', goneByHttp(), 410],
    ['429 without a Status', throttle(7), 429],
  ])('says %s instead', async (_name, fault, status) => {
    proxy.answers.answer(fault, ({ isWatch }) => isWatch);
    const heard = get(watchPath);
    await ended(heard);
    expect(heard.status).toBe(status);
    if (status === 429) expect(heard.headers['retry-after']).toBe('7');
    expect(await ended(get(configMaps))).toBe('end');
  });

  it('says 410 in the stream, as often as told', async () => {
    proxy.answers.answer(goneInStream(), undefined, 1);
    const heard = get(watchPath);
    await ended(heard);
    expect(heard.status).toBe(200);
    expect(JSON.parse(heard.body())).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
    expect(await ended(get('/readyz'))).toBe('end');
  });

  it('hangs, before the answer or inside it', async () => {
    proxy.answers.answer(hang(), ({ path }) => path === '/readyz');
    const before = proxy.answers.asked.length;
    const silent = get('/readyz');
    await waitFor('it to be asked', () => proxy.answers.asked.length > before);
    proxy.answers.answer(stopAfter(20, 'hang'), ({ path }) => path === configMaps);
    const half = get(configMaps);
    await waitFor('twenty bytes', () => half.body().length === 20);
    expect([silent.status, silent.ended, half.ended]).toEqual([0, undefined, undefined]);
    for (const each of [silent, half]) each.close();
  });

  it('is cut after so many bytes, or inside a character', async () => {
    proxy.answers.answer(stopAfter(33, 'cut'));
    const cut = get(configMaps);
    expect(await ended(cut)).toBe('cut');
    expect(Buffer.concat(cut.chunks)).toHaveLength(33);
    proxy.answers.heal();
    proxy.answers.answer(cutInCharacter());
    const inside = get(configMaps);
    expect(await ended(inside)).toBe('cut');
    expect(inside.body().endsWith('ship \uFFFD')).toBe(true);
  });

  it('slices to single bytes without changing them', async () => {
    proxy.answers.answer(slice(1));
    const heard = get(configMaps);
    expect(await ended(heard)).toBe('end');
    expect(heard.chunks.length).toBeGreaterThan(100);
    expect(JSON.parse(heard.body()).items[0]).toMatchObject({ data: { text } });
  });

  it('repeats events, and says what is not its own', async () => {
    proxy.answers.answer(
      () => insertLine('{"no event'),
      ({ isWatch }) => isWatch,
      1,
    );
    const inserted = get(watchPath);
    await waitFor('an event', () => inserted.body().includes('first'));
    expect(inserted.body().split('\n')[0]).toBe('{"no event');
    proxy.answers.answer(
      () => repeatEvents(() => 0),
      ({ isWatch }) => isWatch,
    );
    const repeated = get(watchPath);
    await waitFor('events', () => repeated.body().split('\n').length > 3);
    const [first, second] = repeated.body().split('\n');
    expect(second).toBe(first);
    proxy.answers.answer(sayText('<html>sign in</html>', 'text/html'));
    const html = get(configMaps);
    await ended(html);
    expect(html.body()).toBe('<html>sign in</html>');
    for (const each of [inserted, repeated]) each.close();
  });
});
