import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id } from './ids.ts';
import { provenanceSchema } from './parameters.ts';
import { changeKinds, objectRefSchema } from './release-schemas.ts';

const sideSchema = z.object({
  release: z.object({ id: id('rel'), number: z.number().int() }),
  /** The one target that is looked at; all of the release when left out. */
  cluster: z.string().optional(),
  namespace: z.string().optional(),
});

const sourceSchema = provenanceSchema.omit({ pointer: true });

export const comparisonSchema = z.object({
  before: sideSchema,
  after: sideSchema,
  /** Slots of the template whose references differ. */
  images: z.array(z.object({ slot: z.string(), before: z.string().optional(), after: z.string().optional() })),
  /** Leaves that differ, each with the layer it came from, where that is still known and may be told. */
  parameters: z.array(
    z.object({
      /** JSON pointer. */
      pointer: z.string(),
      before: z.unknown().optional(),
      after: z.unknown().optional(),
      beforeFrom: sourceSchema.optional(),
      afterFrom: sourceSchema.optional(),
    }),
  ),
  /** Every object of either side, per cluster; of a Secret the keys. */
  items: z.array(
    objectRefSchema.extend({
      cluster: z.string(),
      change: z.enum(changeKinds),
      before: z.string().optional(),
      after: z.string().optional(),
    }),
  ),
});
export type Comparison = z.infer<typeof comparisonSchema>;

export const diffRelease = endpoint({
  name: 'diffRelease',
  method: 'GET',
  path: '/releases/:id/diff',
  summary: 'What differs between two releases of an application: images, parameters, objects; `against` is before',
  permission: 'releases:read',
  params: z.strictObject({ id: id('rel') }),
  query: z.strictObject({ against: id('rel') }),
  response: comparisonSchema,
  errors: [],
});

export const compareTargets = endpoint({
  name: 'compareTargets',
  method: 'GET',
  path: '/applications/:id/target-comparison',
  summary: 'What differs between what was last put on two targets of an application, such as two clusters',
  permission: 'releases:read',
  params: z.strictObject({ id: id('app') }),
  query: z.strictObject({ before: id('tgt'), after: id('tgt') }),
  response: comparisonSchema,
  errors: ['target_unknown', 'nothing_deployed'],
});

export const compareEndpoints = [diffRelease, compareTargets];
