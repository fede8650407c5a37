import { describe, expect, it } from 'vitest';
import { defaultPolicy, everythingAtOnce, underPolicy } from './delivery-policy.ts';

describe('the policy of an environment', () => {
  it('waits for a cluster that is away in production, and leaves it out elsewhere, until somebody decides', () => {
    expect(defaultPolicy('production').unreachable).toBe('block');
    for (const tier of ['staging', 'test', 'development'] as const)
      expect(defaultPolicy(tier).unreachable).toBe('skip');
  });

  it('fills in what a strategy leaves open, and gives way to what it says', () => {
    const policy = { ...defaultPolicy('production'), onFailure: 'rollback' as const };
    expect(underPolicy(everythingAtOnce, policy)).toMatchObject({ onFailure: 'rollback', unreachable: 'block' });
    const own = { ...everythingAtOnce, onFailure: 'pause' as const, unreachable: 'skip' as const };
    expect(underPolicy(own, policy)).toMatchObject({ onFailure: 'pause', unreachable: 'skip' });
  });

  it('asks for its approvals whatever the strategy, which may only ask for more', () => {
    const policy = { ...defaultPolicy('test'), approvals: 2 };
    const asking = (count: number) => ({ ...everythingAtOnce, approval: { count } });
    expect(underPolicy(everythingAtOnce, policy).approval).toEqual({ count: 2 });
    expect(underPolicy(asking(1), policy).approval).toEqual({ count: 2 });
    expect(underPolicy(asking(3), policy).approval).toEqual({ count: 3 });
    expect(underPolicy(everythingAtOnce, defaultPolicy('test'))).not.toHaveProperty('approval');
  });
});
