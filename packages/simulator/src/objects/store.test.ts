import { describe, expect, it } from 'vitest';
import { createObjectStore } from './store.ts';
import type { KubeObject } from './types.ts';
import { known } from './well-known.ts';

const object = (name: string, namespace = 'a', value = ''): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, uid: name, resourceVersion: '', creationTimestamp: '2026-01-01T00:00:00Z' },
  data: { value },
});

function createStore() {
  let now = 0;
  const store = createObjectStore({ firstVersion: 1000, now: () => now });
  const names = (namespace?: string) => store.list(known.configMaps, namespace).map(({ metadata }) => metadata.name);
  function pass(ms: number) {
    now += ms;
  }
  return { store, names, pass };
}

describe('the object store', () => {
  it('lists by namespace and name, as keys of etcd are sorted', () => {
    const { store, names } = createStore();
    for (const [name, namespace] of [
      ['b', 'z'],
      ['c', 'a'],
      ['a', 'z'],
    ] as const)
      store.put(known.configMaps, object(name, namespace));
    expect(names()).toEqual(['c', 'a', 'b']);
    expect(names('z')).toEqual(['a', 'b']);
  });

  it('shows a list as it was at a version', () => {
    const { store } = createStore();
    store.put(known.configMaps, object('stays'));
    const gone = store.put(known.configMaps, object('goes', 'a', 'old'));
    const version = store.version();
    store.put(known.configMaps, object('goes', 'a', 'new'));
    store.remove(known.configMaps, gone);
    store.put(known.configMaps, object('comes'));
    expect(store.listAt(known.configMaps, 'a', version)).toEqual([
      gone,
      expect.objectContaining({ metadata: expect.objectContaining({ name: 'stays' }) }),
    ]);
    expect(store.listAt(known.configMaps, 'b', version)).toEqual([]);
  });

  it('gives the changes since a version, and none of other kinds', () => {
    const { store } = createStore();
    const first = store.put(known.configMaps, object('a'));
    store.put(known.secrets, object('other'));
    store.put(known.configMaps, object('a', 'a', 'new'));
    const since = store.since(known.configMaps, Number(first.metadata.resourceVersion));
    expect(since?.map(({ type, version }) => [type, version])).toEqual([['MODIFIED', 1003]]);
  });

  it('forgets what is compacted, what is older than five minutes, and what is too much', () => {
    const { store, pass } = createStore();
    store.put(known.configMaps, object('a'));
    expect(store.since(known.configMaps, 1000)).toHaveLength(1);
    store.compact();
    expect(store.since(known.configMaps, 1000)).toBeUndefined();
    const version = store.version();
    store.put(known.configMaps, object('b'));
    pass(400_000);
    store.put(known.configMaps, object('c'));
    expect(store.since(known.configMaps, version)).toBeUndefined();
    const later = store.version();
    for (let count = 0; count < 11_001; count += 1) store.put(known.configMaps, object('d', 'a', String(count)));
    expect(store.since(known.configMaps, later)).toBeUndefined();
    expect(store.since(known.configMaps, store.version())).toEqual([]);
  });
});
