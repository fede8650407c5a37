import type { FieldChange } from '@quarterdeck/contracts';
import { type ChangedField, ownedChanges } from '@quarterdeck/kubernetes';
import type { AuditChange } from '../audit/index.ts';

const mostShown = 300;

/** A changed field as it is shown; of a Secret neither value. */
export function toFieldChange({ path, before, after, owners }: ChangedField, isSecret: boolean): FieldChange {
  const text = (value: unknown) => (value === undefined || isSecret ? undefined : JSON.stringify(value));
  const [was, is] = [text(before), text(after)];
  return {
    path,
    ...(was === undefined ? {} : { before: was.slice(0, mostShown) }),
    ...(is === undefined ? {} : { after: is.slice(0, mostShown) }),
    owners: owners.map(({ at, ...owner }) => ({ ...owner, ...timeOf(at) })),
  };
}

function timeOf(at: string | undefined): { at?: string } {
  const time = at === undefined ? Number.NaN : Date.parse(at);
  return Number.isNaN(time) ? {} : { at: new Date(time).toISOString() };
}

/**
 * A change for the trail: each field by its path, and both values where they are one word or number. Lists and objects
 * may hold anything (a password among arguments), so of them the path alone is kept, and of a Secret too.
 */
export function auditedFields(before: unknown, after: unknown, isSecret: boolean): AuditChange[] {
  const plain = (value: unknown) => !isSecret && ['string', 'number', 'boolean'].includes(typeof value);
  return ownedChanges(before, after, []).map((field) => ({
    path: `fields/${field.path}`,
    ...(plain(field.before) ? { before: field.before } : {}),
    ...(plain(field.after) ? { after: field.after } : {}),
  }));
}
