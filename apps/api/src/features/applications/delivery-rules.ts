import type {
  DeliveryPolicy,
  EnvironmentDelivery,
  Freeze,
  ImagePin,
  Occurrence,
  Recurrence,
  ReleaseStrategy,
  Strategy,
} from '@quarterdeck/contracts';
import type { Queryable, Transaction } from '@quarterdeck/database';
import { AppError, invalid, notFound } from '../../platform/errors.ts';
import { type Actor, type PermissionTarget, type Principal, principalName } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import { changedMeanwhile, lastChange } from './changed-meanwhile.ts';
import { defaultPolicy, everythingAtOnce, underPolicy } from './delivery-policy.ts';
import type { DeliveryRulesStore, FreezeRecord } from './delivery-rules.store.ts';
import { type Frozen, frozenAt } from './freeze-window.ts';
import { comingUp, type Span } from './recurrence.ts';

export type FreezeChange = Pick<FreezeRecord, 'name' | 'tiers' | 'recurrence' | 'holdsRollbacks'>;
export type NewFreeze = FreezeChange & { projectId?: string | undefined; environmentId?: string | undefined };

/** What may be decided of an environment; what is left out stays as it is. */
export type DeliveryChange = {
  strategies: Strategy[];
  policy?: DeliveryPolicy | undefined;
  pin?: ImagePin | undefined;
  /** The one that was read. */
  revision: number;
};

/** How an environment is deployed to: its policy and strategies, and when nothing starts there. */
export interface DeliveryRules {
  deliveryOf(environmentId: string): Promise<EnvironmentDelivery>;
  /**
   * A strategy by its name, under the environment's policy; without a name the first, and everything at once when it
   * has none.
   * @throws AppError 422 `unknown_strategy`
   */
  strategy(environmentId: string, name: string | undefined): Promise<ReleaseStrategy>;
  /** What becomes of a tag whose registry does not answer. */
  pinOf(environmentId: string): Promise<ImagePin>;
  /** @throws AppError 409 `delivery_changed` when `revision` is not the newest any more */
  putDelivery(actor: Actor, environmentId: string, change: DeliveryChange): Promise<EnvironmentDelivery>;
  /** The window that holds an environment at a time, ms since 1970. */
  frozenAt(
    on: Queryable,
    place: { projectId: string; environmentId: string; tier: string },
    now: number,
  ): Promise<Frozen | undefined>;
  listFreezes(principal: Principal): Promise<Freeze[]>;
  /** @throws AppError 422 `freeze_never` for one that is over, or never comes */
  addFreeze(actor: Actor, freeze: NewFreeze): Promise<Freeze>;
  /**
   * Where it is, it stays.
   * @throws AppError 422 `freeze_never`, 409 `freeze_changed` when `revision` is not the newest any more
   */
  changeFreeze(actor: Actor, id: string, change: FreezeChange & { revision: number }): Promise<Freeze>;
  /** When it would hold. @throws AppError 422 `freeze_never` */
  previewFreeze(recurrence: Recurrence): Occurrence[];
  /** @throws AppError 409 `freeze_changed` when a revision is named and is not the newest any more */
  removeFreeze(actor: Actor, id: string, revision?: number): Promise<void>;
  /** What changing an environment, or a window, is checked against. @throws AppError `not_found` */
  placeOf(environmentId: string): Promise<PermissionTarget>;
  placeOfFreeze(id: string): Promise<PermissionTarget | 'fleet'>;
}

