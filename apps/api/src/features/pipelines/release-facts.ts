import type { Queryable } from '@quarterdeck/database';
import { bareName } from '@quarterdeck/registry';
import { fromUuid } from '../../platform/ids.ts';
import { isOutOfReach, type ReleasesStore } from '../releases/index.ts';
import { phaseOf } from './release-phases.ts';

/** A release in words for people elsewhere. */
export type ReleaseFacts = {
  projectUuid: string;
  releaseId: string;
  /** `shop/web prod #42`. */
  release: string;
  number: number;
  kind: string;
  state: string;
  project: string;
  application: string;
  environment: string;
  images: string[];
  createdBy: string;
  /** What happened, of what, by whom and where; then why it failed. */
  text: string;
  url: string;
};

/** A release as of one change of its state, which by now may be followed by others. */
export type ReleaseFactsOf = (
  on: Queryable,
  change: { releaseId: string; state: string },
) => Promise<ReleaseFacts | undefined>;

const happened: Readonly<Record<string, string>> = {
  started: 'is being deployed',
  succeeded: 'is healthy',
  failed: 'has failed',
  paused: 'is paused',
  aborted: 'was stopped',
  approval_needed: 'waits for an approval',
  decision_needed: 'waits for a decision',
};

const causesTold = 2;

type Run = Awaited<ReturnType<ReleasesStore['runsOf']>>[number];

/** It waits for people, not for its cluster. */
const asks = ({ state, verdict }: Run) => state === 'blocked' && !isOutOfReach(verdict?.code);

/** Why targets failed or ask, each reason once. */
function causesOf(runs: readonly Run[]): string[] {
  const reasons = runs.flatMap((run) => (run.state === 'failed' || asks(run) ? (run.verdict?.summary ?? []) : []));
  return [...new Set(reasons)].slice(0, causesTold).map((reason) => (/[.!?]$/.test(reason) ? reason : `${reason}.`));
}

/** As people call it: without its registry and folders, by the tag that was asked for, else by the start of its digest. */
function shortImage(reference: string, tag: string | undefined): string {
  const name =
    tag === undefined ? reference.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]*$/, '$1') : `${bareName(reference)}:${tag}`;
  return name.slice(name.lastIndexOf('/') + 1);
}

/** Facts of a release for messages; `undefined` when it is gone, or asks no more. */
export function createReleaseFacts(deps: {
  releases: ReleasesStore;
  origin: string;
  projectUuidOf(id: string): string;
}): ReleaseFactsOf {
  return async (on, { releaseId: releaseUuid, state: change }) => {
    const releaseId = fromUuid('rel', releaseUuid);
    const record = await deps.releases.findById(releaseId, on);
    if (record === undefined) return undefined;
    const release = `${record.project}/${record.application} ${record.environment} #${record.number}`;
    const { notice } = phaseOf(change);
    const isAsking = notice === 'decision_needed';
    const state = isAsking ? record.state : change;
    const word = happened[notice ?? ''] ?? `is ${state.replaceAll('_', ' ')}`;
    const verb = record.kind === 'rollback' ? `(back to #${record.rollbackOf?.number ?? ''}) ` : '';
    const { healthy, total, failed } = record.runs;
    const counts =
      total === 0 ? '' : `, ${healthy} of ${total} clusters healthy${failed > 0 ? `, ${failed} failed` : ''}`;
    const images = Object.values(record.images).map(({ reference, tag }) => shortImage(reference, tag));
    const what = images.length === 0 ? '' : `${images.slice(0, 2).join(', ')}${images.length > 2 ? ' …' : ''} `;
    const runs = failed === 0 && !isAsking ? [] : await deps.releases.runsOf(releaseId, on);
    const asking = runs.filter(asks).length;
    if (isAsking && asking === 0) return undefined;
    const asked = isAsking ? `, ${asking} ${asking === 1 ? 'asks' : 'ask'}` : '';
    const causes = causesOf(runs);
    return {
      projectUuid: deps.projectUuidOf(record.projectId),
      releaseId,
      release,
      number: record.number,
      kind: record.kind,
      state,
      project: record.project,
      application: record.application,
      environment: record.environment,
      images: Object.values(record.images).map(({ reference }) => reference),
      createdBy: record.createdBy,
      text: [`${release} ${verb}${word}: ${what}by ${record.createdBy}${counts}${asked}.`, ...causes].join(' '),
      url: `${deps.origin}/applications/${record.project}/${record.application}/${record.environment}/releases/${record.number}`,
    };
  };
}
