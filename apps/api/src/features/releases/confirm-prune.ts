import type { confirmPrune } from '@quarterdeck/contracts';
import type { z } from 'zod';
import { conflict, invalid, notFound } from '../../platform/errors.ts';
import { type Actor, principalId } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { Applications } from '../applications/index.ts';
import type { AuditEntry } from '../audit/index.ts';
import type { Clusters } from '../clusters/index.ts';
import { isSameObject, type LeftObjectsStore, type LeftRow } from './left-objects.store.ts';
import type { ReleaseMachine } from './machine.ts';
import { mayBeConfirmed } from './prune-guards.ts';
import type { ReleaseRecord, RunRecord } from './release-rows.ts';
import { targetsToCheck } from './release-targets.ts';
import type { ReleasesStore } from './releases.store.ts';
import { startPermissions } from './start-permissions.ts';

type Input = z.output<(typeof confirmPrune)['body']>;
type Chosen = { run: RunRecord; objects: LeftRow[] };

/** Lets go what a release left of earlier ones. */
export type ConfirmPrune = {
  /**
   * The release goes on to take these objects away, for whoever confirms it.
   * @throws AppError 409 `nothing_to_confirm` | `release_superseded`; 422 `confirmation_differs` | `object_not_left`
   */
  confirm(actor: Actor, releaseId: string, input: Input): Promise<void>;
};

export function createConfirmPrune(deps: {
  access: Access;
  applications: Applications;
  clusters: Clusters;
  store: ReleasesStore;
  left: LeftObjectsStore;
  machine: ReleaseMachine;
}): ConfirmPrune {
  const { access, applications, clusters, store, left, machine } = deps;

  /** Each named object as it was left. @throws AppError `object_not_left` with its place in the body */
  async function choose(of: ReleaseRecord, targets: Input['targets']): Promise<Chosen[]> {
    const runs = await store.runsOf(of.id);
    const rows = await left.ofRuns(runs.map(({ id }) => id));
    return targets.map(({ targetId, objects }, at) => {
      const run = runs.find((candidate) => candidate.targetId === targetId);
      if (run === undefined)
        throw invalid('object_not_left', `#${of.number} does not go to this target.`, `/targets/${at}/targetId`);
      return {
        run,
        objects: objects.map(({ group, kind, name, namespace = '' }, index) => {
          const row = rows.find(
            (candidate) => candidate.runId === run.id && isSameObject(candidate, { group, kind, name, namespace }),
          );
          const pointer = `/targets/${at}/objects/${index}`;
          if (row === undefined)
            throw invalid('object_not_left', `#${of.number} left no ${kind} ${name} there.`, pointer);
          if (!mayBeConfirmed(row.why))
            throw invalid(
              'object_not_left',
              `${kind} ${name} cannot be shown to be this application’s any more. Delete it by hand if it is.`,
              pointer,
            );
          return row;
        }),
      };
    });
  }

  return {
    async confirm(actor, releaseId, { confirm, reason, targets }) {
      const of = await store.findById(releaseId);
      if (of === undefined) throw notFound('This release');
      if (confirm !== of.application)
        throw invalid('confirmation_differs', `Type ${of.application} to confirm.`, '/confirm');
      const [chosen, application, records, facts] = await Promise.all([
        choose(of, targets),
        applications.record(of.applicationId),
        clusters.records(),
        machine.facts(of.id),
      ]);
      const slugOf = ({ clusterId }: RunRecord) => records.find(({ id }) => id === clusterId)?.slug ?? clusterId;
      const target = targetsToCheck(application, of.environmentId);
      await access.mutate({ actor, permission: 'releases:prune', target }, async (tx) => {
        await access.require(tx, actor, startPermissions[of.kind], target);
        await store.actFor(tx, of.id, principalId(actor.principal));
        for (const { run, objects } of chosen) await left.confirm(tx, run.id, objects);
        await machine.command(tx, of.id, { do: 'prune', targetIds: chosen.map(({ run }) => run.targetId) }, facts);
        const newer = await left.newerOn(
          chosen.map(({ run }) => run.targetId),
          of.number,
          tx,
        );
        for (const { run } of chosen) {
          const number = newer.get(run.targetId);
          if (number !== undefined)
            throw conflict(
              'release_superseded',
              `#${number} came after it in ${slugOf(run)}: what is left there is for that one to ask.`,
            );
        }
        return { value: undefined, audit: [audited(of, chosen, slugOf, reason)] };
      });
    },
  };
}

function audited(
  of: ReleaseRecord,
  chosen: readonly Chosen[],
  slugOf: (run: RunRecord) => string,
  reason: string,
): AuditEntry {
  return {
    action: 'releases:prune',
    target: {
      kind: 'release',
      id: of.id,
      name: `${of.application} ${of.environment} #${of.number}`,
      project: of.projectId,
      environment: of.environmentId,
    },
    changes: chosen.flatMap(({ run, objects }) =>
      objects.map(({ kind, name, why }) => ({
        path: `${slugOf(run)}/${run.namespace}/${kind}/${name}`,
        before: why.join(', '),
        after: 'confirmed',
      })),
    ),
    reason,
  };
}
