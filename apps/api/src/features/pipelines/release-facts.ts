import type { Queryable } from '@quarterdeck/database';
import { fromUuid } from '../../platform/ids.ts';
import type { ReleasesStore } from '../releases/index.ts';
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
  /** One sentence. */
  text: string;
  url: string;
};

export type ReleaseFactsOf = (on: Queryable, releaseUuid: string) => Promise<ReleaseFacts | undefined>;

const happened: Readonly<Record<string, string>> = {
  started: 'is being deployed',
  succeeded: 'is healthy',
  failed: 'has failed',
  paused: 'is paused',
  aborted: 'was stopped',
  approval_needed: 'waits for an approval',
};

/** Facts of a release for messages; `undefined` when it is gone. */
export function createReleaseFacts(deps: {
  releases: ReleasesStore;
  origin: string;
  projectUuidOf(id: string): string;
}): ReleaseFactsOf {
  return async (on, releaseUuid) => {
    const releaseId = fromUuid('rel', releaseUuid);
    const record = await deps.releases.findById(releaseId, on);
    if (record === undefined) return undefined;
    const release = `${record.project}/${record.application} ${record.environment} #${record.number}`;
    const word = happened[phaseOf(record.state).notice ?? ''] ?? `is ${record.state.replaceAll('_', ' ')}`;
    const verb = record.kind === 'rollback' ? `(back to #${record.rollbackOf?.number ?? ''}) ` : '';
    const { healthy, total, failed } = record.runs;
    const counts =
      total === 0 ? '' : ` ${healthy} of ${total} clusters healthy${failed > 0 ? `, ${failed} failed` : ''}.`;
    return {
      projectUuid: deps.projectUuidOf(record.projectId),
      releaseId,
      release,
      number: record.number,
      kind: record.kind,
      state: record.state,
      project: record.project,
      application: record.application,
      environment: record.environment,
      images: Object.values(record.images).map(({ reference }) => reference),
      createdBy: record.createdBy,
      text: `${release} ${verb}${word}.${counts}`,
      url: `${deps.origin}/applications/${record.project}/${record.application}/${record.environment}/releases/${record.number}`,
    };
  };
}
