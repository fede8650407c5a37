import type { Actor, Principal } from '../../platform/principal.ts';
import type { createDirectory } from './directory.ts';

/**
 * Who the actor of an open stream is now: `undefined` when the session or token has ended, else with the groups of now.
 * Who had no standing at all (a second factor is owed) gets none by this.
 */
export function createRenewal(deps: {
  isAlive: (actor: Actor) => Promise<boolean>;
  directory: Pick<ReturnType<typeof createDirectory>, 'subjectsOf'>;
}): (actor: Actor) => Promise<Principal | undefined> {
  return async (actor) => {
    const { principal } = actor;
    if (principal.kind === 'system' || !(await deps.isAlive(actor))) return undefined;
    const kind = principal.kind === 'user' ? 'user' : 'service_account';
    const subjects = await deps.directory.subjectsOf({ kind, id: principal.id });
    if (subjects === undefined) return undefined;
    return { ...principal, subjects: principal.subjects.length === 0 ? [] : subjects };
  };
}
