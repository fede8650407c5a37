/**
 * Condition on releases `r` that an account's approval would bring on: the release as a whole, or the wave that is next,
 * waits for approvals, the account has not voted on it, and may by the policy. Where it may approve is asked apart.
 * @param account where the account's id stands among the values
 */
export function awaitsApprovalOf(account: string): string {
  const hasVoted = (
    wave: string,
  ) => `EXISTS (SELECT FROM approval v WHERE v.release_id = r.id AND v.user_id = ${account}
    AND v.content_sha256 = r.content_sha256 AND v.wave IS NOT DISTINCT FROM ${wave})`;
  return `(r.created_by_id <> ${account} OR r.strategy->>'ownApproval' = 'true') AND (
    (r.state = 'awaiting_approval' AND NOT ${hasVoted('NULL')})
    OR (r.state = 'rolling' AND EXISTS (SELECT FROM wave w WHERE w.release_id = r.id AND w.state = 'pending' AND w.spec ? 'approval'
      AND NOT EXISTS (SELECT FROM wave b WHERE b.release_id = r.id AND b.index < w.index AND b.state <> 'done')
      AND NOT ${hasVoted('w.index')})))`;
}
