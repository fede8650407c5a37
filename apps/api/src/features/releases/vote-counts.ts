import type { ApprovalVoid } from '@quarterdeck/contracts';
import type { MachineRows, Vote } from './machine-rows.ts';

/**
 * Why a vote does not count, and `undefined` when it does: it must be for these bytes, of whoever may still vote, and
 * its maker's own only where the policy lets them.
 */
export function whyVoid(
  vote: Pick<Vote, 'userId' | 'contentSha256' | 'isValid'>,
  release: Pick<MachineRows['release'], 'contentSha256' | 'createdById' | 'strategy'>,
): ApprovalVoid | undefined {
  if (vote.contentSha256 !== release.contentSha256) return 'other_bytes';
  if (vote.userId === release.createdById && release.strategy.ownApproval !== true) return 'own_release';
  return vote.isValid ? undefined : 'right_lost';
}
