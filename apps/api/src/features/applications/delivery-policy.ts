import type { DeliveryPolicy, ReleaseStrategy, Strategy } from '@quarterdeck/contracts';
import type { Tier } from '../access/index.ts';

/** Where an environment has no strategy: everything goes at once, each target by itself. */
export const everythingAtOnce: Strategy = {
  name: 'all at once',
  waves: [{ name: 'all', select: { rest: true }, maxConcurrent: 100, failureBudget: '100%', soakSeconds: 0 }],
  supersede: 'replace-pending',
};

/** What holds in an environment that nobody has decided about: production waits for a cluster that is away. */
export function defaultPolicy(tier: Tier): DeliveryPolicy {
  return {
    approvals: 0,
    ownApproval: false,
    onFailure: 'pause',
    unreachable: tier === 'production' ? 'block' : 'skip',
  };
}

/** A strategy as a release goes by it: what it leaves open is the policy's, and so is the least number of approvals. */
export function underPolicy(strategy: Strategy, policy: DeliveryPolicy): ReleaseStrategy {
  const count = Math.max(policy.approvals, strategy.approval?.count ?? 0);
  const { approval: _least, ...rest } = strategy;
  return {
    ...rest,
    ...(count === 0 ? {} : { approval: { count } }),
    onFailure: strategy.onFailure ?? policy.onFailure,
    unreachable: strategy.unreachable ?? policy.unreachable,
    ...(policy.ownApproval ? { ownApproval: true } : {}),
  };
}