export function createDeliveryRules(deps: {
  access: Access;
  store: DeliveryRulesStore;
  /** Releases that a freeze held may go on; `releases` stands to our right and fills this port. */
  freezesChanged: (tx: Transaction) => Promise<void>;
}): DeliveryRules {
  const { access, store } = deps;

  async function environment(id: string, on?: Queryable) {
    const found = await access.projects.findEnvironment(id, on);
    if (found === undefined) throw notFound('This environment');
    return found;
  }

  async function freeze(id: string, on?: Queryable): Promise<FreezeRecord> {
    const found = await store.findFreeze(id, on);
    if (found === undefined) throw notFound('This freeze window');
    return found;
  }

  async function deliveryOf(environmentId: string, on?: Queryable): Promise<EnvironmentDelivery> {
    const [{ tier }, { policy, changedBy, changedAt, ...delivery }] = await Promise.all([
      environment(environmentId, on),
      store.deliveryOf(environmentId, on),
    ]);
    return { policy: policy ?? defaultPolicy(tier), ...delivery, ...lastChange(changedBy, changedAt) };
  }

  return {
    deliveryOf: (environmentId) => deliveryOf(environmentId),

    async strategy(environmentId, name) {
      const { policy, strategies } = await deliveryOf(environmentId);
      const found =
        name === undefined
          ? (strategies[0] ?? everythingAtOnce)
          : strategies.find((strategy) => strategy.name === name);
      if (found !== undefined) return underPolicy(found, policy);
      const detail =
        strategies.length === 0
          ? 'This environment has no strategies: leave the field out.'
          : `This environment has no strategy ${name}. It has ${strategies.map((strategy) => strategy.name).join(', ')}.`;
      throw new AppError('unknown_strategy', 422, detail, {
        errors: [{ pointer: '/strategy', code: 'unknown_strategy', detail }],
      });
    },

    pinOf: async (environmentId) => (await store.deliveryOf(environmentId)).pin,

    async putDelivery(actor, environmentId, { strategies, policy, pin, revision }) {
      const { projectId, name } = await environment(environmentId);
      const target = { projectId, environmentId };
      return access.mutate({ actor, permission: 'environments:manage', target }, async (tx) => {
        const before = await deliveryOf(environmentId, tx);
        const changedBy = principalName(actor.principal);
        if (!(await store.putDelivery(tx, environmentId, { strategies, policy, pin, revision, changedBy }))) {
          const now = await deliveryOf(environmentId, tx);
          throw changedMeanwhile('delivery_changed', `how ${name} is deployed to`, now, revision);
        }
        const after = await deliveryOf(environmentId, tx);
        return {
          value: after,
          audit: [
            {
              action: 'environments:manage',
              target: { kind: 'environment', id: environmentId, name, project: projectId, environment: environmentId },
              changes: [
                { path: 'strategies', before: before.strategies, after: after.strategies },
                ...(policy === undefined ? [] : [{ path: 'policy', before: before.policy, after: policy }]),
                ...(pin === undefined || pin === before.pin ? [] : [{ path: 'pin', before: before.pin, after: pin }]),
              ],
            },
          ],
        };
      });
    },

    async frozenAt(on, place, now) {
      return frozenAt(await store.freezesFor(on, place), now);
    },

    async listFreezes(principal) {
      const visible = await access.visibleScope(principal, 'environments:read');
      return (await store.freezes(visible)).map((record) => toView(record, Date.now()));
    },

    async addFreeze(actor, input) {
      const owner = input.environmentId === undefined ? undefined : await environment(input.environmentId);
      const projectId = owner?.projectId ?? input.projectId;
      const target =
        projectId === undefined
          ? 'fleet'
          : { projectId, ...(input.environmentId === undefined ? {} : { environmentId: input.environmentId }) };
      mustCome(input.recurrence);
      return access.mutate({ actor, permission: 'environments:manage', target }, async (tx) => {
        const record = await store.addFreeze(tx, {
          ...input,
          projectId,
          environmentId: input.environmentId,
          createdBy: principalName(actor.principal),
        });
        return {
          value: toView(record, Date.now()),
          audit: [audited(record, [{ path: 'recurrence', after: input.recurrence }])],
        };
      });
    },

    async changeFreeze(actor, id, change) {
      mustCome(change.recurrence);
      const target = await this.placeOfFreeze(id);
      return access.mutate({ actor, permission: 'environments:manage', target }, async (tx) => {
        const before = await freeze(id, tx);
        const after = await store.changeFreeze(tx, id, { ...change, changedBy: principalName(actor.principal) });
        if (after === undefined) throw freezeChanged(await freeze(id, tx), change.revision);
        await deps.freezesChanged(tx);
        const changed = (['name', 'tiers', 'recurrence', 'holdsRollbacks'] as const).filter(
          (field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]),
        );
        const changes = changed.map((path) => ({ path, before: before[path], after: after[path] }));
        return { value: toView(after, Date.now()), audit: [audited(after, changes)] };
      });
    },

    previewFreeze: (recurrence) => mustCome(recurrence).map(toOccurrence),

    async removeFreeze(actor, id, revision) {
      const target = await this.placeOfFreeze(id);
      await access.mutate({ actor, permission: 'environments:manage', target }, async (tx) => {
        const record = await freeze(id, tx);
        if (!(await store.removeFreeze(tx, id, revision))) throw freezeChanged(await freeze(id, tx), revision);
        await deps.freezesChanged(tx);
        return { value: undefined, audit: [audited(record, [{ path: 'recurrence', before: record.recurrence }])] };
      });
    },

    async placeOf(environmentId) {
      const { projectId } = await environment(environmentId);
      return { projectId, environmentId };
    },

    async placeOfFreeze(id) {
      const { projectId, environmentId } = await freeze(id);
      if (projectId === undefined) return 'fleet';
      return { projectId, ...(environmentId === undefined ? {} : { environmentId }) };
    },
  };
}

/** Whoever freezes something that is over has mistyped a date. */
function mustCome(recurrence: Recurrence): Span[] {
  const next = comingUp(recurrence, Date.now());
  if (next.length > 0) return next;
  throw invalid(
    'freeze_never',
    'This freeze would never hold from now on: its time is over, or its rule has no day. Look at the dates.',
    recurrence.rule === undefined ? '/recurrence/ends' : '/recurrence/rule',
  );
}

const toOccurrence = ({ from, to }: Span): Occurrence => ({
  from: new Date(from).toISOString(),
  to: new Date(to).toISOString(),
});

const freezeChanged = (now: FreezeRecord, read: number | undefined) =>
  changedMeanwhile('freeze_changed', `the freeze ${now.name}`, now, read);

function audited(
  freeze: Pick<FreezeRecord, 'id' | 'name' | 'projectId' | 'environmentId'>,
  changes: { path: string; before?: unknown; after?: unknown }[],
) {
  return {
    action: 'environments:manage',
    target: {
      kind: 'freeze-window',
      id: freeze.id,
      name: freeze.name,
      ...(freeze.projectId === undefined ? {} : { project: freeze.projectId }),
      ...(freeze.environmentId === undefined ? {} : { environment: freeze.environmentId }),
    },
    changes,
  };
}

function toView(record: FreezeRecord, now: number): Freeze {
  const frozen = frozenAt([record], now);
  return {
    id: record.id,
    name: record.name,
    ...(record.projectId === undefined ? {} : { projectId: record.projectId }),
    ...(record.environmentId === undefined ? {} : { environmentId: record.environmentId }),
    tiers: record.tiers as Freeze['tiers'],
    recurrence: record.recurrence,
    holdsRollbacks: record.holdsRollbacks,
    createdBy: record.createdBy,
    createdAt: record.createdAt.toISOString(),
    revision: record.revision,
    ...lastChange(record.changedBy, record.changedAt),
    ...(frozen === undefined ? {} : { holdsUntil: new Date(frozen.until).toISOString() }),
    next: comingUp(record.recurrence, now).map(toOccurrence),
  };
}
