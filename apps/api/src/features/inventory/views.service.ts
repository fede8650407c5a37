import type { SavedView } from '@quarterdeck/contracts';
import { AppError, conflict, invalid, notFound } from '../../platform/errors.ts';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import type { Actor, PermissionTarget, Principal } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { ViewContent, ViewRecord, ViewsStore } from './views.store.ts';

const permission = 'inventory:read';
/** Of one account. */
const maxViews = 200;

const sweptAtOnce = 500;
const firstUuid = '00000000-0000-0000-0000-000000000000';

/** Which accounts there are; `identity` fills this port. By uuid; who is gone is missing. */
export interface KnownAccounts {
  describe(uuids: readonly string[]): Promise<ReadonlyMap<string, unknown>>;
}

export type Views = ReturnType<typeof createViews>;

/**
 * Saved lists and cluster sets. One of a project belongs to the project: whoever sees that sees it and may change it,
 * by the revision they read. A personal one is nobody else's.
 */
export function createViews(deps: { access: Access; accounts: KnownAccounts; store: ViewsStore }) {
  const { access, accounts, store } = deps;

  /** @throws AppError 404 for one that does not exist, and for somebody else's */
  async function own(principal: Principal, id: string): Promise<ViewRecord> {
    const view = await store.findById(toUuid(id));
    if (view === undefined || (view.projectId === undefined && view.ownerId !== ownerOf(principal))) {
      throw notFound('This view');
    }
    return view;
  }

  async function seen(principal: Principal, type: ViewContent['type'] | undefined): Promise<ViewRecord[]> {
    if (principal.kind === 'system') return [];
    const { fleet, projects } = await access.visibleScope(principal, permission);
    return store.list(ownerOf(principal), fleet ? 'all' : projects, type);
  }

  return {
    /** Where the permission to touch a view is asked. */
    async placeOf(id: string): Promise<'any' | PermissionTarget> {
      const view = await store.findById(toUuid(id));
      if (view === undefined) throw notFound('This view');
      return view.projectId === undefined ? 'any' : { projectId: fromUuid('prj', view.projectId) };
    },

    async list(principal: Principal, type: ViewContent['type'] | undefined): Promise<{ items: SavedView[] }> {
      return { items: (await seen(principal, type)).map((view) => toView(principal, view)) };
    },

    async create(
      actor: Actor,
      input: { name: string; content: ViewContent; projectId?: string | undefined },
    ): Promise<SavedView> {
      const { name, content, projectId } = input;
      const { principal } = actor;
      const ownerId = ownerOf(principal);
      const id = newId('viw');
      const target = projectId === undefined ? 'any' : { projectId };
      return access.mutate({ actor, permission, target }, async (tx) => {
        if ((await store.count(tx, ownerId)) >= maxViews) {
          const detail = `You have ${maxViews} saved views. Delete one first.`;
          throw conflict('too_many_views', detail);
        }
        const made = await store.insert(tx, {
          id: toUuid(id),
          ownerId,
          projectId: projectId === undefined ? undefined : toUuid(projectId),
          name,
          content,
        });
        if (made === undefined) throw nameTaken(name);
        return { value: toView(principal, made), audit: [recordOf(made, undefined)] };
      });
    },

    async update(
      actor: Actor,
      id: string,
      input: { name: string; content: ViewContent; revision: number },
    ): Promise<SavedView> {
      const before = await own(actor.principal, id);
      if (before.content.type !== input.content.type) {
        throw invalid('invalid_input', 'A list stays a list, a cluster set a cluster set.', '/content/type');
      }
      return access.mutate({ actor, permission, target: await this.placeOf(id) }, async (tx) => {
        const after = await store.update(tx, before.id, input);
        if (after === 'name_taken') throw nameTaken(input.name);
        if (after === 'changed') {
          throw new AppError(
            'conflict',
            409,
            'Somebody changed it since you read it. Read it again, then change that.',
          );
        }
        return { value: toView(actor.principal, after), audit: [recordOf(after, before)] };
      });
    },

    async delete(actor: Actor, id: string): Promise<void> {
      const view = await own(actor.principal, id);
      await access.mutate({ actor, permission, target: await this.placeOf(id) }, async (tx) => {
        await store.delete(tx, view.id);
        return { value: undefined, audit: [recordOf(undefined, view)] };
      });
    },

    /** Deletes what accounts that are gone kept for themselves. Gives how many views that were. */
    async sweep(): Promise<number> {
      let deleted = 0;
      let after = firstUuid;
      for (;;) {
        const owners = await store.owners(after, sweptAtOnce);
        if (owners.length === 0) return deleted;
        const known = await accounts.describe(owners);
        const gone = owners.filter((owner) => !known.has(owner));
        if (gone.length > 0) deleted += await store.deleteOwned(gone);
        after = owners.at(-1) ?? after;
      }
    },

    /** Selectors of the cluster set with this name: one's own before those of projects. */
    async clusterSet(principal: Principal, name: string): Promise<readonly Record<string, string>[] | undefined> {
      const found = (await seen(principal, 'cluster_set')).find((view) => view.name === name);
      return found?.content.type === 'cluster_set' ? found.content.selectors : undefined;
    },
  };
}

function ownerOf(principal: Principal): string {
  if (principal.kind === 'system') throw new AppError('forbidden', 403, 'Built-in actors keep no views.');
  return toUuid(principal.id);
}

function nameTaken(name: string): AppError {
  const detail = `There is a view ${name} already. Take another name, or change that one.`;
  return conflict('name_taken', detail, [{ pointer: '/name', code: 'name_taken', detail }]);
}

function recordOf(after: ViewRecord | undefined, before: ViewRecord | undefined) {
  const view = after ?? before;
  return {
    action: permission,
    target: {
      kind: 'view',
      ...(view === undefined ? {} : { id: fromUuid('viw', view.id), name: view.name }),
      ...(view?.projectId === undefined ? {} : { project: view.projectId }),
    },
    changes: (['name', 'content'] as const)
      .filter((field) => JSON.stringify(before?.[field]) !== JSON.stringify(after?.[field]))
      .map((field) => ({
        path: field,
        ...(before === undefined ? {} : { before: before[field] }),
        ...(after === undefined ? {} : { after: after[field] }),
      })),
  } as const;
}

function toView(principal: Principal, view: ViewRecord): SavedView {
  return {
    id: fromUuid('viw', view.id),
    name: view.name,
    content: view.content,
    ...(view.projectId === undefined ? {} : { projectId: fromUuid('prj', view.projectId) }),
    mine: view.ownerId === ownerOf(principal),
    revision: view.revision,
    updatedAt: view.updatedAt.toISOString(),
  };
}
