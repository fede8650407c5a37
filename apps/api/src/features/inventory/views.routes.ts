import { createView, deleteView, listViews, updateView } from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { Views } from './views.service.ts';

export function viewRoutes(views: Views): BoundEndpoint[] {
  return [
    bind(listViews, 'any', async ({ query }, { principal }) => views.list(principal, query.type)),
    bind(
      createView,
      ({ body }) => (body.projectId === undefined ? 'any' : { projectId: body.projectId }),
      async ({ body }, { actor }) => views.create(actor, body),
    ),
    bind(
      updateView,
      ({ params }) => views.placeOf(params.id),
      async ({ params, body }, { actor }) => views.update(actor, params.id, body),
    ),
    bind(
      deleteView,
      ({ params }) => views.placeOf(params.id),
      async ({ params }, { actor }) => {
        await views.delete(actor, params.id);
        return undefined;
      },
    ),
  ];
}
