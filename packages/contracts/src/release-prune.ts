import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id } from './ids.ts';
import { objectRefSchema, releaseDetailSchema } from './release-schemas.ts';

export const confirmPrune = endpoint({
  name: 'confirmPrune',
  method: 'POST',
  path: '/releases/:id/confirm-prune',
  summary: 'Take away what a release left of earlier ones; from now on it runs for you',
  permission: 'releases:prune',
  params: z.strictObject({ id: id('rel') }),
  body: z.strictObject({
    /** The application's name, typed. */
    confirm: z.string().max(100),
    reason: z.string().trim().min(3, 'say why').max(500),
    /** Objects that the release says it left and asks about; the others stay. */
    targets: z
      .array(z.strictObject({ targetId: id('tgt'), objects: z.array(objectRefSchema.strict()).min(1).max(500) }))
      .min(1)
      .max(500),
  }),
  response: releaseDetailSchema,
  errors: ['confirmation_differs', 'nothing_to_confirm', 'object_not_left', 'release_superseded'],
});

export const releasePruneEndpoints = [confirmPrune];
