import { createHmac } from 'node:crypto';
import { type NoticeInput, type NoticeRequest, refusalInJson } from './notice-message.ts';

/** A custom robot of DingTalk: Markdown with a link, its signature in the address. */
export function dingtalkNotice({ url, signingSecret, at, payload }: NoticeInput): NoticeRequest {
  const address = new URL(url);
  if (signingSecret !== undefined) {
    const timestamp = String(at.getTime());
    address.searchParams.set('timestamp', timestamp);
    address.searchParams.set('sign', dingtalkSign(timestamp, signingSecret));
  }
  const text = `${payload.text} [${payload.release.replaceAll(/[[\]]/g, ' ')}](${payload.url})`;
  return {
    url: address.href,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ msgtype: 'markdown', markdown: { title: payload.text, text } }),
    whyRefused: (body) => refusalInJson(body, ['errcode'], ['errmsg']),
  };
}

/** Time and secret, under the secret as the key. */
export function dingtalkSign(timestamp: string, secret: string): string {
  return createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64');
}
