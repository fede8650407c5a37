import type { auditOutcomes } from '@quarterdeck/contracts';
import { type Actor, principalId } from '../../platform/principal.ts';
import { maskSecrets } from '../../platform/telemetry/mask-secrets.ts';
import { isShown } from './audit-fields.ts';

export type AuditTarget = {
  kind: string;
  id?: string;
  name?: string;
  cluster?: string;
  namespace?: string;
  project?: string;
  environment?: string;
};

/** One changed field. What the action's list of fields does not name is kept as a fingerprint. */
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

/** Everything the hash is over, besides chain, number and time. */
export type StoredRecord = {
  version: 2;
  id: string;
  action: string;
  outcome: (typeof auditOutcomes)[number];
  code?: string;
  actor: { kind: string; id?: string; display: string; session?: string; token?: string };
  via: string;
  target: AuditTarget;
  changes: readonly AuditChange[];
  reason?: string;
  requestId?: string;
  traceId?: string;
  ip?: string;
  userAgent?: string;
};

/** `hmac:` and eight hex digits: the same for the same value of this installation, and no way back to it. */
export type Fingerprint = (value: string) => string;

const maxText = 1000;
const maxValueBytes = 4096;

/** Joins an entry with its actor; `undefined` fields are left out so that the stored text is stable. */
export function storedRecord(id: string, actor: Actor, entry: AuditEntry, fingerprint: Fingerprint): StoredRecord {
  return withoutUndefined({
    version: 2,
    id,
    action: entry.action,
    outcome: entry.outcome ?? 'allowed',
    code: entry.code,
    actor: describeActor(actor),
    via: actor.via,
    target: cleanTarget(entry.target),
    changes: (entry.changes ?? []).map((change) => cleanChange(entry.action, change, fingerprint)),
    reason: clean(entry.reason),
    requestId: actor.requestId,
    traceId: actor.traceId,
    ip: actor.ip,
    userAgent: clean(actor.userAgent),
  });
}

function describeActor({ principal }: Actor): StoredRecord['actor'] {
  const id = principalId(principal);
  if (principal.kind === 'system') return { kind: 'system', id, display: principal.name };
  const { credential } = principal;
  return {
    kind: principal.kind,
    id,
    display: principal.displayName,
    ...(credential.kind === 'session' ? { session: credential.id } : { token: credential.id }),
  };
}

function cleanTarget(target: AuditTarget): AuditTarget {
  return withoutUndefined({ ...target, name: clean(target.name) });
}

function cleanChange(action: string, change: AuditChange, fingerprint: Fingerprint): AuditChange {
  const shown = isShown(action, change.path);
  const value = (given: unknown): unknown => {
    if (given === undefined || given === null) return given;
    const text = JSON.stringify(given);
    if (!shown) return fingerprint(text);
    return text.length > maxValueBytes ? `${text.length} bytes, ${fingerprint(text)}` : JSON.parse(maskSecrets(text));
  };
  return withoutUndefined({
    path: clean(change.path) ?? '',
    before: value(change.before),
    after: value(change.after),
  });
}

/** A last look for what must not be kept, whoever wrote it into a name or a reason. */
function clean(text: string | undefined): string | undefined {
  return text === undefined ? undefined : maskSecrets(text).slice(0, maxText);
}

function withoutUndefined<T extends object>(
  fields: {
    [K in keyof T]: T[K] | undefined;
  },
): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
