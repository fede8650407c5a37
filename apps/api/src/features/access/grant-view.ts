import type { Grant, SubjectKind, SubjectView } from '@quarterdeck/contracts';
import { fromUuid } from '../../platform/ids.ts';
import type { Directory, DirectoryEntry } from './directory.ts';
import type { GrantRecord } from './grants.store.ts';

const prefixes = { user: 'usr', group: 'grp', service_account: 'sva' } as const;

/** Grants with the names of those who hold them. */
export async function toGrantViews(directory: Directory, grants: readonly GrantRecord[]): Promise<Grant[]> {
  const names = await directory.describe([...new Set(grants.map((grant) => grant.subject))]);
  return grants.map((grant) => ({
    id: grant.id,
    subject: toSubjectView(grant.subjectKind, grant.subject, names.get(grant.subject)),
    roleId: grant.roleId,
    role: grant.role,
    scope: grant.scope,
    scopeName: grant.scopeName,
    ...(grant.projectId === undefined ? {} : { projectId: grant.projectId }),
    ...(grant.expiresAt === undefined ? {} : { expiresAt: grant.expiresAt.toISOString() }),
    expired: grant.expired,
    createdAt: grant.createdAt.toISOString(),
    createdBy: grant.createdBy,
    ...(grant.lastUsedAt === undefined ? {} : { lastUsedAt: grant.lastUsedAt.toISOString() }),
  }));
}

export function toSubjectView(kind: SubjectKind, uuid: string, entry: DirectoryEntry | undefined): SubjectView {
  return {
    kind,
    id: entry?.id ?? fromUuid(prefixes[kind], uuid),
    ...(entry === undefined ? {} : { name: entry.name, displayName: entry.displayName }),
    disabled: entry?.disabled ?? true,
  };
}
