import { inventoryHealth, inventoryKinds } from '@quarterdeck/contracts';
import { healthLevels, watchedKinds } from '@quarterdeck/kubernetes';
import { describe, expect, it } from 'vitest';
import { kindNumbers } from './object-rows.ts';

describe('contract, rows and watches', () => {
  it('know the same kinds', () => {
    expect(Object.keys(kindNumbers).sort()).toEqual(watchedKinds.map(({ resource }) => resource).sort());
    const listed = watchedKinds
      .filter(({ project }) => project !== 'event')
      .map(({ group, resource, kind, namespaced }) => ({ group: group || 'core', plural: resource, kind, namespaced }));
    expect([...inventoryKinds].sort(byPlural)).toEqual(listed.sort(byPlural));
  });

  it('order health the same, since rows keep its number', () => {
    expect(inventoryHealth).toEqual(healthLevels);
  });
});

function byPlural(a: { plural: string }, b: { plural: string }): number {
  return a.plural.localeCompare(b.plural);
}
