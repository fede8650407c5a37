import { AppError } from '../../platform/errors.ts';
import { parseJsonBody } from '../../platform/http/json-body.ts';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import { type Actor, systemActor } from '../../platform/principal.ts';
import type { Audit } from '../audit/index.ts';
import type { DeliveriesStore } from './deliveries.store.ts';
import { dedupeKeyOf, readEvent } from './events/read-event.ts';
import type { HookAtDoor, HooksStore } from './hooks.store.ts';
import type { PipelineSecrets } from './pipeline-secrets.ts';
import { type HookHeaders, verifyHook } from './verify-hook.ts';

export type IncomingDelivery = { headers: HookHeaders; body: Buffer };
export type Received = { id: string; duplicate: boolean } | { refused: 'hook_unverified' | 'hook_too_old' };

export type HookDoor = {
  /** `undefined` for one that there is not, or that is off: a stranger cannot tell. */
  find(id: string): Promise<HookAtDoor | undefined>;
  /**
   * Verifies, then parses, then keeps. What is done about it is done later, by a worker.
   * @throws AppError for verified bytes that are no JSON
   */
  receive(hook: HookAtDoor, delivery: IncomingDelivery): Promise<Received>;
  /** One record a minute for each reason, counted: somebody knocks at the hook without its secret, or with too much. */
  rejected(hook: HookAtDoor, code: string, ip: string): Promise<void>;
};

/** Headers that tell what a delivery is; none that prove it. */
const keptHeaders = [
  'content-type',
  'user-agent',
  'x-gitlab-event',
  'x-gitlab-event-uuid',
  'x-gitlab-instance',
  'x-gitlab-webhook-uuid',
  'webhook-id',
  'webhook-timestamp',
  'idempotency-key',
];

/** From row to row: the same path for events of the network and for test events. */
export function createHookDoor(deps: {
  store: HooksStore;
  deliveries: DeliveriesStore;
  secrets: PipelineSecrets;
  audit: Audit;
}): HookDoor {
  const { store, deliveries, secrets, audit } = deps;
  return {
    find: (id) => store.atDoor(toUuid(id)),

    async receive(hook, { headers, body }) {
      const secret = secrets.openHook(hook.id, hook.sealed_secret);
      const { source, require_signature: requireSignature, now } = hook;
      const proof = verifyHook({ source, secret, requireSignature, headers, body, now });
      if ('refused' in proof) return proof;
      const content = parseJsonBody(body.toString('utf8'));
      const kept = await deliveries.insert({
        id: toUuid(newId('dlv')),
        project_id: hook.project_id,
        hook_id: hook.id,
        source,
        dedupe_key: dedupeKeyOf(source, headers, content, body),
        event: readEvent(source, content).event.slice(0, 200),
        headers: withoutProof(headers),
        body,
        replayable: proof.replayable,
      });
      return { id: fromUuid('dlv', kept.id), duplicate: kept.duplicate };
    },

    async rejected(hook, code, ip) {
      const id = fromUuid('hok', hook.id);
      await Promise.all([
        store.noteRejection(hook.id),
        // Without the address of the sender, of which there may be many: the record is one a minute all the same.
        audit.recordDenial(stranger, {
          action: 'pipelines:deploy',
          outcome: 'denied',
          code,
          target: { kind: 'hook', id, name: hook.name, project: fromUuid('prj', hook.project_id) },
          reason: `First from ${ip}.`,
        }),
      ]);
    },
  };
}

/** 401 for what does not prove itself, in words that tell the owner of the hook what to look at. */
export function refusalOf(code: 'hook_unverified' | 'hook_too_old'): AppError {
  return code === 'hook_too_old'
    ? new AppError(code, 401, 'The signature is right and older than 5 minutes, or from the future. Check the clocks.')
    : new AppError(
        code,
        401,
        'The signature or token is not the one of this hook. Copy its secret to the sender again.',
      );
}

const stranger: Actor = { ...systemActor('anonymous', []), via: 'anonymous' };

function withoutProof(headers: HookHeaders): Record<string, string> {
  return Object.fromEntries(
    keptHeaders.flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value.slice(0, 500)]] : [];
    }),
  );
}
