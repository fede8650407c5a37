import type { createCiDeployment, HandlerInput, HandlerOutput } from '@quarterdeck/contracts';
import type { Database } from '@quarterdeck/database';
import { AppError, notFound } from '../../platform/errors.ts';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import type { Actor, PermissionTarget } from '../../platform/principal.ts';
import type { CandidatesStore } from './candidates.store.ts';
import type { ConnectionsStore } from './connections.store.ts';
import { releaseKeyOf } from './dedupe-key.ts';
import type { DeliveriesStore, Verdict } from './deliveries.store.ts';
import type { JobFacts, JobIdentity } from './job-identity.ts';
import { orderKeyOf } from './order-key.ts';
import type { PlacesStore } from './places.store.ts';
import type { Registries } from './registries.ts';
import type { DeploySource, ReleaseDoor } from './release-door.ts';

type CiInput = HandlerInput<typeof createCiDeployment>['body'];
type CiAnswer = HandlerOutput<typeof createCiDeployment>;

export type CiDeployments = ReturnType<typeof createCiDeployments>;

/** Deployments that a CI job asks for itself: it knows commit and digest, so nothing has to be joined. */
export function createCiDeployments(deps: {
  database: Database;
  places: PlacesStore;
  candidates: CandidatesStore;
  deliveries: DeliveriesStore;
  connections: ConnectionsStore;
  registries: Registries;
  jobs: JobIdentity;
  door: ReleaseDoor;
  /** The public address of this installation. */
  origin: string;
}) {
  const { database, places, candidates, deliveries, connections, registries, jobs, door, origin } = deps;

  async function place(input: Pick<CiInput, 'application' | 'environment'>) {
    const found = await places.byNames(input.application, input.environment);
    if (found === undefined) throw notFound('This application or environment');
    return found;
  }

  /** @returns by slot, whether each image was confirmed; @throws AppError 422 that names the slot */
  async function confirm(projectUuid: string, images: CiInput['images']): Promise<boolean> {
    let all = true;
    for (const [slot, reference] of Object.entries(images)) {
      const result = await registries.confirm(projectUuid, reference);
      if (result.outcome === 'refused') {
        const errors = [{ pointer: `/images/${slot}`, code: result.code, detail: result.detail }];
        throw new AppError(result.code, 422, result.detail, { errors });
      }
      all &&= result.outcome === 'confirmed';
    }
    return all;
  }

  async function log(projectUuid: string, input: CiInput, isJob: boolean, verdict: Verdict): Promise<void> {
    const body = Buffer.from(JSON.stringify(input));
    await deliveries.insertCall(
      database.pool,
      {
        id: toUuid(newId('dlv')),
        project_id: projectUuid,
        dedupe_key: newId('dlv'),
        event: isJob ? 'job call' : 'token call',
        headers: {},
        body,
        replayable: !isJob,
      },
      verdict,
    );
  }

  async function deploy(actor: Actor, input: CiInput, job: JobFacts | undefined): Promise<CiAnswer> {
    const where = await place(input);
    if (where.tier === 'production' && job !== undefined && !job.refProtected) {
      throw new AppError(
        'ref_not_protected',
        403,
        `Production takes protected branches and tags alone: protect ${job.ref}.`,
      );
    }
    const confirmed = await confirm(where.projectUuid, input.images);
    const commit = input.commit ?? job?.commit ?? '';
    const dedupeKey = releaseKeyOf(input.images, commit);
    const gitlab = job === undefined ? undefined : await connectionOf(where.projectUuid, job);
    const candidate = await candidates.insert(database.pool, {
      project_id: where.projectUuid,
      app_environment_id: where.appEnvironmentUuid,
      slots: Object.keys(input.images).toSorted().join(','),
      images: input.images,
      commit,
      dedupe_key: dedupeKey,
      confirmed,
      state: 'queued',
      ...(job === undefined
        ? {}
        : {
            has_build: true,
            connection_id: gitlab ?? null,
            gitlab_project_id: job.gitlabProjectId,
            pipeline_id: job.pipelineId ?? null,
            ref: job.ref,
            ref_type: job.refType,
            ref_protected: job.refProtected,
          }),
    });
    try {
      const release = await door.deploy(actor, {
        applicationId: fromUuid('app', where.applicationUuid),
        environmentId: fromUuid('env', where.environmentUuid),
        images: input.images,
        note: input.note,
        source: sourceOf(job, commit, confirmed),
        orderKey: orderKeyOf({
          pipelineId: job?.pipelineId === undefined ? undefined : Number(job.pipelineId),
          tag: undefined,
          bySemver: false,
          pushedAt: new Date(),
        }),
        dedupeKey,
      });
      const existed = await candidates.isOfEarlier(toUuid(release.id), candidate);
      await candidates.update(database.pool, candidate, { state: 'released', release_id: toUuid(release.id) });
      await log(where.projectUuid, input, job !== undefined, {
        state: 'matched',
        code: existed ? 'release_known' : 'complete',
        detail: existed
          ? 'These images of this commit have their release already.'
          : 'A CI job asked for it, with commit and digest.',
        candidateIds: [candidate],
      });
      return {
        releaseId: release.id,
        number: release.number,
        state: release.state,
        url: `${origin}/applications/${input.application}/${input.environment}/releases/${release.number}`,
        existed,
      };
    } catch (error) {
      if (error instanceof AppError) {
        await candidates.update(database.pool, candidate, {
          state: 'refused',
          code: error.code,
          detail: error.message,
        });
        await log(where.projectUuid, input, job !== undefined, {
          state: 'ignored',
          code: error.code,
          detail: error.message,
          candidateIds: [candidate],
        });
      }
      throw error;
    }
  }

  /** The GitLab that issued the token, to be told how it goes; a uuid. */
  async function connectionOf(projectUuid: string, job: JobFacts): Promise<string | undefined> {
    const known = await connections.ofProject(projectUuid, ['gitlab']);
    return known.find(({ address }) => address === new URL(job.issuer).origin)?.id;
  }

  return {
    /** What the call is checked against: looked up by names, so that unknown ones are refused like foreign ones. */
    async placeOf(input: CiInput): Promise<PermissionTarget> {
      const { projectUuid, environmentUuid } = await place(input);
      return { projectId: fromUuid('prj', projectUuid), environmentId: fromUuid('env', environmentUuid) };
    },

    deploy: (actor: Actor, input: CiInput) => deploy(actor, input, jobs.jobOf(actor.principal)),
  };
}

function sourceOf(job: JobFacts | undefined, commit: string, isConfirmed: boolean): DeploySource {
  const what = job?.pipelineId === undefined ? 'A call of a CI job' : `A job of GitLab pipeline ${job.pipelineId}`;
  return {
    kind: job === undefined ? 'api' : 'gitlab',
    text: isConfirmed ? what : `${what}, digest not confirmed: the registry did not answer`,
    ...(commit === '' ? {} : { commit }),
    ...(job === undefined ? {} : { ref: job.ref }),
    ...(job?.pipelineId === undefined ? {} : { pipelineId: job.pipelineId }),
  };
}
