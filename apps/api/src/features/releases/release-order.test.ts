import { describe, expect, it } from 'vitest';
import { compareOrder } from './release-order.ts';

describe('the order of events', () => {
  it('is that of numbers, however long', () => {
    expect(compareOrder('iid', '9', '10')).toBeLessThan(0);
    expect(compareOrder('time', '1764000000000', '1764000000000')).toBe(0);
    expect(compareOrder('iid', '90071992547409931', '90071992547409930')).toBeGreaterThan(0);
  });

  it('of versions is that of semver', () => {
    const ordered = [
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0',
      '1.0.9',
      'v1.0.10',
    ];
    const shuffled = ordered.toReversed().toSorted((a, b) => compareOrder('semver', a, b));
    expect(shuffled).toEqual(ordered);
    expect(compareOrder('semver', '1.0.0+build.1', '1.0.0+build.2')).toBe(0);
  });
});
