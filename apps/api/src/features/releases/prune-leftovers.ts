import { type ApplyContext, deleteObject, orderObjects, readObject } from '@quarterdeck/kubernetes';
import { systemActor } from '../../platform/principal.ts';
import type { Audit } from '../audit/index.ts';
import { startLease } from './lease-clock.ts';
import type { HeldRun } from './release-rows.ts';
import type { RunAuthority } from './run-authority.ts';
import { must, RunLostError } from './run-errors.ts';
import type { LeftObject, RunsStore } from './runs.store.ts';

/** What holds data, or other things: it goes by hand, or when the whole application is removed. */
const keptKinds = new Set([
  'Namespace',
  'PersistentVolumeClaim',
  'PersistentVolume',
  'CustomResourceDefinition',
  'StatefulSet',
]);
const keepAnnotation = 'quarterdeck.dev/keep';

type Live = { metadata?: { uid?: string; labels?: Record<string, string>; annotations?: Record<string, string> } };

/**
 * Deletes what earlier releases put on a target and this one no longer has, last made first: by our books, by uid, and
 * only what still carries our labels. More than half of what is there, what holds data and what says `keep` stays.
 */
export async function pruneLeftovers(
  run: HeldRun,
  context: ApplyContext,
  deps: { runs: RunsStore; audit: Audit; authority: RunAuthority },
  signal: AbortSignal,
): Promise<void> {
  const { runs, audit, authority } = deps;
  const { objects, total } = await runs.leftovers(run);
  const chosen = inReverse(objects.filter((object) => mayGo(object)));
  if (chosen.length === 0 || chosen.length * 2 > total) return;
  for (const object of chosen) {
    if (signal.aborted) throw new RunLostError();
    const mayWrite = startLease();
    await must(runs.renew(run));
    await authority.hold(run);
    const ref = pruneRefOf(object);
    const live = (await readObject(context, ref)) as Live | undefined;
    if (live === undefined || live.metadata?.uid !== object.uid) {
      // Gone by somebody's hand, or made anew by it: then it is theirs.
      await runs.markObject(run, object, 'gone');
      continue;
    }
    if (!isOurs(live, run) || live.metadata?.annotations?.[keepAnnotation] !== undefined) continue;
    await record(audit, run, object, 'intent');
    await runs.markObject(run, object, 'pruning');
    if (!mayWrite()) throw new RunLostError();
    await deleteObject({ ...context, mayWrite }, ref, object.uid ?? '');
    await runs.markObject(run, object, 'gone');
    await record(audit, run, object, 'outcome');
  }
}

/** A write whose answer was lost left no uid: without one nothing is deleted. */
function mayGo(object: LeftObject): boolean {
  return object.uid !== undefined && !keptKinds.has(object.kind);
}

/** Its labels say that it is of this application and environment: the books alone do not suffice. */
export function isOurs({ metadata }: Live, run: Pick<HeldRun, 'applicationSlug' | 'environment'>): boolean {
  return (
    metadata?.labels?.['quarterdeck.dev/application'] === run.applicationSlug &&
    metadata.labels['quarterdeck.dev/environment'] === run.environment
  );
}

function inReverse(objects: readonly LeftObject[]): LeftObject[] {
  const manifests = objects.map((object) => ({
    apiVersion: object.group === '' ? object.version : `${object.group}/${object.version}`,
    kind: object.kind,
    metadata: { name: object.name, namespace: object.namespace },
  }));
  return orderObjects(manifests)
    .toReversed()
    .flatMap(({ kind, metadata }) =>
      objects.filter(
        (object) => object.kind === kind && object.name === metadata.name && object.namespace === metadata.namespace,
      ),
    );
}

/** Where an object of our books is in its cluster. */
export function pruneRefOf(object: LeftObject) {
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
