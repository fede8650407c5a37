import { describe, expect, it } from 'vitest';
import { newHookSecret, signingKeyOf } from './hook-secret.ts';
import { signWebhook } from './sign-webhook.ts';
import { type HookAttempt, verifyHook } from './verify-hook.ts';

const secret = newHookSecret();
const now = new Date('2026-11-25T10:00:00Z');
const body = Buffer.from('{"object_kind":"pipeline"}');

function attempt(change: Partial<HookAttempt> = {}): HookAttempt {
  return { source: 'gitlab', secret, requireSignature: false, headers: {}, body, now, ...change };
}

function signed(change: { at?: Date; key?: string; over?: Buffer; id?: string } = {}): HookAttempt['headers'] {
  const id = change.id ?? 'msg_1';
  const timestamp = String(Math.floor((change.at ?? now).getTime() / 1000));
  const signature = signWebhook(signingKeyOf(change.key ?? secret), { id, timestamp, body: change.over ?? body });
  return { 'webhook-id': 'msg_1', 'webhook-timestamp': timestamp, 'webhook-signature': signature };
}

const shifted = (seconds: number) => new Date(now.getTime() + seconds * 1000);

describe('a delivery of GitLab', () => {
  it('is signed as the Standard Webhooks specification says', () => {
    // Written down from the specification's formula with openssl, not from this code.
    expect(
      signWebhook(Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64'), {
        id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        timestamp: '1614265330',
        body: '{"test": 2432232314}',
      }),
    ).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('holds when it is signed, and cannot be sent again later', () => {
    expect(verifyHook(attempt({ headers: signed() }))).toEqual({ replayable: false });
    expect(verifyHook(attempt({ headers: signed({ at: shifted(-290) }) }))).toEqual({ replayable: false });
  });

  it('holds with the plain token, marked as one that can be sent again', () => {
    expect(verifyHook(attempt({ headers: { 'x-gitlab-token': secret } }))).toEqual({ replayable: true });
  });

  it.each([
    ['nothing', {}],
    ['an empty token', { 'x-gitlab-token': '' }],
    ['another token', { 'x-gitlab-token': newHookSecret() }],
    ['the token twice', { 'x-gitlab-token': [secret, secret] }],
    ['another key', signed({ key: newHookSecret() })],
    ['other bytes', signed({ over: Buffer.from('{}') })],
    ['another id', signed({ id: 'msg_2' })],
    ['a time that is none', { ...signed(), 'webhook-timestamp': '1e9' }],
    ['no id', { ...signed(), 'webhook-id': undefined }],
    ['a bad signature beside a good token', { ...signed({ key: newHookSecret() }), 'x-gitlab-token': secret }],
  ])('S41 S42 is refused with %s', (_, headers) => {
    expect(verifyHook(attempt({ headers }))).toEqual({ refused: 'hook_unverified' });
  });

  it.each([[-301], [301], [-86_400]])('S42 is refused when it was signed %i s from now', (seconds) => {
    expect(verifyHook(attempt({ headers: signed({ at: shifted(seconds) }) }))).toEqual({ refused: 'hook_too_old' });
  });

  it('needs a signature where the hook says so', () => {
    const headers = { 'x-gitlab-token': secret };
    expect(verifyHook(attempt({ headers, requireSignature: true }))).toEqual({ refused: 'hook_unverified' });
  });
});

describe('a delivery of a registry', () => {
  it.each([[secret], [`Bearer ${secret}`]])('holds with the header as it was copied', (authorization) => {
    expect(verifyHook(attempt({ source: 'harbor', headers: { authorization } }))).toEqual({ replayable: true });
  });

  it.each([['Bearer '], ['Bearer x'], [''], [`Basic ${secret}`]])('S41 is refused with %j', (authorization) => {
    expect(verifyHook(attempt({ source: 'distribution', headers: { authorization } }))).toEqual({
      refused: 'hook_unverified',
    });
  });
});
