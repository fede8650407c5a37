import {
  type ClusterClient,
  ClusterError,
  compareManifest,
  type ManifestDifference,
  NamespaceProblem,
  readProjectNumbers,
} from '@quarterdeck/kubernetes';
import { AppError, notFound } from '../../platform/errors.ts';
import type { Access } from '../access/index.ts';
import type { ClustersStore } from './clusters.store.ts';
import type { Connections } from './connections.ts';
import { onboardingManifest } from './onboarding.ts';

/** Project numbers are listed in blocks of so many: each costs a name per rung in a ClusterRole. */
const block = 128;

export type ManifestOfCluster = (clusterId: string) => Promise<{
  manifest: string;
  applyCommand: string;
  /** What applying it would do; left out when the cluster does not answer. */
  changes?: ManifestDifference[];
  projectNumbers: { listed: number; taken: { number: number; project: string }[]; asked: boolean };
}>;

/** The onboarding manifest as a registered cluster needs it: with room for more projects where none is left. */
export function createManifestOfCluster(deps: {
  access: Access;
  store: ClustersStore;
  connections: Connections;
}): ManifestOfCluster {
  const { access, store, connections } = deps;

  /** `undefined` when the cluster does not answer. */
  async function ask<T>(clusterId: string, question: (client: ClusterClient) => Promise<T>): Promise<T | undefined> {
    try {
      return await question(await connections.for(clusterId));
    } catch (error) {
      if (error instanceof AppError || error instanceof ClusterError || error instanceof NamespaceProblem) {
        return undefined;
      }
      throw error;
    }
  }

  return async (clusterId) => {
    const cluster = await store.findById(clusterId);
    if (cluster === undefined) throw notFound('This cluster');
    // Without an answer the rows alone say how many numbers are needed.
    const [taken, seen] = await Promise.all([access.projects.numbersIn(clusterId), ask(clusterId, readProjectNumbers)]);
    const busy = new Set([...taken.map(({ number }) => number), ...(seen?.named.keys() ?? [])]);
    const whole = wholeBlocks(Math.max(seen?.listed.at(-1) ?? 0, ...taken.map(({ number }) => number)));
    const isFull = Array.from({ length: whole }, (_, index) => index + 1).every((number) => busy.has(number));
    const listed = isFull ? whole + block : whole;
    const { objects, ...shown } = onboardingManifest({ projectNumbers: listed, renewing: cluster.credentialRenews });
    const changes = await ask(clusterId, (client) => compareManifest(client, objects));
    return {
      ...shown,
      ...(changes === undefined ? {} : { changes }),
      projectNumbers: { listed, taken, asked: seen !== undefined },
    };
  };
}

/** So many numbers that all up to `highest` are in whole blocks; one block at least. */
export function wholeBlocks(highest: number): number {
  return Math.max(1, Math.ceil(highest / block)) * block;
}
