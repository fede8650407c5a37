import type { Database } from '@quarterdeck/database';
import { AppError } from '../../platform/errors.ts';
import { contentHash } from './automatic-releases.ts';
import type { MachineStore } from './machine.store.ts';
import type { ReleaseMachine } from './machine.ts';
import type { ReleasesStore } from './releases.store.ts';
import type { ImageResolver } from './resolve-images.ts';
import { exchangeImages } from './rollback-content.ts';

export type WaitingPlans = {
  /** Asks the registry once more; the release goes on when every image has its digest. */
  resolve(releaseId: string): Promise<void>;
};

/** Releases of environments that deploy digests alone wait in `planning` until their registry has said which. */
export function createWaitingPlans(deps: {
  database: Database;
  store: ReleasesStore;
  machineStore: MachineStore;
  machine: ReleaseMachine;
  images: ImageResolver;
}): WaitingPlans {
  const { database, store, machineStore, machine, images } = deps;
  return {
    async resolve(releaseId) {
      const release = await store.findById(releaseId);
      if (release?.state !== 'planning') return;
      const answer = await images.resolve(release.projectId, release.images, { isFresh: true }).catch(notFound);
      if (answer !== 'not_found' && Object.values(answer).some(({ pinned }) => !pinned)) return;
      const facts = await machine.facts(releaseId);
      await database.transaction(async (tx) => {
        await machineStore.lock(tx, releaseId);
        if (answer === 'not_found') {
          await machine.refuseIn(tx, releaseId, 'image_not_found');
          return;
        }
        const objects = exchangeImages(await store.objectsOf(releaseId, undefined, tx), release.images, answer);
        const planned = { ...release, images: answer, contentSha256: contentHash(objects) };
        if (await store.putPlanned(tx, planned, objects)) await machine.advanceIn(tx, releaseId, facts);
      });
    },
  };
}

function notFound(error: unknown): 'not_found' {
  if (error instanceof AppError && error.code === 'image_not_found') return 'not_found';
  throw error;
}
