import type { auditOutcomes } from '@quarterdeck/contracts';
import type { Actor } from '../../platform/principal.ts';

export type AuditTarget = {
  kind: string;
  id?: string;
  name?: string;
  cluster?: string;
  namespace?: string;
  project?: string;
  environment?: string;
};

/** One changed field; values come from the action's own allow-list of fields, never a whole row. */
export type AuditChange = { path: string; before?: unknown; after?: unknown };

/** What an action leaves behind. `action` is the permission it needed. */
export type AuditEntry = {
  action: string;
  outcome?: (typeof auditOutcomes)[number];
  code?: string;
  target: AuditTarget;
  changes?: readonly AuditChange[];
  reason?: string;
};

/** The part of an entry that the hash is over, with who and how. */
export type StoredRecord = {
  actor: { kind: string; id?: string; display: string };
  via: string;
  target: AuditTarget;
  changes: readonly AuditChange[];
  reason?: string;
  requestId?: string;
  ip?: string;
  userAgent?: string;
  version: 1;
};

/** Joins an entry with its actor; `undefined` fields are left out so that the stored text is stable. */
export function storedRecord(actor: Actor, entry: AuditEntry): StoredRecord {
  return {
    actor: describeActor(actor),
    via: actor.via,
    target: entry.target,
    changes: entry.changes ?? [],
    ...(entry.reason === undefined ? {} : { reason: entry.reason }),
    ...(actor.requestId === undefined ? {} : { requestId: actor.requestId }),
    ...(actor.ip === undefined ? {} : { ip: actor.ip }),
    ...(actor.userAgent === undefined ? {} : { userAgent: actor.userAgent }),
    version: 1,
  };
}

function describeActor(actor: Actor): StoredRecord['actor'] {
  const { principal } = actor;
  if (principal.kind === 'system') return { kind: 'system', display: principal.name };
  return { kind: principal.kind, id: principal.id, display: principal.displayName };
}
