import type { Transaction } from '@quarterdeck/database';
import { toUuid } from '../../platform/ids.ts';
import { oweTargets } from './debts.store.ts';
import type { Action, StoredRows } from './machine-rows.ts';
import type { ReleaseState } from './release-rows.ts';

/** Writes what was decided, in order; `roll_back` is the caller's. */
export async function persistActions(tx: Transaction, rows: StoredRows, actions: readonly Action[]): Promise<void> {
  for (const action of actions) await persistOne(tx, rows, action);
}

async function persistOne(tx: Transaction, { release, place }: StoredRows, action: Action): Promise<void> {
  switch (action.type) {
    case 'release':
      return putState(tx, release.id, action.state, action.reason);
    case 'wave':
      await tx.query(
        `UPDATE wave SET state = $3, soak_until = $4, started_at = CASE WHEN $3 = 'pending' THEN NULL ELSE coalesce(started_at, now()) END
         WHERE release_id = $1 AND index = $2`,
        [
          toUuid(release.id),
          action.index,
          action.state,
          action.soakUntil === undefined ? null : new Date(action.soakUntil),
        ],
      );
      return;
    case 'admit':
      await tx.query('UPDATE target_run SET admitted = true WHERE id = $1', [toUuid(action.runId)]);
      return;
    case 'forgive':
      await tx.query('UPDATE target_run SET forgiven = true WHERE id = $1', [toUuid(action.runId)]);
      return;
    case 'look_again':
      await tx.query('UPDATE target_run SET pruned = false WHERE id = $1', [toUuid(action.runId)]);
      return;
    case 'run':
      return putRun(tx, action);
    case 'owe':
      // What one that catches up did not bring is owed already: how it ended says how it goes on.
      if (release.kind !== 'catch_up') await oweTargets(tx, [action.targetId], release.id, action.reason);
      return;
    case 'supersede':
      await tx.query(
        "UPDATE target_run SET state = 'cancelled', ended_at = now() WHERE release_id = $1 AND state IN ('pending', 'blocked')",
        [toUuid(action.releaseId)],
      );
      return putState(tx, action.releaseId, 'superseded', release.id);
    case 'reject_images':
      await tx.query(
        `INSERT INTO rejected_digest (id, app_environment_id, reference, release_id)
         SELECT gen_random_uuid(), $1, image->>'reference', r.id FROM release r, jsonb_each(r.images) AS i (slot, image) WHERE r.id = $2
         ON CONFLICT DO NOTHING`,
        [place.appEnvironmentId, toUuid(release.id)],
      );
      return;
    case 'preflighted':
      await tx.query('UPDATE release SET preflighted = true, preflight_until = NULL WHERE id = $1', [
        toUuid(release.id),
      ]);
      return;
    case 'roll_back':
      return;
  }
}

async function putState(tx: Transaction, id: string, state: ReleaseState, reason: string | undefined): Promise<void> {
  const isOver = !['planning', 'awaiting_approval', 'queued', 'rolling', 'paused'].includes(state);
  await tx.query(
    `UPDATE release SET state = $2, ended_at = CASE WHEN $3 THEN now() END,
       started_at = CASE WHEN $2 = 'rolling' THEN coalesce(started_at, now()) ELSE started_at END,
       paused_reason = CASE WHEN $2 = 'paused' THEN $4 END,
       ended_reason = CASE WHEN $3 THEN $4 END
     WHERE id = $1`,
    [toUuid(id), state, isOver, reason ?? null],
  );
}

/** Back to the start: the same bytes once more; what ended keeps its verdict, one that is named is said in words. */
async function putRun(tx: Transaction, action: Extract<Action, { type: 'run' }>): Promise<void> {
  if (action.state === 'pending') {
    await tx.query(
      `UPDATE target_run SET state = 'pending', attempt = attempt + 1, admitted = (admitted AND state = 'blocked'), forgiven = false, verdict = NULL, gate = NULL,
         ended_at = NULL, applied_at = NULL, lease_until = NULL,
         retry_at = CASE WHEN state = 'blocked' THEN now() + interval '5 seconds' END WHERE id = $1`,
      [toUuid(action.runId)],
    );
    await tx.query("UPDATE run_step SET state = 'waiting', detail = NULL WHERE run_id = $1 AND state <> 'deleted'", [
      toUuid(action.runId),
    ]);
    return;
  }
  const verdict =
    action.verdict ??
    (action.reason === undefined ? undefined : { code: action.reason, summary: wordsFor(action.reason), evidence: [] });
  await tx.query(
    `UPDATE target_run SET state = $2, ended_at = CASE WHEN $2 = 'blocked' THEN NULL ELSE now() END, verdict = CASE WHEN $3::jsonb IS NULL OR verdict->>'code' = $3::jsonb->>'code' THEN verdict ELSE $3::jsonb END
     WHERE id = $1`,
    [toUuid(action.runId), action.state, verdict === undefined ? null : JSON.stringify(verdict)],
  );
}

function wordsFor(reason: string): string {
  if (reason === 'cluster_unreachable')
    return 'Its cluster does not answer: it is owed, and follows when the cluster is back.';
  if (reason === 'skipped') return 'Somebody left it out: it is owed until somebody lets it catch up.';
  return reason;
}
