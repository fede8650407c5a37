import { describe, expect, it } from 'vitest';
import { type Facts, milestoneAt, stepsOf, type Track, tracksFor } from './welcome-steps.ts';

const me = { id: 'usr_1', displayName: 'Li Wei' };
const nothing: Facts = { me, milestones: [] };
const done = (track: Track, facts: Partial<Facts>) =>
  stepsOf(track, { ...nothing, ...facts })
    .filter((step) => step.done)
    .map((step) => step.key);
const link = (key: string, facts: Partial<Facts>) =>
  stepsOf('developer', { ...nothing, ...facts }).find((step) => step.key === key)?.to;

describe('the first steps', () => {
  it.each(['admin', 'sre', 'developer'] as const)('of %s are open while nothing is known', (track) => {
    expect(done(track, {})).toEqual([]);
  });

  it('are offered to those who may do every one of them', () => {
    const developer = ['applications:write', 'releases:create', 'workloads:logs', 'releases:rollback'];
    expect(tracksFor(developer)).toEqual(['developer']);
    expect(tracksFor(developer.slice(1))).toEqual([]);
    expect(tracksFor(['inventory:read', 'clusters:read', ...developer])).toEqual(['sre', 'developer']);
  });

  it('of an administrator end with a provider, a second person or a group, a role and a cluster', () => {
    expect(done('admin', { providers: 1 })).toEqual(['provider']);
    expect(done('admin', { people: 1, groups: 0 })).toEqual([]);
    expect(done('admin', { people: 2 })).toEqual(['invite']);
    expect(done('admin', { groups: 1 })).toEqual(['invite']);
    expect(done('admin', { clusters: 1 })).toEqual(['register']);
  });

  it('do not take the owner or an automation account for somebody who was given a role', () => {
    const own = { kind: 'user', id: me.id };
    const automation = { kind: 'service_account', id: 'sva_1' };
    expect(done('admin', { members: [own, automation] })).toEqual([]);
    expect(done('admin', { members: [own, { kind: 'group', id: 'grp_1' }] })).toEqual(['role']);
  });

  it('of a developer count own releases only, and a rollback apart from a deployment', () => {
    const theirs = { createdBy: 'Somebody Else', rollbackOf: { number: 1 } };
    const mine = { createdBy: me.displayName };
    expect(done('developer', { releases: [theirs] })).toEqual([]);
    expect(done('developer', { releases: [theirs, mine] })).toEqual(['deploy']);
    expect(done('developer', { releases: [{ ...mine, rollbackOf: { number: 1 } }] })).toEqual(['deploy', 'rollback']);
  });

  it('lead to the application once there is one', () => {
    expect(link('deploy', { application: null })).toBe('/applications');
    const application = { project: 'default', slug: 'cart' };
    expect(link('deploy', { application })).toBe('/applications/default/cart/deploy');
    expect(link('rollback', { application })).toBe('/applications/default/cart');
  });

  it('of operations end by what was looked at', () => {
    expect(done('sre', { milestones: ['found-pod', 'opened-cluster'] })).toEqual(['pod', 'cluster']);
  });
});

describe('what going to a page reaches', () => {
  it.each([
    ['/clusters/bj-1?tab=health', 'opened-cluster'],
    ['/clusters/register', undefined],
    ['/clusters', undefined],
    ['/inventory/core/pods', undefined],
    ['/inventory/core/pods?q=cart', 'found-pod'],
    ['/objects/bj-1/core/pods/shop/cart-1', 'found-pod'],
    ['/objects/bj-1/core/nodes/_/node-1', undefined],
    ['/workloads', undefined],
    ['/workloads?health=failed', 'saw-failing'],
    ['/workloads/deployments/shop/cart', 'saw-failing'],
  ])('%s', (href, milestone) => expect(milestoneAt(href)).toBe(milestone));
});
