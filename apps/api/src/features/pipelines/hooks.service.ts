import type { createHook, HandlerInput, Hook, updateHook } from '@quarterdeck/contracts';
import type { Transaction } from '@quarterdeck/database';
import { AppError, conflict, invalid, notFound } from '../../platform/errors.ts';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import type { Actor, PermissionTarget, Principal } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { AuditChange } from '../audit/index.ts';
import type { ConnectionsStore } from './connections.store.ts';
import { newHookSecret } from './hook-secret.ts';
import { type HookRow, type HooksStore, hooksList } from './hooks.store.ts';
import type { PipelineSecrets } from './pipeline-secrets.ts';
import type { ListQuery, ProjectLists } from './project-lists.ts';
import type { HookDoor } from './receive-hook.ts';
import { testDelivery } from './test-delivery.ts';

const permission = 'pipelines:manage';

export type Hooks = ReturnType<typeof createHooks>;

/** Addresses for events. The secret of one is said once, when it is made or changed. */
export function createHooks(deps: {
  access: Access;
  store: HooksStore;
  connections: ConnectionsStore;
  secrets: PipelineSecrets;
  lists: ProjectLists;
  door: HookDoor;
  /** The public address of this installation. */
  origin: string;
}) {
  const { access, store, connections, secrets, lists, door, origin } = deps;

  async function own(id: string): Promise<HookRow> {
    const row = await store.findById(toUuid(id));
    if (row === undefined) throw notFound('This hook');
    return row;
  }

  async function change(
    actor: Actor,
    hook: Pick<HookRow, 'id' | 'project_id' | 'name'>,
    changes: readonly AuditChange[],
    work: (tx: Transaction) => Promise<void>,
  ): Promise<void> {
    const projectId = fromUuid('prj', hook.project_id);
    const target = { kind: 'hook', id: fromUuid('hok', hook.id), name: hook.name, project: projectId };
    await access.mutate({ actor, permission, target: { projectId } }, async (tx) => {
      await work(tx);
      return { value: undefined, audit: [{ action: permission, target, changes }] };
    });
  }

  function toView(row: HookRow): Hook {
    return {
      id: fromUuid('hok', row.id),
      projectId: fromUuid('prj', row.project_id),
      project: row.project,
      source: row.source,
      name: row.name,
      url: `${origin}/api/v1/hooks/${fromUuid('hok', row.id)}`,
      ...(row.connection_id === null ? {} : { connectionId: fromUuid('con', row.connection_id) }),
      ...(row.connection === null ? {} : { connection: row.connection }),
      ...(row.registry === null ? {} : { registry: row.registry }),
      requireSignature: row.require_signature,
      enabled: row.enabled,
      ...(row.last_delivery_at === null ? {} : { lastDeliveryAt: row.last_delivery_at.toISOString() }),
      deliveriesToday: row.today,
      ...(row.last_rejected_at === null ? {} : { lastRejectedAt: row.last_rejected_at.toISOString() }),
      createdAt: row.created_at.toISOString(),
    };
  }

  return {
    async placeOf(id: string): Promise<PermissionTarget> {
      return { projectId: fromUuid('prj', (await own(id)).project_id) };
    },

    async list(principal: Principal, query: ListQuery) {
      const { rows, ...page } = await lists.page<HookRow>(principal, hooksList, query);
      return { items: rows.map(toView), ...page };
    },

    async create(
      actor: Actor,
      input: HandlerInput<typeof createHook>['body'],
    ): Promise<{ hook: Hook; secret: string }> {
      const id = newId('hok');
      const secret = newHookSecret();
      const row = {
        id: toUuid(id),
        project_id: toUuid(input.projectId),
        connection_id: input.source === 'gitlab' ? toUuid(input.connectionId) : null,
        source: input.source,
        name: input.name,
        registry: input.source === 'gitlab' ? null : input.registry,
        sealed_secret: secrets.sealHook(toUuid(id), secret),
        require_signature: input.source === 'gitlab' && input.requireSignature === true,
      };
      const changes = [
        { path: 'source', after: input.source },
        { path: 'from', after: input.source === 'gitlab' ? input.connectionId : input.registry },
      ];
      await change(actor, row, changes, async (tx) => {
        if (row.connection_id !== null) {
          const connection = await connections.findById(row.connection_id, tx);
          if (connection?.project_id !== row.project_id || connection.kind !== 'gitlab') {
            throw invalid('unknown_connection', 'The project has no such GitLab connection.', '/connectionId');
          }
        }
        if ((await store.insert(tx, row)) === 'name_taken') throw nameTaken(input.name);
      });
      return { hook: toView(await own(id)), secret };
    },

    async update(actor: Actor, id: string, input: HandlerInput<typeof updateHook>['body']): Promise<Hook> {
      const before = await own(id);
      const after = {
        name: input.name ?? before.name,
        enabled: input.enabled ?? before.enabled,
        require_signature: input.requireSignature ?? before.require_signature,
      };
      if (after.require_signature && before.source !== 'gitlab') {
        throw invalid('invalid_input', 'Only GitLab signs what it sends.', '/requireSignature');
      }
      const changes = Object.entries(input).map(([path, value]) => ({ path, after: value }));
      await change(actor, before, changes, async (tx) => {
        if ((await store.update(tx, before.id, after)) === 'name_taken') throw nameTaken(after.name);
      });
      return toView(await own(id));
    },

    async rotate(actor: Actor, id: string): Promise<{ hook: Hook; secret: string }> {
      const row = await own(id);
      const secret = newHookSecret();
      await change(actor, row, [{ path: 'secret', after: 'changed' }], (tx) =>
        store.replaceSecret(tx, row.id, secrets.sealHook(row.id, secret)),
      );
      return { hook: toView(row), secret };
    },

    async remove(actor: Actor, id: string): Promise<void> {
      const row = await own(id);
      await change(actor, row, [{ path: 'deleted', after: true }], (tx) => store.remove(tx, row.id));
    },

    /** Goes the whole way that an event of the sender goes, signature and all, so it shows what would happen. */
    async test(actor: Actor, id: string): Promise<{ deliveryId: string }> {
      const row = await own(id);
      if (!row.enabled) throw conflict('hook_disabled', `${row.name} is off: it takes nothing. Turn it on first.`);
      await change(actor, row, [{ path: 'test', after: true }], async () => {});
      const hook = await door.find(id);
      if (hook === undefined) throw notFound('This hook');
      const answer = await door.receive(
        hook,
        testDelivery(row.source, secrets.openHook(row.id, row.sealed_secret), hook.now),
      );
      if ('refused' in answer) throw new AppError('internal', 500, 'The hook refused an event of its own.');
      return { deliveryId: answer.id };
    },
  };
}

function nameTaken(name: string): AppError {
  return conflict('name_taken', `The project has a hook named ${name}.`, [
    { pointer: '/name', code: 'name_taken', detail: 'Choose another name.' },
  ]);
}
