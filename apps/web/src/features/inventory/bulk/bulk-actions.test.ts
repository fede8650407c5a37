import { describe, expect, it } from 'vitest';
import { actionsOf, emptyInput, permissionFor, wrongField } from './bulk-actions.ts';

describe('what can be done with several rows', () => {
  it.each([
    ['apps', 'deployments', 'restart scale label delete'],
    ['apps', 'daemonsets', 'restart label delete'],
    ['apps', 'replicasets', 'scale label delete'],
    ['core', 'pods', 'label delete'],
    ['example.com', 'deployments', 'label delete'],
  ])('%s/%s: %s', (group, plural, actions) => expect(actionsOf({ group, plural }).join(' ')).toBe(actions));

  it('asks to operate for what recovers by itself, to edit for the rest', () => {
    expect(permissionFor('restart', { group: 'apps', plural: 'deployments' })).toBe('workloads:operate');
    expect(permissionFor('delete', { group: 'core', plural: 'pods' })).toBe('workloads:operate');
    expect(permissionFor('delete', { group: 'apps', plural: 'deployments' })).toBe('workloads:edit');
    expect(permissionFor('label', { group: 'core', plural: 'pods' })).toBe('workloads:edit');
  });

  it.each([
    ['', 'replicas'],
    ['-1', 'replicas'],
    ['1.5', 'replicas'],
    ['10001', 'replicas'],
    ['0', undefined],
    [' 3 ', undefined],
  ])('takes %j as replicas: %s is wrong', (replicas, wrong) =>
    expect(wrongField('scale', { ...emptyInput, replicas })).toBe(wrong),
  );

  it.each([
    ['team', 'shop', undefined],
    ['example.com/team', '', undefined],
    ['a b', 'x', 'label'],
    ['team', 'x y', 'label'],
    ['', 'x', 'label'],
  ])('takes the label %j=%j: %s is wrong', (labelName, labelValue, wrong) =>
    expect(wrongField('label', { ...emptyInput, labelName, labelValue })).toBe(wrong),
  );
});
