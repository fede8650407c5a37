import { randomUUID } from 'node:crypto';
import type { HookSource } from '@quarterdeck/contracts';
import { testSource } from './events/gitlab.ts';
import { signingKeyOf } from './hook-secret.ts';
import type { IncomingDelivery } from './receive-hook.ts';
import { signWebhook } from './sign-webhook.ts';

/** An event in the form of its sender that nothing can be deployed by. */
const bodies: Readonly<Record<HookSource, (id: string, now: Date) => object>> = {
  gitlab: (_id, now) => ({
    object_kind: 'pipeline',
    object_attributes: {
      id: 1,
      ref: 'test',
      tag: false,
      sha: '0'.repeat(40),
      source: testSource,
      status: 'success',
      finished_at: now.toISOString(),
    },
    project: { id: 1, path_with_namespace: 'quarterdeck/test' },
  }),
  distribution: (id, now) => ({ events: [{ id, timestamp: now.toISOString(), action: 'test', target: {} }] }),
  harbor: (id, now) => ({ specversion: '1.0', id, type: 'TEST', time: now.toISOString(), data: {} }),
};

/** A delivery as the sender would make it with this secret, proof included. */
export function testDelivery(source: HookSource, secret: string, now: Date): IncomingDelivery {
  const id = randomUUID();
  const body = Buffer.from(JSON.stringify(bodies[source](id, now)));
  if (source !== 'gitlab') return { headers: { authorization: `Bearer ${secret}` }, body };
  const timestamp = String(Math.floor(now.getTime() / 1000));
  return {
    headers: {
      'x-gitlab-event': 'Pipeline Hook',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signWebhook(signingKeyOf(secret), { id, timestamp, body }),
    },
    body,
  };
}
