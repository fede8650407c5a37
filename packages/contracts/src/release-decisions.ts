import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id } from './ids.ts';
import { timeSchema } from './lists.ts';
import { objectRefSchema, releaseDetailSchema } from './release-schemas.ts';

export const decisionChoices = ['yield', 'take', 'adopt', 'recreate'] as const;

const decisionSchema = z.strictObject({
  object: objectRefSchema.strict(),
  /** As the question names it; empty for the object as a whole. */
  field: z.string().max(1000).default(''),
  /**
   * `yield`: the field stays its manager's, in releases to come too; `take`: it is ours; `adopt`: the object is;
   * `recreate`: it is deleted and made anew.
   */
  choice: z.enum(decisionChoices),
  /** For `recreate`: the object's name, typed. */
  confirm: z.string().max(253).optional(),
});

export const decideTarget = endpoint({
  name: 'decideTarget',
  method: 'POST',
  path: '/releases/:id/targets/:target/decisions',
  summary:
    'Answer what a target asks before it is written: whose a field is, whether an object is adopted or made anew',
  permission: 'releases:take-over',
  params: z.strictObject({ id: id('rel'), target: id('tgt') }),
  body: z.strictObject({
    /** Every question of the target, answered. */
    decisions: z.array(decisionSchema).min(1).max(500),
    reason: z.string().trim().max(500).optional(),
  }),
  response: releaseDetailSchema,
  errors: ['nothing_to_decide', 'decision_missing', 'decision_invalid', 'confirmation_differs', 'release_ended'],
});

export const fieldRuleSchema = objectRefSchema.extend({
  id: id('fru'),
  targetId: id('tgt'),
  cluster: z.string(),
  environment: z.string(),
  environmentId: id('env'),
  field: z.string(),
  choice: z.enum(['yield', 'take', 'adopt']),
  manager: z.string().optional(),
  decidedBy: z.string(),
  createdAt: timeSchema,
});
export type FieldRule = z.infer<typeof fieldRuleSchema>;

export const listFieldRules = endpoint({
  name: 'listFieldRules',
  method: 'GET',
  path: '/applications/:id/field-rules',
  summary: 'What stands decided about fields of an application’s objects, newest first',
  permission: 'releases:read',
  params: z.strictObject({ id: id('app') }),
  response: z.object({ items: z.array(fieldRuleSchema) }),
  errors: [],
});

export const deleteFieldRule = endpoint({
  name: 'deleteFieldRule',
  method: 'DELETE',
  path: '/field-rules/:id',
  summary: 'Take a decision about a field back: the next release that meets it asks again',
  permission: 'releases:take-over',
  params: z.strictObject({ id: id('fru') }),
  errors: [],
});

export const releaseDecisionEndpoints = [decideTarget, listFieldRules, deleteFieldRule];
