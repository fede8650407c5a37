import {
  cancelDrain,
  cordonNode,
  drainNode,
  evictPod,
  getDrain,
  listDrains,
  planDrain,
  uncordonNode,
} from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { Drains } from './drains.ts';
import type { NodeDeeds } from './node-deeds.ts';

const inCluster = ({ params }: { params: { id: string } }) => ({ clusterId: params.id });
const addressOf = ({ id, node }: { id: string; node: string }) => ({ clusterId: id, node });

export function schedulingRoutes({ drains, nodeDeeds }: { drains: Drains; nodeDeeds: NodeDeeds }): BoundEndpoint[] {
  const ofDrain = ({ params }: { params: { id: string } }) => drains.placeOf(params.id);
  return [
    bind(cordonNode, inCluster, async ({ params, body }, { actor }) => {
      await nodeDeeds.cordon(actor, addressOf(params), body, true);
      return undefined;
    }),
    bind(uncordonNode, inCluster, async ({ params, body }, { actor }) => {
      await nodeDeeds.cordon(actor, addressOf(params), body, false);
      return undefined;
    }),
    bind(planDrain, inCluster, async ({ params }, { principal }) => drains.plan(principal, addressOf(params))),
    bind(drainNode, inCluster, async ({ params, body }, { actor }) => drains.start(actor, addressOf(params), body)),
    bind(listDrains, inCluster, async ({ params, query }) => ({
      items: await drains.list({ clusterId: params.id, ...query }),
    })),
    bind(getDrain, ofDrain, async ({ params }, { principal }) => drains.read(principal, params.id)),
    bind(cancelDrain, ofDrain, async ({ params }, { actor }) => drains.cancel(actor, params.id)),
    bind(
      evictPod,
      ({ params }) => ({ clusterId: params.id, namespace: params.namespace }),
      async ({ params: { id, namespace, name }, body }, { actor }) => {
        await nodeDeeds.evict(actor, { clusterId: id, namespace, name }, body);
        return undefined;
      },
    ),
  ];
}
