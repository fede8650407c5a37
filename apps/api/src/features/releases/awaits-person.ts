import type { awaitedFor } from '@quarterdeck/contracts';
import { tenantCondition, type VisibleScope } from '../access/index.ts';
import { neverConfirmed } from './left-objects.store.ts';

/** An account, and where it may do each thing that releases wait for. */
export type Awaiting = { account: string } & Readonly<Record<AwaitedFor, VisibleScope>>;

export type AwaitedFor = (typeof awaitedFor)[number];

/** Conditions on releases `r` of environments `e` in projects `p`, one a thing that they wait for from somebody. */
export function awaitingConditions(awaiting: Awaiting, values: unknown[]): Record<AwaitedFor, string> {
  const within = (what: AwaitedFor, condition: string) =>
    `(${tenantCondition(awaiting[what], { project: 'p.id', environment: 'e.id' }, values)} AND ${condition})`;
  values.push(awaiting.account);
  const account = `$${values.length}`;
  values.push([...neverConfirmed]);
  const never = `$${values.length}::text[]`;
  return {
    approval: within('approval', `(${awaitsApprovalOf(account)})`),
    decision: within('decision', awaitsDecision),
    leftovers: within('leftovers', awaitsPrune(never)),
  };
}

/** A target of it asks about objects that others have a hand in. */
const awaitsDecision = `(r.ended_at IS NULL AND r.id IN (SELECT x.release_id FROM target_run x
  WHERE x.state = 'blocked' AND EXISTS (SELECT FROM run_question q WHERE q.run_id = x.id)))`;

/** It left something that may be let go, on a target where nothing newer has begun to write. */
const awaitsPrune = (never: string) => `(r.state = 'succeeded' AND r.id IN (SELECT x.release_id FROM run_left l
  JOIN target_run x ON x.id = l.run_id JOIN release o ON o.id = x.release_id WHERE NOT l.why && ${never}
    AND NOT EXISTS (SELECT FROM target_run y JOIN release n ON n.id = y.release_id
      WHERE y.target_id = x.target_id AND n.number > o.number AND y.started_at IS NOT NULL)))`;

/**
 * Condition on releases `r` that an account's approval would bring on: the release as a whole, or the wave that is next,
 * waits for approvals, the account has not voted on it, and may by the policy. Where it may approve is asked apart.
 * @param account where the account's id stands among the values
 */
function awaitsApprovalOf(account: string): string {
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
