import type { ManifestChange, VerificationCheck } from '@quarterdeck/contracts';
import {
  type ClusterClient,
  ClusterError,
  compareManifest,
  deleteCommand,
  leftoversOf,
  type ManifestDifference,
  type ManifestObject,
  manifestYaml,
  NamespaceProblem,
  projectObjects,
  readableKinds,
  readProjectNumbers,
} from '@quarterdeck/kubernetes';
import { AppError, notFound } from '../../platform/errors.ts';
import type { Access } from '../access/index.ts';
import type { ClusterRecord, ClustersStore } from './clusters.store.ts';
import type { Connections } from './connections.ts';
import { onboardingManifest } from './onboarding.ts';

/** Project numbers are listed in blocks of so many: each costs a name per rung in a ClusterRole. */
const block = 128;

/** What a registered cluster should hold for us. */
export interface ManifestOfCluster {
  /** The manifest, beside what the cluster holds. @throws AppError `not_found` */
  read(clusterId: string): Promise<{
    manifest: string;
    applyCommand: string;
    deleteCommand?: string;
    /** What applying it would do; left out when the cluster does not answer. */
    changes?: ManifestChange[];
    projectNumbers: { listed: number; taken: { number: number; project: string }[]; asked: boolean };
  }>;
  /** Of a cluster whose owner binds projects: which bindings are not as they should be. None where we bind. */
  drift(cluster: ClusterRecord): Promise<VerificationCheck[]>;
}

/** The onboarding manifest as a registered cluster needs it: with room for more projects where none is left. */
export function createManifestOfCluster(deps: {
  access: Access;
  store: ClustersStore;
  connections: Connections;
  installation: string;
}): ManifestOfCluster {
  const { access, store, connections, installation } = deps;

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

  /** Namespaces and bindings of projects that the owner of a strict cluster applies. */
  async function ownersObjects({ id, profile }: ClusterRecord): Promise<ManifestObject[]> {
    if (profile.bindings !== 'strict') return [];
    const places = await access.projects.placesIn(id);
    return places.flatMap(({ namespace, number, project: slug }) =>
      projectObjects({ namespace, project: { number, slug }, installation }),
    );
  }

  async function changesIn(client: ClusterClient, objects: readonly ManifestObject[], { profile }: ClusterRecord) {
    const [compared, left] = await Promise.all([
      compareManifest(client, objects),
      leftoversOf(client, readableKinds, profile),
    ]);
    const superfluous = left.map(({ kind, metadata }) => ({ kind, name: metadata.name, change: 'delete' as const }));
    return { changes: [...superfluous, ...compared], left };
  }

  return {
    async read(clusterId) {
      const cluster = await store.findById(clusterId);
      if (cluster === undefined) throw notFound('This cluster');
      // Without an answer the rows alone say how many numbers are needed.
      const [taken, seen] = await Promise.all([
        access.projects.numbersIn(clusterId),
        ask(clusterId, readProjectNumbers),
      ]);
      const busy = new Set([...taken.map(({ number }) => number), ...(seen?.named.keys() ?? [])]);
      const whole = wholeBlocks(Math.max(seen?.listed.at(-1) ?? 0, ...taken.map(({ number }) => number)));
      const isFull = Array.from({ length: whole }, (_, index) => index + 1).every((number) => busy.has(number));
      const listed = isFull ? whole + block : whole;
      const { credentialRenews: renewing, profile } = cluster;
      const { objects, applyCommand } = onboardingManifest({ projectNumbers: listed, renewing, profile });
      const all = [...objects, ...(await ownersObjects(cluster))];
      const compared = await ask(clusterId, (client) => changesIn(client, all, cluster));
      return {
        manifest: manifestYaml(all),
        applyCommand,
        ...(compared === undefined ? {} : { changes: compared.changes }),
        ...((compared?.left.length ?? 0) === 0 ? {} : { deleteCommand: deleteCommand(compared?.left ?? []) }),
        projectNumbers: { listed, taken, asked: seen !== undefined },
      };
    },

    async drift(cluster) {
      const objects = await ownersObjects(cluster);
      if (cluster.profile.bindings !== 'strict') return [];
      const compared = await ask(cluster.id, (client) => compareManifest(client, objects));
      return compared === undefined ? [] : [driftCheck(objects, compared)];
    },
  };
}

function driftCheck(objects: readonly ManifestObject[], compared: readonly ManifestDifference[]): VerificationCheck {
  const title = 'Bindings of projects';
  const wrong = compared.flatMap(({ change, kind, name, namespace }, index) => {
    const object = objects[index];
    const where = namespace === undefined ? '' : ` in ${namespace}`;
    return change === 'unchanged' || object === undefined ? [] : [{ object, words: `${kind} ${name}${where}` }];
  });
  if (wrong.length === 0) {
    const detail =
      objects.length === 0
        ? 'No project has a namespace in it yet.'
        : `All ${objects.length} objects that an owner of the cluster applies are as they should be.`;
    return { id: 'bindings', level: 'ok', title, detail };
  }
  return {
    id: 'bindings',
    level: 'warn',
    code: 'bindings_drift',
    title,
    detail: `Not as they should be: ${wrong.map(({ words }) => words).join(', ')}. Until they are, the people of those projects cannot work there.`,
    remedy: {
      text: 'An owner of the cluster applies this with kubectl.',
      command: 'kubectl apply --server-side -f -',
      yaml: manifestYaml(wrong.map(({ object }) => object)),
    },
  };
}

/** So many numbers that all up to `highest` are in whole blocks; one block at least. */
export function wholeBlocks(highest: number): number {
  return Math.max(1, Math.ceil(highest / block)) * block;
}
