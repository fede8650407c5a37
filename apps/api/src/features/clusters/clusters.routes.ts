import {
  createKubeconfig,
  getCluster,
  getClusterHistory,
  getOnboardingManifest,
  listClusters,
  pauseCluster,
  registerCluster,
  removeCluster,
  replaceClusterCredential,
  resumeCluster,
  reverifyCluster,
  updateCluster,
  verifyCluster,
} from '@quarterdeck/contracts';
import type { Cursors } from '../../platform/cursor.ts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { ReadClusterHistory } from './cluster-history.ts';
import type { Clusters } from './clusters.service.ts';
import type { Kubeconfigs } from './kubeconfigs.ts';
import { pageOfClusters } from './list-clusters.ts';
import type { Onboarding } from './onboarding.ts';
import type { ManifestOfCluster } from './onboarding-manifest.ts';
import type { Registrar } from './register-cluster.ts';

export function clustersRoutes(deps: {
  clusters: Clusters;
  onboarding: Onboarding;
  registrar: Registrar;
  kubeconfigs: Kubeconfigs;
  manifestOfCluster: ManifestOfCluster;
  readHistory: ReadClusterHistory;
  cursors: Cursors;
}): BoundEndpoint[] {
  const { clusters, onboarding, registrar, kubeconfigs, manifestOfCluster, readHistory, cursors } = deps;
  /** Our own account's rights, and what the owner of a strict cluster promised to apply. */
  async function reverify(id: string) {
    const [endpoint, cluster] = [await clusters.endpoint(id), await clusters.record(id)];
    const [report, drift] = await Promise.all([
      onboarding.reverify(endpoint, cluster.profile),
      manifestOfCluster.drift(cluster),
    ]);
    return { ...report, checks: [...report.checks, ...drift] };
  }

  const one = ({ params }: { params: { id: string } }) => ({ clusterId: params.id });
  return [
    bind(verifyCluster, 'fleet', async ({ body }) => onboarding.verify(body.access, body.profile)),
    bind(reverifyCluster, one, async ({ params }) => reverify(params.id)),
    bind(registerCluster, 'fleet', async ({ body }, { actor }) =>
      clusters.get(actor.principal, await registrar.register(actor, body)),
    ),
    bind(listClusters, 'any', async ({ query }, { principal }) => {
      const { clusters: all, readAt } = await clusters.list(principal);
      return {
        ...pageOfClusters(all, query, cursors),
        ...(readAt === undefined ? {} : { readAt: readAt.toISOString() }),
      };
    }),
    bind(getCluster, one, async ({ params }, { principal }) => clusters.read(principal, params.id)),
    bind(getClusterHistory, one, async ({ params, query }, { principal }) =>
      readHistory(principal, params.id, query.hours),
    ),
    bind(getOnboardingManifest, one, async ({ params }) => manifestOfCluster.read(params.id)),
    bind(updateCluster, one, async ({ params, body }, { actor }) => clusters.update(actor, params.id, body)),
    bind(replaceClusterCredential, one, async ({ params, body }, { actor }) => {
      await registrar.replaceCredential(actor, params.id, body);
      return clusters.get(actor.principal, params.id);
    }),
    bind(pauseCluster, one, async ({ params }, { actor }) => clusters.pause(actor, params.id)),
    bind(resumeCluster, one, async ({ params }, { actor }) => clusters.resume(actor, params.id)),
    bind(removeCluster, one, async ({ params, query }, { actor }) => {
      await clusters.remove(actor, params.id, query.reason);
      return undefined;
    }),
    bind(createKubeconfig, one, async ({ params, body }, { actor }) => kubeconfigs.create(actor, params.id, body)),
  ];
}
