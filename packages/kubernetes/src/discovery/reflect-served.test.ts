import { afterEach, describe, expect, it } from 'vitest';
import { workerIdentity } from '../connection/probe.ts';
import { collectionPath, qualifiedName } from '../kinds/kind.ts';
import { watchedKinds } from '../kinds/watched-kinds.ts';
import { rbacKinds } from '../rbac/kinds.ts';
import type { ClusterRequest } from '../transport/cluster-client.ts';
import { createPacing } from '../watch/pacing.ts';
import type { Sink } from '../watch/sink.ts';
import { createVirtualClock } from '../watch/virtual-clock.fixture.ts';
import { reflectServed } from './reflect-served.ts';
import { type Answer, aggregatedList, all, scriptedClient } from './scripted-discovery.fixture.ts';

const widgets = { resource: 'widgets', kind: 'Widget' };
const resourcesOf = (group: string) =>
  [...rbacKinds, ...watchedKinds]
    .filter((kind) => kind.group === group)
    .map(({ resource, kind }) => ({ resource, kind, verbs: all }));
const core = aggregatedList({ '': [{ version: 'v1', resources: resourcesOf('') }] });
/** Groups that are everywhere, and one more with these versions. */
const groups = (versions: Parameters<typeof aggregatedList>[0][string]) =>
  aggregatedList({
    ...Object.fromEntries(
      ['apps', 'rbac.authorization.k8s.io'].map((name) => [name, [{ version: 'v1', resources: resourcesOf(name) }]]),
    ),
    ...(versions.length === 0 ? {} : { 'example.com': versions }),
  });
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A cluster whose groups the test changes; every list is empty, every watch stays open. */
function start() {
  const time = createVirtualClock();
  const state = {
    groups: groups([{ version: 'v1', resources: [widgets] }]) as object,
    mayList: true,
    definitions: [] as object[],
    status: 200,
  };
  const opened = new Set<string>();
  let roots = 0;
  function answer(request: ClusterRequest): Answer | Promise<Answer> {
    const { path, query, signal } = request;
    if (path === '/api') return { body: core };
    if (path === '/apis') {
      roots += 1;
      return { status: state.status, body: state.groups };
    }
    if (path.endsWith('/selfsubjectaccessreviews'))
      return { status: 201, body: { status: { allowed: state.mayList } } };
    if (query?.watch === undefined) return { body: { metadata: { resourceVersion: '5' }, items: state.definitions } };
    opened.add(path);
    return new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => {
        opened.delete(path);
        reject(new Error('given up'));
      });
    });
  }
  const { client, asked } = scriptedClient(answer);
  const served: { names: string[]; forgetOthers: boolean }[] = [];
  const states = new Map<string, string>();
  const sink: Sink = {
    position: async () => ({ resourceVersion: '5', rows: 0 }),
    countUnseen: async () => ({ unseen: 0, rows: 0 }),
    store: async () => {},
    async changeState(kind, next) {
      states.set(qualifiedName(kind), next);
    },
    async serves(kinds, { forgetOthers }) {
      served.push({ names: kinds.map(qualifiedName), forgetOthers });
    },
  };
  const failures: unknown[] = [];
  const reflection = reflectServed({
    cluster: 'c1',
    connect: async () => client,
    identity: workerIdentity,
    sink,
    clock: time.clock,
    pacing: createPacing({ clock: time.clock, startsPerSecond: 1_000_000, startsPerCluster: 1_000_000 }),
    onDefect: (error) => failures.push(error),
    onFailure: (error) => failures.push(error),
  });
  stops.push(async () => {
    await reflection.stop();
    expect(time.pending()).toBe(0);
  });
  const isOpen = (path: string) => opened.has(path);
  return { ...time, state, served, states, asked, opened, isOpen, failures, roots: () => roots };
}
const podsPath = collectionPath({ group: '', version: 'v1', resource: 'pods' });
const widgetsPath = '/apis/example.com/v1/widgets';
const names = (entry: { names: string[] } | undefined) => entry?.names ?? [];

describe('following what a cluster serves', () => {
  it('opens what is everywhere at once, and what discovery names beside it', async () => {
    const { until, isOpen, served } = start();
    await until('pods are watched', () => isOpen(podsPath), 10_000);
    await until('widgets are watched', () => isOpen(widgetsPath), 10_000);
    expect(names(served.at(-1))).toEqual(expect.arrayContaining(['pods', 'widgets.example.com']));
    expect(served[0]?.forgetOthers).toBe(false);
  });

  it('looks again about every ten minutes', async () => {
    const { until, advance, isOpen, roots } = start();
    await until('widgets are watched', () => isOpen(widgetsPath));
    expect(roots()).toBe(1);
    await advance(8 * 60_000);
    expect(roots()).toBe(1);
    await advance(4 * 60_000);
    expect(roots()).toBe(2);
  });

  it('drops a kind once a second answer does not name it either', async () => {
    const { until, advance, isOpen, state, served } = start();
    await until('widgets are watched', () => isOpen(widgetsPath));
    state.groups = groups([]);
    await until('it was asked for again', () => served.length === 2);
    expect(names(served.at(-1))).toContain('widgets.example.com');
    expect(served.at(-1)?.forgetOthers).toBe(false);
    expect(isOpen(widgetsPath)).toBe(true);
    await advance(11_000);
    expect(names(served.at(-1))).not.toContain('widgets.example.com');
    expect(served.at(-1)?.forgetOthers).toBe(true);
    expect(isOpen(widgetsPath)).toBe(false);
    expect(isOpen(podsPath)).toBe(true);
  });

  it('keeps kinds of a group whose server is away, however often it is asked', async () => {
    const { until, advance, isOpen, state, served } = start();
    await until('widgets are watched', () => isOpen(widgetsPath));
    state.groups = groups([{ version: 'v1', resources: [], freshness: 'Stale' }]);
    await advance(40 * 60_000);
    expect(served.length).toBeGreaterThan(2);
    // Nor are rows forgotten that an earlier process kept of that group.
    expect(served.some(({ forgetOthers }) => forgetOthers)).toBe(false);
    expect(names(served.at(-1))).toContain('widgets.example.com');
    expect(isOpen(widgetsPath)).toBe(true);
  });

  it('does not open what the worker may not list, says so, and opens it once it may', async () => {
    const running = start();
    const { until, advance, isOpen, state, states } = running;
    state.mayList = false;
    await until('it is refused', () => states.get('widgets.example.com') === 'forbidden');
    expect(isOpen(widgetsPath)).toBe(false);
    state.mayList = true;
    await advance(12 * 60_000);
    expect(isOpen(widgetsPath)).toBe(true);
  });

  it('asks once whether it may list a kind', async () => {
    const { until, advance, isOpen, asked, roots } = start();
    await until('widgets are watched', () => isOpen(widgetsPath));
    await advance(35 * 60_000);
    expect(roots()).toBeGreaterThan(3);
    const reviews = asked.filter(({ path }) => path.endsWith('/selfsubjectaccessreviews'));
    expect(reviews).toHaveLength(2);
  });

  it('goes on with what is everywhere while discovery fails, and asks again with patience', async () => {
    const { until, isOpen, state, failures, roots } = start();
    state.status = 503;
    await until('it failed three times', () => failures.length === 3, 60_000);
    expect(isOpen(podsPath)).toBe(true);
    expect(isOpen(widgetsPath)).toBe(false);
    state.status = 200;
    await until('widgets are watched', () => isOpen(widgetsPath), 60_000);
    expect(roots()).toBe(4);
  });
});
