import type { LeftReason } from '@quarterdeck/contracts';
import { type ApplyContext, ClusterError, deleteObject, orderObjects, readObject } from '@quarterdeck/kubernetes';
import { startLease } from '../../platform/jobs/lease-clock.ts';
import { systemActor } from '../../platform/principal.ts';
import type { Audit } from '../audit/index.ts';
import { isSameObject, type LeftObjectsStore, type LeftRow } from './left-objects.store.ts';
import { isOutOfReach } from './machine-rows.ts';
import { guardsOf, type LiveObject } from './prune-guards.ts';
import type { HeldRun } from './release-rows.ts';
import type { RunAuthority } from './run-authority.ts';
import { must, RunCancelledError, RunLostError, RunPausedError } from './run-errors.ts';
import { type LeftObject, leaseSeconds, type RunsStore } from './runs.store.ts';

export type PruneDeps = { runs: RunsStore; left: LeftObjectsStore; audit: Audit; authority: RunAuthority };

/**
 * Deletes what earlier releases put on a target and this one no longer has, last made first: by our books, by uid, and
 * only what still carries our labels. What holds data, what says `keep`, and all of it where that is more than half of
 * what is there, stays with its reason, until somebody lets that very object go in spite of it.
 */
export async function pruneLeftovers(
  run: HeldRun,
  context: ApplyContext,
  deps: PruneDeps,
  signal: AbortSignal,
): Promise<void> {
  const { runs, left } = deps;
  const [{ objects, total }, earlier] = await Promise.all([runs.leftovers(run), left.ofRuns([run.id])]);
  const confirmed = earlier.filter((row) => row.confirmed);
  const isFirst = confirmed.length === 0;
  /** Reasons that somebody set aside for this object. */
  const setAside = (object: LeftObject) => confirmed.find((row) => isSameObject(row, object))?.why ?? [];
  const staying: LeftRow[] = isFirst ? [] : earlier.filter((row) => !row.confirmed);
  const open = new Set(
    orderObjects(
      isFirst ? objects : objects.filter((object) => confirmed.some((row) => isSameObject(row, object))),
    ).toReversed(),
  );
  let gone = 0;
  const stays = (object: LeftObject, why: readonly LeftReason[], detail?: string) => {
    open.delete(object);
    staying.push({ ...object, why, detail, confirmed: false });
  };

  /** Its guards as they are now, without those that somebody set aside; what is gone is noted as gone. */
  async function look(object: LeftObject): Promise<{ all: LeftReason[]; against: LeftReason[] } | undefined> {
    await hold(run, deps, isFirst, signal);
    const found = guardsOf(object, (await readObject(context, refOf(object))) as LiveObject | undefined, run);
    if (found === 'gone') {
      await runs.markObject(run, object, 'gone');
      open.delete(object);
      gone += 1;
      return undefined;
    }
    const aside = setAside(object);
    const all: LeftReason[] = aside.includes('most') ? [...found, 'most'] : found;
    return { all, against: all.filter((reason) => !aside.includes(reason)) };
  }

  async function remove(object: LeftObject): Promise<void> {
    // Again, for the look before it may be a while ago.
    const seen = await look(object);
    if (seen === undefined) return;
    if (seen.against.length > 0) return stays(object, seen.all);
    const mayWrite = startLease(leaseSeconds);
    await must(runs.renew(run));
    await record(deps.audit, run, object, 'intent');
    await runs.markObject(run, object, 'pruning');
    if (!mayWrite()) throw new RunLostError();
    await deleteObject({ ...context, mayWrite }, refOf(object), object.uid ?? '');
    await runs.markObject(run, object, 'gone');
    await record(deps.audit, run, object, 'outcome');
    open.delete(object);
  }

  /** What the cluster refuses about one object says nothing about the others. */
  async function each(work: (object: LeftObject) => Promise<void>): Promise<void> {
    for (const object of [...open]) {
      try {
        await work(object);
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
        if (code === undefined || error instanceof ClusterError || isOutOfReach(code) || signal.aborted) throw error;
        stays(object, ['refused'], (error as Error).message);
      }
    }
  }

  try {
    await each(async (object) => {
      const seen = await look(object);
      if (seen !== undefined && seen.against.length > 0) stays(object, seen.all);
    });
    if (isFirst && open.size * 2 > total - gone) for (const object of [...open]) stays(object, ['most']);
    await each(remove);
  } catch (error) {
    if (error instanceof RunLostError || error instanceof RunPausedError || signal.aborted) throw error;
    const isStop = error instanceof RunCancelledError;
    const why = isStop ? 'The release was aborted before.' : error instanceof Error ? error.message : 'unknown';
    for (const object of [...open]) stays(object, ['not_tried'], why);
    await must(left.put(run, staying));
    throw error;
  }
  await must(left.put(run, staying));
}

/** Before anything is asked or deleted: the run is still ours, its release goes on, and whoever it runs for may do this. */
async function hold(run: HeldRun, { runs, authority }: PruneDeps, isFirst: boolean, signal: AbortSignal) {
  if (signal.aborted) throw new RunLostError();
  await must(runs.renew(run));
  if (await runs.isOver(run)) throw new RunCancelledError();
  await authority.hold(run, isFirst ? {} : { needs: 'releases:prune' });
}

/** Where an object of our books is in its cluster. */
export function refOf(object: Omit<LeftObject, 'uid'>) {
  return {
    group: object.group,
    version: object.version,
    kind: object.kind,
    name: object.name,
    ...(object.namespace === '' ? {} : { namespace: object.namespace }),
  };
}

async function record(audit: Audit, run: HeldRun, object: LeftObject, reason: 'intent' | 'outcome'): Promise<void> {
  await audit.record(systemActor('worker', ['releases:prune']), [
    {
      action: 'releases:prune',
      target: {
        kind: 'run',
        id: run.releaseId,
        name: `${object.kind} ${object.name} of ${run.applicationSlug} ${run.environment} #${run.releaseNumber}`,
        cluster: run.clusterId,
        namespace: run.namespace,
        project: run.projectId,
      },
      reason,
    },
  ]);
}
