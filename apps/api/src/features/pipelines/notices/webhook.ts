import { signingKeyOf } from '../hook-secret.ts';
import { signWebhook } from '../sign-webhook.ts';
import type { NoticeInput, NoticeRequest } from './notice-message.ts';

/** Plain JSON for programs, signed as the Standard Webhooks specification says when there is a secret. */
export function webhookNotice({ id, url, signingSecret, at, payload }: NoticeInput): NoticeRequest {
  const { event, ...release } = payload;
  const body = JSON.stringify({ type: `release.${event}`, id, timestamp: at.toISOString(), data: release });
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature: Record<string, string> =
    signingSecret === undefined
      ? {}
      : { 'webhook-signature': signWebhook(signingKeyOf(signingSecret), { id, timestamp, body }) };
  return {
    url,
    headers: { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp, ...signature },
    body,
    whyRefused: () => undefined,
  };
}
