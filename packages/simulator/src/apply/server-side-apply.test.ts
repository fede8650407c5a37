import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../objects/types.ts';
import { builtInRules } from './list-keys.ts';
import { applyObject, ownChanges } from './server-side-apply.ts';

const metadata = { name: 'web', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
const empty: KubeObject = { apiVersion: 'apps/v1', kind: 'Deployment', metadata };
const config = (image: string, replicas?: number) => ({
  spec: {
    ...(replicas === undefined ? {} : { replicas }),
    template: { spec: { containers: [{ name: 'app', image }] } },
  },
});
const as = (manager: string, force = false) => ({ manager, now: '2026-01-01T00:00:01Z', force, rules: builtInRules });

describe('server-side apply', () => {
  it('changes nothing the second time', () => {
    const once = applyObject(empty, config('a:1', 2), as('ours'));
    expect(applyObject(once, config('a:1', 2), as('ours'))).toEqual(once);
  });

  it('takes away what its manager no longer names', () => {
    const once = applyObject(empty, config('a:1', 2), as('ours'));
    expect(applyObject(once, config('a:1'), as('ours')).spec).not.toHaveProperty('replicas');
  });

  it('names the field and the manager of a conflict', () => {
    const theirs = ownChanges(
      undefined,
      { ...empty, ...config('a:1', 2) },
      { manager: 'kubectl', now: metadata.creationTimestamp },
      builtInRules,
    );
    expect(() => applyObject(theirs, config('a:2'), as('ours'))).toThrow(
      'Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.template.spec.containers[name="app"].image',
    );
  });

  it('takes the field over by force', () => {
    const theirs = applyObject(empty, config('a:1'), as('theirs'));
    const forced = applyObject(theirs, config('a:2'), as('ours', true));
    expect(JSON.stringify(forced.spec)).toContain('a:2');
    expect(() => applyObject(forced, config('a:1'), as('theirs'))).toThrow('conflict with "ours"');
  });

  it('keeps containers of others', () => {
    const first = applyObject(empty, config('a:1'), as('ours'));
    const sidecar = { spec: { template: { spec: { containers: [{ name: 'side', image: 's:1' }] } } } };
    const both = applyObject(first, sidecar, as('mesh'));
    expect(JSON.stringify(both.spec)).toContain('a:1');
    expect(JSON.stringify(both.spec)).toContain('s:1');
  });
});
