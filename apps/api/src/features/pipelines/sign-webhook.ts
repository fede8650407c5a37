import { createHmac } from 'node:crypto';

/**
 * A signature as the Standard Webhooks specification writes it and GitLab uses it: `v1,` and the base64 of the
 * HMAC-SHA256 over id, time in seconds and the raw body, joined by dots.
 */
export function signWebhook(key: Buffer, message: { id: string; timestamp: string; body: string | Buffer }): string {
  const hmac = createHmac('sha256', key).update(`${message.id}.${message.timestamp}.`).update(message.body);
  return `v1,${hmac.digest('base64')}`;
}
