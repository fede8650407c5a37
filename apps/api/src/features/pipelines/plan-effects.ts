import type { Database, Transaction } from '@quarterdeck/database';
import type { CandidatesStore } from './candidates.store.ts';
import type { ConnectionsStore } from './connections.store.ts';
import { type EffectsStore, noticeKinds } from './effects.store.ts';
import type { ReleaseFacts, ReleaseFactsOf } from './release-facts.ts';
import { noticePhase, phaseOf } from './release-phases.ts';

/** What a channel is told; each writes it in its own form. */
export type NoticePayload = Omit<ReleaseFacts, 'projectUuid'> & { event: string; at: string };

/** Turns changes of releases into messages, in one transaction with their taking: none is lost, none told twice. */
export function createEffectPlanning(deps: {
  database: Database;
  effects: EffectsStore;
  candidates: CandidatesStore;
  connections: ConnectionsStore;
  factsOf: ReleaseFactsOf;
}) {
  const { database, effects, candidates, connections, factsOf } = deps;

  async function planOne(tx: Transaction, event: { releaseId: string; state: string; at: Date }): Promise<void> {
    const { notice, commit, deployment } = phaseOf(event.state);
    if (notice === undefined && commit === undefined && deployment === undefined) return;
    const facts = await factsOf(tx, event);
    if (facts === undefined) return;
    const base = { project_id: facts.projectUuid, release_id: event.releaseId };
    const { projectUuid: _, ...shown } = facts;
    if (notice !== undefined) {
      for (const channel of await connections.ofProject(facts.projectUuid, noticeKinds, tx)) {
        if (!channel.events.includes(notice)) continue;
        const payload: NoticePayload = { ...shown, event: notice, at: event.at.toISOString() };
        const phase = noticePhase(event.state, notice);
        await effects.insert(tx, { ...base, connection_id: channel.id, kind: 'notice', phase, payload });
      }
    }
    const candidate = await candidates.ofRelease(tx, event.releaseId);
    if (candidate?.connection_id == null || candidate.gitlab_project_id === null || candidate.commit.length < 40)
      return;
    // Without a token GitLab cannot be told: that is a choice, not a failure.
    const connection = await connections.findById(candidate.connection_id, tx);
    if (connection === undefined || connection.sealed_secret === null || !connection.enabled) return;
    const gitlab = {
      release: shown.release,
      gitlabProjectId: candidate.gitlab_project_id,
      commit: candidate.commit,
      ...(candidate.ref === null ? {} : { ref: candidate.ref, tag: candidate.ref_type === 'tag' }),
      ...(candidate.pipeline_id === null ? {} : { pipelineId: Number(candidate.pipeline_id) }),
      name: `quarterdeck/${shown.project}/${shown.application}/${shown.environment}`,
      environment: shown.environment,
      description: shown.text.slice(0, 255),
      url: shown.url,
    };
    const told = { ...base, connection_id: candidate.connection_id, payload: gitlab };
    if (commit !== undefined) await effects.insert(tx, { ...told, kind: 'commit_status', phase: commit });
    if (deployment !== undefined && candidate.ref !== null) {
      await effects.insert(tx, { ...told, kind: 'deployment', phase: deployment });
    }
  }

  return {
    /** @returns whether there was anything */
    async plan(): Promise<boolean> {
      return database.transaction(async (tx) => {
        const events = await effects.takeEvents(tx);
        if (events.length === 0) return false;
        const heard = await effects.withListeners(tx, [...new Set(events.map(({ releaseId }) => releaseId))]);
        for (const event of events) if (heard.has(event.releaseId)) await planOne(tx, event);
        if (heard.size > 0) tx.notify('quarterdeck_jobs', '{"queue":"outbound.deliver"}');
        return true;
      });
    },
  };
}
