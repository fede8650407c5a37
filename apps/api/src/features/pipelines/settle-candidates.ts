import type { Database } from '@quarterdeck/database';
import { AppError } from '../../platform/errors.ts';
import { fromUuid, toUuid } from '../../platform/ids.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Access } from '../access/index.ts';
import type { BuildConfirmation, BuildTrust } from './build-trust.ts';
import type { CandidateChange, CandidateRow, CandidatesStore } from './candidates.store.ts';
import { releaseKeyOf } from './dedupe-key.ts';
import { orderKeyOf } from './order-key.ts';
import type { Registries } from './registries.ts';
import type { DeploySource, ReleaseDoor } from './release-door.ts';
import type { Soon } from './soon.ts';
import type { TriggersStore } from './triggers.store.ts';

/** Until it is tried again, by how often it was. */
const againMs = [2000, 5000, 15_000, 60_000];

/** Decides about candidates that have all their parts: which of them becomes a release, and why the others do not. */
export function createSettlement(deps: {
  database: Database;
  access: Access;
  candidates: CandidatesStore;
  triggers: TriggersStore;
  registries: Registries;
  trust: BuildTrust;
  door: ReleaseDoor;
  soon: Soon;
  logger: Logger;
}) {
  const { database, access, candidates, triggers, registries, trust, door, soon, logger } = deps;

  async function put(row: CandidateRow, change: CandidateChange): Promise<void> {
    await candidates.update(database.pool, row.id, change);
    soon.tellPages(row.project_id);
  }

  function later(row: CandidateRow, code: string, detail: string): Promise<void> {
    if (row.overdue === true) return put(row, { state: 'expired', code, detail: `Given up after 6 hours. ${detail}` });
    const settleInMs = againMs[Math.min(row.attempts, againMs.length - 1)] ?? 60_000;
    return put(row, { state: 'queued', code, detail, settleInMs });
  }

  function refuse(row: CandidateRow, code: string, detail: string): Promise<void> {
    return put(row, { state: 'refused', code, detail });
  }

  async function actorOf(row: CandidateRow): Promise<Actor | undefined> {
    const project = await access.projects.get(fromUuid('prj', row.project_id));
    const principal = project.automationId === undefined ? undefined : await access.accountOf(project.automationId);
    return principal === undefined ? undefined : { principal, via: 'system' };
  }

  async function decide(row: CandidateRow): Promise<void> {
    const trigger = row.trigger_id === null ? undefined : await triggers.findById(row.trigger_id);
    if (trigger === undefined || !trigger.enabled) return refuse(row, 'trigger_off', 'Its trigger is off or gone.');
    const reference = row.images[row.slots];
    if (reference === undefined) return refuse(row, 'image_missing', 'It has no image.');

    const image = await registries.confirm(row.project_id, reference);
    if (image.outcome === 'refused') return refuse(row, image.code, image.detail);
    const build: BuildConfirmation = await trust.confirm(row);
    if (build.outcome === 'later') return later(row, build.code, build.detail);
    if (build.outcome === 'refused') return refuse(row, build.code, build.detail);
    const actor = await actorOf(row);
    if (actor === undefined) {
      return refuse(row, 'automation_off', 'The automation account of the project is disabled or gone.');
    }
    const dedupeKey = releaseKeyOf(row.images, row.commit);
    // Before the release is: what tells GitLab of it finds it by this key.
    await put(row, {
      dedupe_key: dedupeKey,
      confirmed: image.outcome === 'confirmed',
      ...(build.isProtected === undefined ? {} : { ref_protected: build.isProtected }),
    });
    const release = await door.deploy(actor, {
      applicationId: fromUuid('app', row.application_id),
      environmentId: fromUuid('env', row.environment_id),
      images: { ...row.images, [row.slots]: withTag(reference, row.tag) },
      note: undefined,
      source: sourceOf(row, image.outcome === 'confirmed'),
      orderKey: orderKeyOf({
        pipelineId: row.pipeline_id === null ? undefined : Number(row.pipeline_id),
        tag: row.tag ?? undefined,
        bySemver: trigger.tags.kind === 'semver',
        pushedAt: row.pushed_at ?? row.created_at,
      }),
      dedupeKey,
    });
    await put(row, { state: 'released', code: null, detail: null, release_id: toUuid(release.id) });
    // For what comes while the place rests.
    soon.wake('candidate.settle');
  }

  async function decideOrTryAgain(row: CandidateRow): Promise<void> {
    try {
      await decide(row);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      await (error.status >= 500 ? later(row, error.code, error.message) : refuse(row, error.code, error.message));
    }
  }

  return {
    /**
     * Decides about all that is ready in one place. What comes alone goes at once; of what came together, or while the
     * place rested from the release before, the newest goes and the others make room for it.
     * @returns false when nothing is ready anywhere
     */
    async settleOne(): Promise<boolean> {
      const rows = await database.transaction((tx) => candidates.claimReady(tx));
      if (rows === undefined) return false;
      const ids = rows.map((row) => row.id);
      try {
        for (const row of chosen(rows).superseded) {
          await put(row, {
            state: 'superseded',
            code: 'newer_came',
            detail: 'A newer build came before this one was deployed.',
          });
        }
        for (const row of chosen(rows).newest) await decideOrTryAgain(row);
      } catch (error) {
        logger.warn({ err: error }, 'a candidate was not decided about');
        for (const row of chosen(rows).newest)
          await later(row, 'failed_here', 'Something failed here; it is tried again.');
      } finally {
        await candidates.release(ids);
      }
      return true;
    },

    /** What waited too long, with what it waited for. */
    async expire(): Promise<void> {
      for (const row of await candidates.overdue()) {
        await put(row, { state: 'expired', detail: `Given up after 6 hours. ${row.detail ?? ''}`.trim() });
      }
    },
  };
}

