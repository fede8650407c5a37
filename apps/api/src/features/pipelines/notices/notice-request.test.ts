import { describe, expect, it } from 'vitest';
import { newHookSecret } from '../hook-secret.ts';
import { verifyHook } from '../verify-hook.ts';
import { dingtalkSign } from './dingtalk.ts';
import { feishuSign } from './feishu.ts';
import { noticeRequest } from './notice-request.ts';

const at = new Date('2026-11-25T10:00:00Z');
const payload = {
  event: 'failed',
  text: 'shop/web prod #42 has failed. 1 of 3 clusters healthy, 2 failed.',
  release: 'shop/web prod #42',
  url: 'https://quarterdeck.example.com/applications/shop/web/prod/releases/42',
};
const input = { id: 'eff_1', url: 'https://hooks.example.com/x?access_token=t', signingSecret: undefined, at, payload };

describe('a notice', () => {
  it('to a program is JSON, signed so that it could come in at a hook of ours', () => {
    const signingSecret = newHookSecret();
    const { headers, body } = noticeRequest('webhook', { ...input, signingSecret });
    expect(JSON.parse(body)).toMatchObject({ type: 'release.failed', id: 'eff_1', data: { release: payload.release } });
    const attempt = { source: 'gitlab', secret: signingSecret, requireSignature: true, headers, now: at } as const;
    expect(verifyHook({ ...attempt, body: Buffer.from(body) })).toEqual({ replayable: false });
    expect(verifyHook({ ...attempt, body: Buffer.from(`${body} `) })).toEqual({ refused: 'hook_unverified' });
  });

  it('to Slack is a text with a link, in which names mean nothing', () => {
    const { body, whyRefused } = noticeRequest('slack', {
      ...input,
      payload: { ...payload, text: 'a <!channel> & b' },
    });
    expect(JSON.parse(body)).toMatchObject({
      text: 'a &lt;!channel&gt; &amp; b',
      blocks: [{ type: 'section', text: { type: 'mrkdwn', text: expect.stringContaining(`<${payload.url}|`) } }],
    });
    expect([whyRefused('ok'), whyRefused('invalid_payload')]).toEqual([undefined, 'it did not answer "ok"']);
  });

  it('to Feishu carries its signature in the body, and a code other than 0 is a refusal', () => {
    const { body, whyRefused } = noticeRequest('feishu', { ...input, signingSecret: 'demo' });
    expect(JSON.parse(body)).toMatchObject({
      timestamp: '1795600800',
      sign: feishuSign('1795600800', 'demo'),
      msg_type: 'post',
    });
    // From the formula of its documentation, with openssl.
    expect(feishuSign('1599360473', 'demo')).toBe('l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=');
    expect(whyRefused('{"code":0,"msg":"success"}')).toBeUndefined();
    expect(whyRefused('{"StatusCode":0,"StatusMessage":"success"}')).toBeUndefined();
    expect(whyRefused('{"code":19021,"msg":"sign match fail or timestamp is not within one hour"}')).toMatch(
      /19021 \(sign/,
    );
  });

  it('to DingTalk carries its signature in the address, and an errcode other than 0 is a refusal', () => {
    const { url, body, whyRefused } = noticeRequest('dingtalk', { ...input, signingSecret: 'SECdemo' });
    const search = new URL(url).searchParams;
    expect(search.get('access_token')).toBe('t');
    expect(search.get('sign')).toBe(dingtalkSign(String(at.getTime()), 'SECdemo'));
    // From the formula of its documentation, with openssl.
    expect(dingtalkSign('1573344000000', 'this is secret')).toBe('wpQvbdWr/yazkxihiJEHQNIdTlAYZdsKuJDg7jL6Yik=');
    expect(JSON.parse(body)).toMatchObject({ msgtype: 'markdown', markdown: { title: payload.text } });
    expect([
      whyRefused('{"errcode":0,"errmsg":"ok"}'),
      whyRefused('{"errcode":310000,"errmsg":"sign not match"}'),
    ]).toEqual([undefined, 'it refused with code 310000 (sign not match)']);
    expect(whyRefused('<html>')).toMatch(/not JSON/);
  });
});
