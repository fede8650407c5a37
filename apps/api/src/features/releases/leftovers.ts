import type { ReleaseDetail } from '@quarterdeck/contracts';
import { type AppError, conflict, notFound } from '../../platform/errors.ts';
import { type Actor, type Principal, principalId } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { Applications } from '../applications/index.ts';
import type { AuditEntry } from '../audit/index.ts';
import type { AutomaticReleases, NoCatchUp } from './automatic-releases.ts';
import type { EvacuationsStore } from './evacuations.store.ts';
import type { MachineStore } from './machine.store.ts';
import type { ReleaseMachine } from './machine.ts';
import type { ReleaseRecord } from './release-rows.ts';
import { targetsToCheck } from './release-targets.ts';
import type { ReleasesReadModel } from './releases.read-model.ts';
import type { ReleasesStore } from './releases.store.ts';
import type { RenderLike } from './render-like.ts';
import { visibleEnvironments } from './visible-environments.ts';

/** What targets are owed, and images that automation leaves alone: what stays of releases that did not work out. */
export interface Leftovers {
  /** The release whose bytes are owed. @throws AppError `not_found` */
  releaseOfDebt(debtId: string): Promise<ReleaseRecord>;
  /** For whoever asks: from now on it runs for them. @throws AppError 409 `debt_closed` | `catch_up_under_way` */
  catchUp(actor: Actor, debtId: string): Promise<ReleaseDetail>;
  dismiss(actor: Actor, debtId: string, reason: string | undefined): Promise<void>;
  /** Those of environments in which the principal may read releases. */
  rejectedOf(principal: Principal, applicationId: string): ReturnType<MachineStore['rejectedIn']>;
  releaseOfRejected(id: string): Promise<ReleaseRecord>;
  /** Automation may deploy the image again. */
  liftRejection(actor: Actor, id: string): Promise<void>;
}

export function createLeftovers(deps: {
  access: Access;
  applications: Applications;
  store: ReleasesStore;
  machineStore: MachineStore;
  machine: ReleaseMachine;
  automatic: AutomaticReleases;
  readModel: ReleasesReadModel;
  renderLike: RenderLike;
  evacuationsStore: EvacuationsStore;
}): Leftovers {
  const { access, applications, store, machineStore, machine, automatic, readModel, evacuationsStore } = deps;

  async function debt(id: string) {
    const found = await machineStore.findDebt(id);
    if (found === undefined) throw notFound('This debt');
    return found;
  }

  async function release(id: string): Promise<ReleaseRecord> {
    const found = await store.findById(id);
    if (found === undefined) throw notFound('This release');
    return found;
  }

  async function targetOf(of: ReleaseRecord) {
    return targetsToCheck(await applications.record(of.applicationId), of.environmentId);
  }

  /** What a target gets whose application went elsewhere: the newest release as it would be there. */
  async function comesBack(of: ReleaseRecord, targetId: string) {
    const application = await applications.record(of.applicationId);
    const target = application.environments.flatMap(({ targets }) => targets).find(({ id }) => id === targetId);
    if (target === undefined) throw notFound('This target');
    const newest = await store.newest(of.applicationId, of.environmentId, 'with-objects');
    const like = newest !== undefined && newest.number > of.number ? newest : of;
    const plan = await deps.renderLike(like, application, target);
    return { like, objects: plan.targets.flatMap(({ objects }) => objects) };
  }

  /** The record of what was done about what a release left. */
  function done(of: ReleaseRecord, path: string, after: string, reason?: string): AuditEntry[] {
    const target = {
      kind: 'release',
      id: of.id,
      name: `${of.application} ${of.environment} #${of.number}`,
      project: of.projectId,
      environment: of.environmentId,
    };
    const why = reason === undefined ? {} : { reason };
    return [{ action: 'releases:operate', target, changes: [{ path, after }], ...why }];
  }

  return {
    releaseOfDebt: async (id) => release((await debt(id)).releaseId),

    async catchUp(actor, debtId) {
      const owed = await debt(debtId);
      const of = await release(owed.releaseId);
      const target = await targetOf(of);
      const back = owed.reason === 'evacuated' ? await comesBack(of, owed.targetId) : undefined;
      const id = await access.mutate({ actor, permission: 'releases:operate', target }, async (tx) => {
        await access.require(tx, actor, 'releases:create', target);
        const asked = { actingId: principalId(actor.principal), ...(back === undefined ? {} : { instead: back }) };
        const made = await automatic.catchUp(tx, debtId, asked);
        if (typeof made !== 'string') throw refusal(made);
        if (back !== undefined) await evacuationsStore.standUp(tx, owed.targetId);
        return { value: made, audit: done(of, 'catchUp', owed.targetId) };
      });
      await machine.advance(id);
      return readModel.detail(await release(id));
    },

    async dismiss(actor, debtId, reason) {
      const owed = await debt(debtId);
      const of = await release(owed.releaseId);
      await access.mutate({ actor, permission: 'releases:operate', target: await targetOf(of) }, async (tx) => {
        if (!(await machineStore.dismissDebt(tx, debtId))) throw conflict('debt_closed', 'It is owed no more.');
        await store.notify(tx, of.id);
        return { value: undefined, audit: done(of, 'debtDismissed', owed.targetId, reason) };
      });
    },

    async rejectedOf(principal, applicationId) {
      const environments = await visibleEnvironments(deps, principal, applicationId);
      const ids = new Set(environments.map(({ environmentId }) => environmentId));
      return (await machineStore.rejectedIn({ applicationId })).filter(({ environmentId }) => ids.has(environmentId));
    },

    async releaseOfRejected(id) {
      const rejected = await machineStore.findRejected(id);
      if (rejected === undefined) throw notFound('This rejected image');
      return release(rejected.releaseId);
    },

    async liftRejection(actor, id) {
      const of = await this.releaseOfRejected(id);
      const rejected = await machineStore.findRejected(id);
      await access.mutate({ actor, permission: 'releases:operate', target: await targetOf(of) }, async (tx) => {
        await machineStore.removeRejected(tx, id);
        await store.notify(tx, of.id);
        return { value: undefined, audit: done(of, 'rejectionLifted', rejected?.reference ?? '') };
      });
    },
  };
}

function refusal(why: NoCatchUp): AppError {
  if (why.not === 'under_way')
    return conflict('catch_up_under_way', `#${why.number} is on its way there already: look at how it goes.`);
  return conflict('debt_closed', 'It is owed no more.');
}