/** By place and images: what deploys the same thing to the same place. */
function chosen(rows: readonly CandidateRow[]): { newest: CandidateRow[]; superseded: CandidateRow[] } {
  const newest = new Map<string, CandidateRow>();
  for (const row of rows) {
    const key = `${row.trigger_id} ${row.slots}`;
    const best = newest.get(key);
    if (best === undefined || isNewer(row, best)) newest.set(key, row);
  }
  const kept = new Set([...newest.values()]);
  return { newest: [...kept], superseded: rows.filter((row) => !kept.has(row)) };
}

function isNewer(a: CandidateRow, b: CandidateRow): boolean {
  if (a.pipeline_id !== null && b.pipeline_id !== null && a.pipeline_id !== b.pipeline_id) {
    return BigInt(a.pipeline_id) > BigInt(b.pipeline_id);
  }
  return (a.pushed_at ?? a.created_at).getTime() > (b.pushed_at ?? b.created_at).getTime();
}

/** The digest decides; the tag goes along, since it is what people know an image by. */
function withTag(reference: string, tag: string | null): string {
  return tag === null ? reference : reference.replace('@', `:${tag}@`);
}

function sourceOf(row: CandidateRow, isConfirmed: boolean): DeploySource {
  const parts = [
    row.pipeline_id === null ? 'Image push' : `GitLab pipeline ${row.pipeline_id}`,
    row.tag === null ? undefined : `image tag ${row.tag}`,
    isConfirmed ? undefined : 'digest not confirmed: the registry did not answer',
  ];
  return {
    kind: row.pipeline_id === null ? 'registry' : 'gitlab',
    text: parts
      .filter((part) => part !== undefined)
      .join(', ')
      .slice(0, 500),
    ...(row.commit === '' ? {} : { commit: row.commit }),
    ...(row.ref === null ? {} : { ref: row.ref }),
    ...(row.pipeline_id === null ? {} : { pipelineId: row.pipeline_id }),
  };
}
