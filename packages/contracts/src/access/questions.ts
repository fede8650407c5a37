import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { csv, listOf } from '../lists.ts';
import { grantSchema } from './grants.ts';
import { accessTargetSchema, permissionSchema, subjectKinds, subjectSchema, subjectViewSchema } from './scopes.ts';

/** "May I": pages ask for all their buttons at once. */
export const checkAccess = endpoint({
  name: 'checkAccess',
  method: 'POST',
  path: '/access/checks',
  summary: 'May I do these things there? Where not: which roles would let me, and who can grant them',
  permission: 'identity:self',
  body: z.strictObject({
    checks: z
      .array(z.strictObject({ permission: permissionSchema, target: accessTargetSchema.default({}) }))
      .min(1)
      .max(100),
  }),
  response: z.object({
    /** One answer for each question, in their order. */
    items: z.array(
      z.object({
        allowed: z.boolean(),
        /** Built-in and custom roles that hold the permission and may be granted there. */
        roles: z.array(z.object({ id: z.string(), name: z.string() })).optional(),
        /** People who can grant one of them there, at most five; named only where you may read the object. */
        grantors: z.array(z.string()).optional(),
      }),
    ),
  }),
  errors: [],
});

/** Why a check says no: the nearest piece that is missing. */
export const missingPieces = [
  /** The account is disabled or gone. */
  'account_disabled',
  /** Nothing is granted to it or its groups. */
  'no_grants',
  /** A grant gave it and has ended. */
  'expired',
  /** Grants hold there, but no role of them has the permission. */
  'role_lacks_permission',
  /** It has the permission, at other places. */
  'other_scope',
  /** No environment's rules take this namespace, and grants of projects do not reach it. */
  'namespace_unowned',
  'project_archived',
] as const;

export const clusterAnswers = ['allowed', 'denied', 'unreachable', 'not_asked'] as const;

export const explainAccess = endpoint({
  name: 'explainAccess',
  method: 'POST',
  path: '/access/explain',
  summary: 'What can X do here, and why: the deciding grant or the nearest missing piece, and what the cluster says',
  permission: 'access:explain',
  body: z.strictObject({
    subject: subjectSchema,
    permission: permissionSchema,
    target: accessTargetSchema.default({}),
  }),
  response: z.object({
    subject: subjectViewSchema,
    allowed: z.boolean(),
    /** One sentence a person can act on. */
    summary: z.string(),
    /** The grant that decides; through which group, when it is a group's. */
    grant: grantSchema.optional(),
    missing: z
      .object({
        piece: z.enum(missingPieces),
        detail: z.string(),
        /** The grants that come nearest: ended, of a role without it, at another place. */
        grants: z.array(grantSchema),
        roles: z.array(z.object({ id: z.string(), name: z.string() })),
      })
      .optional(),
    /** Groups it carries into the cluster. */
    groups: z.array(z.string()),
    /** The second lock: what the member cluster itself answers to a SelfSubjectAccessReview as this identity. */
    cluster: z.object({
      answer: z.enum(clusterAnswers),
      /** `patch deployments.apps in shop-prod`. */
      question: z.string().optional(),
      detail: z.string().optional(),
    }),
  }),
  errors: ['unknown_subject'],
});

export const listSubjects = endpoint({
  name: 'listSubjects',
  method: 'GET',
  path: '/access/subjects',
  summary: 'People, groups and service accounts that a grant may name, by a part of their name',
  permission: 'access:read',
  query: z.strictObject({
    q: z.string().trim().min(2, 'type at least two characters').max(200),
    kind: csv(z.enum(subjectKinds)).optional(),
  }),
  /** Service accounts of other projects are left out. At most 20: type more of the name to narrow it. */
  response: listOf(subjectViewSchema),
  errors: [],
});

export const questionsEndpoints = [checkAccess, explainAccess, listSubjects];
