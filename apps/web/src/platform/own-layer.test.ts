import { describe, expect, it } from 'vitest';
import { layerOfRelease, ownLayer } from './own-layer.ts';

const merged = { replicas: 3, env: { LEVEL: 'info' }, hosts: ['a'] };
const effective = { ...merged, port: 8080, probe: { path: '/', seconds: 10 } };

describe('a layer', () => {
  it('says only what differs from what counts without it', () => {
    const form = { replicas: 3, port: 9090, env: { LEVEL: 'info', NEW: '1' }, hosts: ['a'], probe: { seconds: 10 } };
    expect(ownLayer(form, { effective }, {})).toEqual({ port: 9090, env: { NEW: '1' } });
  });

  it('keeps what was said in it before, although the layers above say the same by now', () => {
    const before = { replicas: 3, probe: { seconds: 10 } };
    expect(ownLayer({ ...before, port: 8080 }, { effective }, before)).toEqual(before);
    // In whatever order its keys come back.
    const limits = { cpu: '1', memory: '1Gi' };
    const turned = { limits: { memory: '1Gi', cpu: '1' } };
    expect(ownLayer(turned, { effective: { limits } }, { limits: {} })).toEqual({});
  });

  it('says that something is taken away, and a list as a whole', () => {
    expect(ownLayer({ env: { LEVEL: null }, hosts: ['a', 'b'] }, { effective }, {})).toEqual({
      env: { LEVEL: null },
      hosts: ['a', 'b'],
    });
    expect(ownLayer({ env: {} }, { effective: {} }, {})).toEqual({ env: {} });
  });
});

describe('the parameters of a release', () => {
  it('come back by what differs alone, although a release knows each with its default', () => {
    const parameters = { ...effective, replicas: 5 };
    expect(layerOfRelease(parameters, { effective, merged }, {})).toEqual({ replicas: 5 });
    expect(layerOfRelease(effective, { effective, merged }, {})).toEqual({});
  });

  it('come back without what was added above them since', () => {
    const since = { ...merged, env: { LEVEL: 'info', SINCE: 'x' }, team: 'shop' };
    const above = { merged: since, effective: { ...effective, ...since } };
    expect(layerOfRelease(effective, above, {})).toEqual({ env: { SINCE: null }, team: null });
  });
});
