import { toUuid } from '../../platform/ids.ts';
import type { Principal } from '../../platform/principal.ts';
import type { Directory } from './directory.ts';

/** An account with its groups of now; `undefined` when it is gone or disabled. Names of built-in actors stay these. */
export async function accountOf(directory: Directory, id: string): Promise<Principal | undefined> {
  const kind = id.startsWith('usr_') ? 'user' : id.startsWith('sva_') ? 'service_account' : undefined;
  if (kind === undefined) return { kind: 'system', name: id, permissions: [] };
  const [names, subjects] = await Promise.all([directory.describe([toUuid(id)]), directory.subjectsOf({ kind, id })]);
  const entry = names.get(toUuid(id));
  if (entry === undefined || entry.disabled || subjects === undefined) return undefined;
  return {
    kind: kind === 'user' ? 'user' : 'service-account',
    id,
    name: entry.name,
    displayName: entry.displayName,
    credential: { kind: 'session', id, expiresAt: new Date(0) },
    subjects,
  };
}
