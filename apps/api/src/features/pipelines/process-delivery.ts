import type { Database } from '@quarterdeck/database';
import type { CandidatesStore } from './candidates.store.ts';
import type { ClaimedDelivery, DeliveriesStore, Verdict } from './deliveries.store.ts';
import type { BuildFact, CommitFact, HookFact, ImageFact } from './events/hook-facts.ts';
import { pushTime } from './events/image-words.ts';
import { readEvent } from './events/read-event.ts';
import { type ArrivedImage, commitInTag, createJoin, type Joined } from './join-facts.ts';
import type { Registries } from './registries.ts';
import type { Soon } from './soon.ts';
import { matchesRefs, matchesTag } from './tag-rule.ts';
import type { TriggerRow, TriggersStore } from './triggers.store.ts';

type Outcome = { joined: Joined[]; why?: { code: string; detail: string } };

/**
 * Turns the stored bytes of a delivery into what triggers wait for. The same bytes twice, by a replay or after a crash,
 * join the same candidates.
 */
export function createDeliveryProcessing(deps: {
  database: Database;
  deliveries: DeliveriesStore;
  triggers: TriggersStore;
  candidates: CandidatesStore;
  registries: Registries;
  soon: Soon;
}) {
  const { database, deliveries, triggers, candidates, registries, soon } = deps;
  const join = createJoin(candidates);

  async function byImage(delivery: ClaimedDelivery, fact: ImageFact): Promise<Outcome> {
    // Where it lies is what the hook is for, never what the event says of itself.
    const repository = `${delivery.registry}/${fact.path}`;
    const waiting = await triggers.ofRepository(delivery.project_id, repository);
    const meant = waiting.filter((trigger) => matchesTag(trigger.tags, fact.tag));
    if (meant.length === 0) {
      const why =
        waiting.length === 0
          ? { code: 'no_trigger', detail: `No trigger of the project waits for ${repository}.` }
          : { code: 'tag_unwanted', detail: `The tag ${fact.tag} of ${repository} is not one that a trigger means.` };
      return { joined: [], why };
    }
    const reference = `${repository}@${fact.digest}`;
    const needsCommit = meant.some((trigger) => trigger.requires !== 'image' || trigger.connection_id !== null);
    const revision = needsCommit ? await registries.revisionOf(delivery.project_id, reference) : undefined;
    const image = {
      digest: fact.digest,
      tag: fact.tag,
      reference,
      pushedAt: pushTime(fact.pushedAt, delivery.received_at),
      commit: revision ?? commitInTag(fact.tag),
    };
    const joined: Joined[] = [];
    let why: Outcome['why'];
    for (const trigger of meant) {
      const ref = await refOf(trigger, image.commit);
      if (ref === 'unwanted') {
        why = {
          code: 'ref_unwanted',
          detail: `Commit ${image.commit.slice(0, 12)} is on no branch or tag that ${trigger.refs} means.`,
        };
        continue;
      }
      const arrived: ArrivedImage = { ...image, ref };
      const one = await database.transaction((tx) => join.joinImage(tx, trigger, arrived));
      if (one !== undefined) joined.push(one);
    }
    return { joined, ...(why === undefined ? {} : { why }) };
  }

  /** For triggers that only wait for an image: which of the refs they mean the commit is on. */
  async function refOf(trigger: TriggerRow, commit: string): Promise<ArrivedImage['ref'] | 'unwanted'> {
    const { connection_id: connectionId, gitlab_project_id: projectId, refs } = trigger;
    if (trigger.requires !== 'image' || connectionId === null || projectId === null || commit === '') return undefined;
    const seen = await triggers.refsOfCommit(connectionId, projectId, commit);
    const meant = refs === null ? seen : seen.filter(({ ref }) => matchesRefs(refs, ref));
    return meant[0] ?? (seen.length > 0 ? 'unwanted' : undefined);
  }

  async function byBuild(delivery: ClaimedDelivery, fact: BuildFact): Promise<Outcome> {
    const waiting = await triggers.ofGitLabProject(delivery.connection_id ?? '', fact.gitlabProjectId);
    const ofProject = waiting.filter((trigger) => trigger.project_id === delivery.project_id);
    if (ofProject.length === 0) {
      return {
        joined: [],
        why: { code: 'no_trigger', detail: `No trigger waits for GitLab project ${fact.gitlabProjectId}.` },
      };
    }
    const onRef = ofProject.filter((trigger) => trigger.refs === null || matchesRefs(trigger.refs, fact.ref));
    if (onRef.length === 0) {
      return {
        joined: [],
        why: { code: 'ref_unwanted', detail: `${fact.ref} is not a branch or tag that a trigger means.` },
      };
    }
    const meant = onRef.filter((trigger) => (trigger.job ?? undefined) === fact.job);
    if (meant.length === 0) {
      const what = fact.job === undefined ? 'the whole pipeline' : `the job ${fact.job}`;
      return { joined: [], why: { code: 'job_unwanted', detail: `No trigger waits for ${what} of this project.` } };
    }
    const joined: Joined[] = [];
    for (const trigger of meant)
      joined.push(...(await database.transaction((tx) => join.joinBuild(tx, trigger, fact))));
    if (joined.length > 0) return { joined };
    return { joined, why: { code: 'build_noted', detail: 'Its triggers wait for the image alone.' } };
  }

  async function byCommit(delivery: ClaimedDelivery, fact: CommitFact): Promise<Outcome> {
    await triggers.noteCommit(database.pool, { ...fact, connectionId: delivery.connection_id ?? '' });
    const where = `${fact.refType} ${fact.ref}`;
    return {
      joined: [],
      why: { code: 'commit_noted', detail: `Commit ${fact.commit.slice(0, 12)} is on ${where}: noted.` },
    };
  }

  function outcomeOf(delivery: ClaimedDelivery, fact: HookFact): Promise<Outcome> {
    if (fact.kind === 'image') return byImage(delivery, fact);
    return fact.kind === 'build' ? byBuild(delivery, fact) : byCommit(delivery, fact);
  }

  async function verdictOn(delivery: ClaimedDelivery): Promise<Verdict> {
    if (delivery.body === null) return ignoredAs({ code: 'body_gone', detail: 'Its bytes are not kept any more.' });
    const reading = readEvent(delivery.source, JSON.parse(delivery.body.toString('utf8')));
    if (!('facts' in reading)) return ignoredAs(reading);
    const outcomes: Outcome[] = [];
    for (const fact of reading.facts) outcomes.push(await outcomeOf(delivery, fact));
    const joined = outcomes.flatMap((outcome) => outcome.joined);
    if (joined.length === 0) {
      return ignoredAs(
        outcomes.find(({ why }) => why !== undefined)?.why ?? {
          code: 'no_trigger',
          detail: 'No trigger waits for it.',
        },
      );
    }
    return {
      state: 'matched',
      ...wordsOf(joined),
      candidateIds: [...new Set(joined.map(({ candidateId }) => candidateId))],
    };
  }

  return {
    /** Images whose commit no push event had named yet: one may have come since. */
    async findRefs(): Promise<void> {
      for (const row of await candidates.withoutRef()) {
        const trigger = row.trigger_id === null ? undefined : await triggers.findById(row.trigger_id);
        const ref = trigger === undefined ? undefined : await refOf(trigger, row.commit);
        if (trigger === undefined || ref === undefined || ref === 'unwanted') continue;
        await database.transaction(async (tx) => {
          await candidates.lockTrigger(tx, trigger.id);
          await candidates.update(tx, row.id, { ref: ref.ref, ref_type: ref.refType });
          await join.settle(tx, trigger, row.id);
        });
        soon.tellPages(row.project_id);
      }
    },

    /** Decides about one delivery; what cannot be done now is tried again when the claim ends. */
    async process(delivery: ClaimedDelivery): Promise<void> {
      const verdict = await verdictOn(delivery);
      await deliveries.finish(database.pool, delivery, verdict);
      if (verdict.candidateIds.length > 0) soon.wake('candidate.settle');
    },
  };
}

function ignoredAs({ code, detail }: { code: string; detail: string }): Verdict {
  return { state: 'ignored', code, detail, candidateIds: [] };
}

function wordsOf(joined: readonly Joined[]): { code: string; detail: string } {
  if (joined.some(({ complete }) => complete)) {
    return { code: 'complete', detail: 'All that the trigger waits for is there.' };
  }
  return joined.some(({ isNew }) => isNew)
    ? { code: 'first_part', detail: 'The first part of what the trigger waits for.' }
    : { code: 'known_part', detail: 'Another part, and something is still missing.' };
}
