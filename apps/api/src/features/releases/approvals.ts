import type { ReleaseDetail } from '@quarterdeck/contracts';
import { AppError, conflict } from '../../platform/errors.ts';
import { type Actor, principalId, principalName } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { MachineStore } from './machine.store.ts';
import type { ReleaseMachine } from './machine.ts';
import { isUnfinished } from './machine-rows.ts';
import type { Releases } from './releases.service.ts';

export type Vote = {
  decision: 'approve' | 'reject';
  contentSha256: string;
  wave?: number | undefined;
  reason?: string | undefined;
};

/** What lets a release go on that a rule holds: other people’s approvals, and freezes overridden. */
export interface Approvals {
  /** @throws AppError 403 `own_release`; 409 `release_changed` | `nothing_to_approve` | `release_ended` */
  vote(actor: Actor, releaseId: string, vote: Vote): Promise<ReleaseDetail>;
  overrideFreeze(actor: Actor, releaseId: string, reason: string): Promise<ReleaseDetail>;
}

export function createApprovals(deps: {
  access: Access;
  releases: Pick<Releases, 'get' | 'record'>;
  machineStore: MachineStore;
  machine: ReleaseMachine;
}): Approvals {
  const { access, releases, machineStore, machine } = deps;

  async function open(releaseId: string) {
    const release = await releases.record(releaseId);
    if (!isUnfinished(release.state))
      throw conflict('release_ended', `#${release.number} has ended: ${release.state}.`);
    const target = { projectId: release.projectId, environmentId: release.environmentId };
    const named = {
      kind: 'release',
      id: release.id,
      name: `${release.application} ${release.environment} #${release.number}`,
      project: release.projectId,
      environment: release.environmentId,
    };
    return { release, target, named };
  }

  return {
    async vote(actor, releaseId, { decision, contentSha256, wave, reason }) {
      const { release, target, named } = await open(releaseId);
      const { principal } = actor;
      if (principalId(principal) === release.createdById && release.strategy.ownApproval !== true)
        throw new AppError('own_release', 403, 'You made this release: somebody else must look at it.');
      if (contentSha256 !== release.contentSha256)
        throw conflict('release_changed', 'These are not the bytes of this release. Look at it again, then approve.');
      const gate = wave === undefined ? release.strategy : release.strategy.waves[wave];
      if (gate?.approval === undefined)
        throw conflict(
          'nothing_to_approve',
          `${wave === undefined ? 'The release' : 'This wave'} waits for no approval.`,
        );
      await access.mutate({ actor, permission: 'releases:approve', target }, async (tx) => {
        await machineStore.vote(tx, {
          releaseId,
          wave,
          userId: principalId(principal),
          userName: principalName(principal),
          decision,
          contentSha256,
          reason,
        });
        await machineStore.wake(tx, releaseId);
        return {
          value: undefined,
          audit: [
            {
              action: 'releases:approve',
              target: named,
              changes: [{ path: wave === undefined ? 'release' : `waves/${wave}`, after: decision }],
              ...(reason === undefined ? {} : { reason }),
            },
          ],
        };
      });
      await machine.advance(releaseId);
      return releases.get(releaseId);
    },

    async overrideFreeze(actor, releaseId, reason) {
      const { target, named } = await open(releaseId);
      const { principal } = actor;
      await access.mutate({ actor, permission: 'releases:override-freeze', target }, async (tx) => {
        const by = principalName(principal);
        await machineStore.overrideFreeze(tx, releaseId, by, reason);
        return {
          value: undefined,
          audit: [
            {
              action: 'releases:override-freeze',
              target: named,
              changes: [{ path: 'freeze', after: 'overridden' }],
              reason,
            },
          ],
        };
      });
      await machine.advance(releaseId);
      return releases.get(releaseId);
    },
  };
}
