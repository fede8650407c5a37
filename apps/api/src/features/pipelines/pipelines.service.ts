import type { Delivery, OutboundEffect } from '@quarterdeck/contracts';
import { conflict, notFound } from '../../platform/errors.ts';
import { fromUuid, toUuid } from '../../platform/ids.ts';
import type { Actor, PermissionTarget } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { BuildTrust } from './build-trust.ts';
import type { Connections } from './connections.service.ts';
import type { ConnectionRow, ConnectionsStore } from './connections.store.ts';
import type { EffectDelivery } from './deliver-effects.ts';
import type { DeliveriesStore, WholeDelivery } from './deliveries.store.ts';
import type { EffectRow, EffectsStore } from './effects.store.ts';
import { type GitLab, GitLabError } from './gitlab-client.ts';
import { effectView, type PipelinesReadModel } from './pipelines.read-model.ts';
import type { Registries } from './registries.ts';

const shownBytes = 65_536;

export type Pipelines = ReturnType<typeof createPipelines>;

/** What people do about events and messages: look at one, process it again, send it again, try a connection. */
export function createPipelines(deps: {
  access: Access;
  deliveries: DeliveriesStore;
  effects: EffectsStore;
  readModel: PipelinesReadModel;
  connections: Connections;
  connectionsStore: ConnectionsStore;
  delivery: EffectDelivery;
  gitlab: GitLab;
  trust: BuildTrust;
  registries: Registries;
}) {
  const { access, deliveries, effects, readModel, connections, connectionsStore, delivery, gitlab, trust, registries } =
    deps;

  async function ownDelivery(id: string): Promise<WholeDelivery> {
    const row = await deliveries.findById(toUuid(id));
    if (row === undefined) throw notFound('This delivery');
    return row;
  }

  async function ownEffect(id: string): Promise<EffectRow> {
    const row = await effects.findById(toUuid(id));
    if (row === undefined) throw notFound('This message');
    return row;
  }

  async function tried(row: ConnectionRow): Promise<{ ok: boolean; detail: string }> {
    if (row.kind === 'registry') return registries.test(fromUuid('prj', row.project_id), row);
    if (row.kind === 'gitlab') {
      const reached = await trust.accessOf(row.id);
      if (reached === undefined) {
        return {
          ok: true,
          detail: 'Without an access token GitLab is not asked and not told anything; its hooks work.',
        };
      }
      try {
        return {
          ok: true,
          detail: `${row.address} answers as GitLab ${await gitlab.version(reached)}, and knows the token.`,
        };
      } catch (error) {
        if (error instanceof GitLabError) return { ok: false, detail: error.message };
        throw error;
      }
    }
    const payload = {
      event: 'test',
      at: new Date().toISOString(),
      text: `A test of the channel ${row.name}: notices of project ${row.project} arrive here.`,
      release: row.project,
      url: connections.pageOf(row.project),
    };
    const sent = await delivery.notify(row, fromUuid('con', row.id), payload);
    return sent.outcome === 'delivered'
      ? { ok: true, detail: `${row.address} took the test notice.` }
      : { ok: false, detail: sent.detail };
  }

  return {
    async placeOfDelivery(id: string): Promise<PermissionTarget> {
      return { projectId: fromUuid('prj', (await ownDelivery(id)).project_id) };
    },

    async placeOfEffect(id: string): Promise<PermissionTarget> {
      return { projectId: fromUuid('prj', (await ownEffect(id)).project_id) };
    },

    async delivery(id: string) {
      const row = await ownDelivery(id);
      const [shown] = await readModel.withCandidates([row]);
      return {
        ...(shown as Delivery),
        headers: row.headers,
        ...(row.body === null ? {} : { body: row.body.subarray(0, shownBytes).toString('utf8') }),
        bodyIsCut: row.body !== null && row.body.length > shownBytes,
      };
    },

    /** The same bytes by the triggers of now. A release that they made once is not made again. */
    async replay(actor: Actor, id: string): Promise<Delivery> {
      const row = await ownDelivery(id);
      const projectId = fromUuid('prj', row.project_id);
      await access.mutate({ actor, permission: 'pipelines:replay', target: { projectId } }, async (tx) => {
        if (!(await deliveries.replay(tx, row))) {
          throw conflict(
            'body_gone',
            'Its bytes are not kept any more, or it was a call that was answered as it came.',
          );
        }
        const target = { kind: 'delivery', id, name: row.event, project: projectId };
        return { value: undefined, audit: [{ action: 'pipelines:replay', target }] };
      });
      const [shown] = await readModel.withCandidates([await ownDelivery(id)]);
      return shown as Delivery;
    },

    async retry(actor: Actor, id: string): Promise<OutboundEffect> {
      const row = await ownEffect(id);
      if (row.state === 'delivered') throw conflict('effect_delivered', 'This message arrived: it is not sent twice.');
      const projectId = fromUuid('prj', row.project_id);
      await access.mutate({ actor, permission: 'pipelines:manage', target: { projectId } }, async (tx) => {
        await effects.retry(tx, row.id);
        const target = { kind: 'message', id, name: `${row.kind} ${row.phase}`, project: projectId };
        return { value: undefined, audit: [{ action: 'pipelines:manage', target }] };
      });
      return effectView(await ownEffect(id));
    },

    async test(id: string): Promise<{ ok: boolean; detail: string }> {
      const row = await connections.own(id);
      const result = await tried(row);
      await connectionsStore.noteOutcome(row.id, result.ok ? undefined : result.detail);
      return result;
    },
  };
}
