import type { LeftReason } from '@quarterdeck/contracts';
import { neverConfirmed } from './left-objects.store.ts';
import type { HeldRun } from './release-rows.ts';
import type { LeftObject } from './runs.store.ts';

/** What holds data, or other things. */
const keptKinds: ReadonlySet<string> = new Set([
  'Namespace',
  'PersistentVolumeClaim',
  'PersistentVolume',
  'CustomResourceDefinition',
  'StatefulSet',
]);
const keepAnnotation = 'quarterdeck.dev/keep';

export type LiveObject = {
  metadata?: { uid?: string; labels?: Record<string, string>; annotations?: Record<string, string> } | undefined;
};

/** Whether it may go once somebody says so. */
export function mayBeConfirmed(why: readonly LeftReason[]): boolean {
  return why.every((reason) => !neverConfirmed.has(reason));
}

/**
 * Why an object that a release no longer has does not go by itself; `gone` when it is there no more, or made anew by
 * somebody, and then theirs.
 */
export function guardsOf(
  object: LeftObject,
  live: LiveObject | undefined,
  run: Pick<HeldRun, 'applicationSlug' | 'environment'>,
): LeftReason[] | 'gone' {
  if (live === undefined) return 'gone';
  // A write whose answer was lost left no uid: without one nothing is deleted.
  if (object.uid === undefined) return ['no_uid'];
  if (live.metadata?.uid !== object.uid) return 'gone';
  return [
    ...(isOurs(live, run) ? [] : (['not_ours'] as const)),
    ...(keptKinds.has(object.kind) ? (['holds_data'] as const) : []),
    ...(isKept(live) ? (['keep'] as const) : []),
  ];
}

/** Somebody marked it to stay. */
export function isKept({ metadata }: LiveObject): boolean {
  return metadata?.annotations?.[keepAnnotation] !== undefined;
}

/** Its labels say that it is of this application and environment: the books alone do not suffice. */
export function isOurs({ metadata }: LiveObject, run: Pick<HeldRun, 'applicationSlug' | 'environment'>): boolean {
  return (
    metadata?.labels?.['quarterdeck.dev/application'] === run.applicationSlug &&
    metadata.labels['quarterdeck.dev/environment'] === run.environment
  );
}
