import { z } from 'zod';
import { id } from '../ids.ts';
import { type Permission, permissions } from '../permissions.ts';

/** Where a grant holds: fleet ⊃ set of clusters by labels ⊃ cluster; fleet ⊃ project ⊃ environment. */
export const scopeKinds = ['fleet', 'set', 'cluster', 'project', 'environment'] as const;
export type ScopeKind = (typeof scopeKinds)[number];

/** Equality of labels; an empty one selects every cluster. */
export const selectorSchema = z
  .record(z.string().min(1).max(63), z.string().max(63))
  .refine((selector) => Object.keys(selector).length <= 20, 'at most 20 labels');

export const scopeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('fleet') }),
  z.strictObject({
    kind: z.literal('set'),
    selector: selectorSchema.refine((selector) => Object.keys(selector).length > 0, 'name at least one label'),
  }),
  z.strictObject({ kind: z.literal('cluster'), id: id('clu') }),
  z.strictObject({ kind: z.literal('project'), id: id('prj') }),
  z.strictObject({ kind: z.literal('environment'), id: id('env') }),
]);
export type Scope = z.infer<typeof scopeSchema>;

export const subjectKinds = ['user', 'group', 'service_account'] as const;
export type SubjectKind = (typeof subjectKinds)[number];

/** To whom: the identifier tells the kind. */
export const subjectSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('user'), id: id('usr') }),
  z.strictObject({ kind: z.literal('group'), id: id('grp') }),
  z.strictObject({ kind: z.literal('service_account'), id: id('sva') }),
]);
export type Subject = z.infer<typeof subjectSchema>;

/** A subject with its name; `name` is missing when the account or group is gone. */
export const subjectViewSchema = z.object({
  kind: z.enum(subjectKinds),
  id: z.string(),
  name: z.string().optional(),
  displayName: z.string().optional(),
  /** A disabled account holds its grants but cannot use them. */
  disabled: z.boolean(),
});
export type SubjectView = z.infer<typeof subjectViewSchema>;

export const permissionSchema = z.enum(permissions as [Permission, ...Permission[]]);

/**
 * What a question is about. Leave out what does not apply; nothing at all means the whole fleet. Who owns a namespace is
 * looked up, so `clusterId` with `namespace` needs no project.
 */
export const accessTargetSchema = z.strictObject({
  clusterId: id('clu').optional(),
  namespace: z.string().max(63).optional(),
  projectId: id('prj').optional(),
  environmentId: id('env').optional(),
});
export type AccessTarget = z.infer<typeof accessTargetSchema>;
