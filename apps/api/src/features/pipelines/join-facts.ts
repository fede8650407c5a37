import type { Transaction } from '@quarterdeck/database';
import type { CandidateRow, CandidatesStore } from './candidates.store.ts';
import type { BuildFact } from './events/hook-facts.ts';
import type { TriggerRow } from './triggers.store.ts';

/** An image that arrived, with as much of its commit as is known: all of it, its first characters, or nothing. */
export type ArrivedImage = {
  digest: string;
  tag: string;
  reference: string;
  pushedAt: Date;
  commit: string;
  /** Where push events saw the commit. */
  ref: { ref: string; refType: 'branch' | 'tag' } | undefined;
};

export type Joined = { candidateId: string; isNew: boolean; complete: boolean };

/**
 * Puts what belongs to one commit and one image together, under the lock of their trigger, so that two workers with the
 * two halves find each other.
 */
export function createJoin(store: CandidatesStore) {
  /** Ready when nothing is missing; more of the same that comes later does not start it again. */
  async function settle(tx: Transaction, trigger: TriggerRow, id: string): Promise<boolean> {
    const row = await store.findById(id, tx);
    if (row === undefined) return false;
    const missing = missingOf(trigger, row);
    if (missing !== undefined) {
      if (row.state === 'waiting') await store.update(tx, id, missing);
      return false;
    }
    if (row.state === 'waiting') {
      await store.update(tx, id, { state: 'settling', settleInMs: 0, code: null, detail: null });
    }
    return true;
  }

  async function joinImage(tx: Transaction, trigger: TriggerRow, image: ArrivedImage): Promise<Joined | undefined> {
    if (!(await store.lockTrigger(tx, trigger.id))) return undefined;
    const rows = await store.related(tx, trigger.id, image);
    const known = rows.find((row) => row.digest === image.digest && belongs(image.commit, row.commit));
    if (known !== undefined) {
      // It may have waited for the push event that says which branch this is.
      if (known.ref === null && image.ref !== undefined) {
        await store.update(tx, known.id, { ref: image.ref.ref, ref_type: image.ref.refType });
      }
      return { candidateId: known.id, isNew: false, complete: await settle(tx, trigger, known.id) };
    }
    const arrived = {
      digest: image.digest,
      images: { [trigger.slot]: image.reference },
      tag: image.tag,
      pushed_at: image.pushedAt,
    };
    const ofCommit =
      image.commit === '' ? [] : rows.filter((row) => row.has_build && belongs(image.commit, row.commit));
    const half = ofCommit.find((row) => row.digest === '' && row.state === 'waiting');
    if (half !== undefined) {
      await store.update(tx, half.id, arrived);
      return { candidateId: half.id, isNew: false, complete: await settle(tx, trigger, half.id) };
    }
    const build = ofCommit[0];
    const candidateId = await store.insert(tx, {
      ...placeOf(trigger),
      ...arrived,
      commit: build?.commit ?? image.commit,
      ...(build === undefined ? refOf(trigger, image) : buildOf(build)),
    });
    return { candidateId, isNew: true, complete: await settle(tx, trigger, candidateId) };
  }

  async function joinBuild(tx: Transaction, trigger: TriggerRow, fact: BuildFact): Promise<Joined[]> {
    if (!(await store.lockTrigger(tx, trigger.id))) return [];
    const rows = await store.related(tx, trigger.id, { digest: '', commit: fact.commit });
    const build = {
      commit: fact.commit,
      has_build: true,
      connection_id: trigger.connection_id,
      gitlab_project_id: String(fact.gitlabProjectId),
      pipeline_id: String(fact.pipelineId),
      ref: fact.ref,
      ref_type: fact.refType,
    };
    const ofCommit = rows.filter((row) => row.commit !== '' && fact.commit.startsWith(row.commit));
    const joined: Joined[] = [];
    for (const row of ofCommit) {
      if (!row.has_build && row.state === 'waiting') await store.update(tx, row.id, build);
      joined.push({ candidateId: row.id, isNew: false, complete: await settle(tx, trigger, row.id) });
    }
    if (joined.length > 0) return joined;
    // An image alone is enough there: a build by itself waits for nothing.
    if (trigger.requires === 'image') return [];
    const candidateId = await store.insert(tx, { ...placeOf(trigger), ...build });
    return [{ candidateId, isNew: true, complete: await settle(tx, trigger, candidateId) }];
  }

  return { joinImage, joinBuild, settle };
}

/** One commit, of which either side may know the first characters alone; nothing belongs to nothing. */
function belongs(a: string, b: string): boolean {
  if (a === '' || b === '') return a === b;
  return a.startsWith(b) || b.startsWith(a);
}

function placeOf(trigger: TriggerRow) {
  return {
    project_id: trigger.project_id,
    app_environment_id: trigger.app_environment_id,
    trigger_id: trigger.id,
    slots: trigger.slot,
  };
}

function refOf(trigger: TriggerRow, { ref }: ArrivedImage) {
  const from = { connection_id: trigger.connection_id, gitlab_project_id: trigger.gitlab_project_id };
  return ref === undefined ? from : { ...from, ref: ref.ref, ref_type: ref.refType };
}

function buildOf(row: CandidateRow) {
  const { has_build, connection_id, gitlab_project_id, pipeline_id, ref, ref_type } = row;
  return { has_build, connection_id, gitlab_project_id, pipeline_id, ref, ref_type };
}

/** What a candidate still waits for, in a word and in a sentence; `undefined` when it is whole. */
export function missingOf(
  trigger: Pick<TriggerRow, 'requires' | 'repository' | 'gitlab_project_id' | 'refs' | 'job' | 'tier'>,
  row: Pick<CandidateRow, 'digest' | 'commit' | 'has_build' | 'tag' | 'ref'>,
): { code: string; detail: string } | undefined {
  const commit = row.commit.slice(0, 12);
  if (row.digest === '') {
    const how =
      'Its label org.opencontainers.image.revision, or at least 8 characters in its tag, must name the commit.';
    return { code: 'image_missing', detail: `No image of ${trigger.repository} has come for commit ${commit}. ${how}` };
  }
  const needsRef = trigger.refs !== null || trigger.tier === 'production';
  if (row.commit === '' && (trigger.requires === 'build_and_image' || needsRef)) {
    const how =
      'Give it the label org.opencontainers.image.revision, or put at least 8 characters of the commit into the tag.';
    return { code: 'commit_unknown', detail: `The image ${row.tag ?? ''} names no commit. ${how}` };
  }
  if (trigger.requires === 'build_and_image' && !row.has_build) {
    const what = trigger.job === null ? 'successful pipeline' : `successful job ${trigger.job}`;
    return {
      code: 'build_missing',
      detail: `No ${what} of GitLab project ${trigger.gitlab_project_id} has come for commit ${commit}.`,
    };
  }
  if (needsRef && row.ref === null) {
    return {
      code: 'ref_unknown',
      detail: `No push event has said which branch or tag commit ${commit} is on. Turn push events on in the GitLab hook.`,
    };
  }
  return undefined;
}

/** Characters of a commit in a tag: at least eight hexadecimal ones that stand by themselves. */
export function commitInTag(tag: string): string {
  const runs = [...tag.matchAll(/(?<![0-9a-zA-Z])[0-9a-f]{8,64}(?![0-9a-zA-Z])/g)].map((match) => match[0]);
  // A date is made of such characters, too.
  return runs.findLast((run) => /[a-f]/.test(run)) ?? runs.at(-1) ?? '';
}
