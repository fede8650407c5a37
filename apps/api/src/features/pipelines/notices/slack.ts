import type { NoticeInput, NoticeRequest } from './notice-message.ts';

/** An incoming webhook of Slack; whoever has its address may write there, so there is nothing to sign. */
export function slackNotice({ url, payload }: NoticeInput): NoticeRequest {
  const text = escaped(payload.text);
  const link = `<${escaped(payload.url)}|${escaped(payload.release)}>`;
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: `${text}\n${link}` } }];
  return {
    url,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text, blocks }),
    whyRefused: (body) => (body.trim() === 'ok' ? undefined : 'it did not answer "ok"'),
  };
}

/** The three characters that mean something to Slack. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
