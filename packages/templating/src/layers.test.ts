import { describe, expect, it } from 'vitest';
import { brokenLocks, type Layer, mergeLayers, provenanceOf } from './layers.ts';

const application: Layer = {
  kind: 'application',
  value: { port: 8080, env: { A: '1', B: '2' }, args: ['x'], probe: { path: '/ready' } },
  revision: 3,
  author: 'wang',
};
const environment: Layer = {
  kind: 'environment',
  value: { env: { B: 'prod', C: '3' }, args: ['y', 'z'] },
  revision: 7,
};
const target: Layer = { kind: 'target', value: { env: { A: null }, probe: null }, revision: 1 };

describe('layers of parameters', () => {
  it('merge by RFC 7396: maps join, lists and values replace, null takes away', () => {
    expect(mergeLayers([application, environment, target])).toEqual({
      port: 8080,
      env: { B: 'prod', C: '3' },
      args: ['y', 'z'],
    });
    expect(application.value).toHaveProperty('probe.path', '/ready');
  });

  it('a key named __proto__ is a key like others', () => {
    const value = JSON.parse('{"env":{"__proto__":{"polluted":"yes"}}}') as Record<string, unknown>;
    const merged = mergeLayers([
      { kind: 'application', value },
      { kind: 'target', value },
    ]) as { env: object };
    expect(Object.keys(merged.env)).toEqual(['__proto__']);
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
  });

  it('say for each leaf who set it: layer, revision and author; what null took away is the default again', () => {
    const filled = { port: 8080, env: { B: 'prod', C: '3' }, args: ['y'], probe: { path: '' }, 'a/b~c': 1, none: {} };
    expect(provenanceOf([application, environment, target], filled)).toEqual([
      { pointer: '/port', layer: 'application', revision: 3, author: 'wang' },
      { pointer: '/env/B', layer: 'environment', revision: 7 },
      { pointer: '/env/C', layer: 'environment', revision: 7 },
      { pointer: '/args', layer: 'environment', revision: 7 },
      { pointer: '/probe/path', layer: 'default' },
      { pointer: '/a~1b~0c', layer: 'default' },
      { pointer: '/none', layer: 'default' },
    ]);
  });
});

describe('a lock', () => {
  const lock = { pointer: '/hostPaths', layer: 'application' as const, permission: 'environments:manage' };
  const change = (before: object, after: object) => ({ before: { ...before }, after: { ...after } });
  const folder = { hostPaths: { logs: { hostPath: '/var/log' } } };

  it('keeps a parameter from being set below its layer, whoever asks', () => {
    expect(brokenLocks([lock], 'environment', change({}, folder), () => true)).toEqual([
      { pointer: '/hostPaths', lock, reason: 'layer' },
    ]);
  });

  it('lets those set it who hold the permission, and nobody else', () => {
    expect(brokenLocks([lock], 'application', change({}, folder), () => true)).toEqual([]);
    expect(brokenLocks([lock], 'application', change({}, folder), () => false)).toMatchObject([
      { reason: 'permission' },
    ]);
  });

  it('is not broken by the same keys in another order', () => {
    const typed = { hostPaths: { logs: { path: '/logs', hostPath: '/var/log' } } };
    const stored = { hostPaths: { logs: { hostPath: '/var/log', path: '/logs' } } };
    expect(brokenLocks([lock], 'environment', change(stored, typed), () => false)).toEqual([]);
  });

  it('is not broken by what stays as it was, but is by taking it away', () => {
    expect(brokenLocks([lock], 'application', change(folder, { ...folder, port: 1 }), () => false)).toEqual([]);
    expect(brokenLocks([lock], 'application', change(folder, {}), () => false)).toMatchObject([
      { reason: 'permission' },
    ]);
  });

  it('of one leaf leaves the leaves beside it free', () => {
    const leaf = { ...lock, pointer: '/ingress/host' };
    const after = { ingress: { path: '/a', host: 'x' } };
    expect(brokenLocks([leaf], 'application', change({ ingress: { host: 'x' } }, after), () => false)).toEqual([]);
    expect(brokenLocks([leaf], 'application', change({}, after), () => false)).toHaveLength(1);
  });
});
