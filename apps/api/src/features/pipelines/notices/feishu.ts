import { createHmac } from 'node:crypto';
import { type NoticeInput, type NoticeRequest, refusalInJson } from './notice-message.ts';

/** A custom bot of Feishu (Lark): a post with a link, its signature in the body. */
export function feishuNotice({ url, signingSecret, at, payload }: NoticeInput): NoticeRequest {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const content = [
    [
      { tag: 'text', text: `${payload.text} ` },
      { tag: 'a', text: payload.release, href: payload.url },
    ],
  ];
  const message = { msg_type: 'post', content: { post: { zh_cn: { title: 'Quarterdeck', content } } } };
  const proof = signingSecret === undefined ? {} : { timestamp, sign: feishuSign(timestamp, signingSecret) };
  return {
    url,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...proof, ...message }),
    whyRefused: (body) => refusalInJson(body, ['code', 'StatusCode'], ['msg', 'StatusMessage']),
  };
}

/** The HMAC-SHA256 of nothing, with time and secret as its key. */
export function feishuSign(timestamp: string, secret: string): string {
  return createHmac('sha256', `${timestamp}\n${secret}`).update('').digest('base64');
}
