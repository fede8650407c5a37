import { approveEvacuation, createEvacuation, getEvacuation, listEvacuations } from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { Evacuations } from './evacuations.ts';

/** Which applications of a draft somebody sees and may move is asked for each of them. */
export function evacuationsRoutes({ evacuations }: { evacuations: Evacuations }): BoundEndpoint[] {
  return [
    bind(createEvacuation, 'any', async ({ body }, { actor }) => evacuations.draft(actor, body.clusterId)),
    bind(listEvacuations, 'any', async ({ query }, { principal }) => ({
      items: await evacuations.list(principal, query.cluster),
    })),
    bind(getEvacuation, 'any', async ({ params }, { principal }) => evacuations.read(principal, params.id)),
    bind(approveEvacuation, 'any', async ({ params, body }, { actor }) => evacuations.approve(actor, params.id, body)),
  ];
}
