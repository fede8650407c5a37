import { type AppError, conflict } from '../../platform/errors.ts';
import type { Actor, Principal } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { ApplicationRecord, ApplicationsStore } from './applications.store.ts';
import type { DependenciesStore, Named } from './dependencies.store.ts';
import type { TargetFacts } from './target-facts.ts';

/** Applications that a refusal names. */
const mostNamed = 20;

/** Deletes an application that runs nowhere and that no other one needs. */
export function createDeletion(deps: {
  access: Access;
  store: Pick<ApplicationsStore, 'remove'>;
  dependencies: DependenciesStore;
  facts: Pick<TargetFacts, 'isLive'>;
  record(id: string): Promise<ApplicationRecord>;
  /** Of these, those that the principal may read. */
  visible(principal: Principal, ids: readonly string[]): Promise<ReadonlyMap<string, unknown>>;
}): (actor: Actor, id: string) => Promise<void> {
  const { access, store, dependencies, facts } = deps;

  /** Who needs it, as far as the person may know. */
  async function needed(
    principal: Principal,
    { project, slug }: ApplicationRecord,
    users: readonly Named[],
  ): Promise<AppError> {
    const seen = await deps.visible(
      principal,
      users.map(({ id }) => id),
    );
    const names = users.filter(({ id }) => seen.has(id)).map((user) => `${user.project}/${user.slug}`);
    const hidden = users.length - names.length;
    const all = [
      ...names.slice(0, mostNamed),
      ...(names.length > mostNamed ? [`${names.length - mostNamed} more`] : []),
      ...(hidden === 0 ? [] : [`${hidden} that you may not see`]),
    ].join(', ');
    const way =
      hidden === 0 ? 'take it away from what they need' : 'have it taken away from what they need by who owns them';
    return conflict('application_needed', `${project}/${slug} is needed by ${all}. First ${way}, then delete it.`);
  }

  return async function remove(actor: Actor, id: string): Promise<void> {
    const application = await deps.record(id);
    const targetIds = application.environments.flatMap((environment) => environment.targets.map((target) => target.id));
    if (await facts.isLive(targetIds)) {
      throw conflict(
        'application_live',
        `${application.slug} still runs in a cluster. Remove it from its environments first, then delete it.`,
      );
    }
    const target = { projectId: application.projectId };
    try {
      await access.mutate({ actor, permission: 'applications:delete', target }, async (tx) => {
        await dependencies.lock(tx);
        const users = await dependencies.neededBy(id, tx);
        if (users.length > 0) throw new StillNeededError(users);
        await store.remove(tx, id);
        return {
          value: undefined,
          audit: [
            {
              action: 'applications:delete',
              target: { kind: 'application', id, name: application.slug, project: application.projectId },
            },
          ],
        };
      });
    } catch (error) {
      throw error instanceof StillNeededError ? await needed(actor.principal, application, error.users) : error;
    }
  };
}

/** Thrown out of the transaction: whose names may be told is asked beside it. */
class StillNeededError extends Error {
  readonly users: readonly Named[];
  constructor(users: readonly Named[]) {
    super('Others need it.');
    this.name = 'StillNeededError';
    this.users = users;
  }
}
