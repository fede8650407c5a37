import type { AuditRecord } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { sentenceOf } from './record-sentence.ts';

const base: AuditRecord = {
  id: 'aud_01h455vb4pex5vsknk084sn02q',
  chain: 0,
  seq: 1,
  at: '2026-11-25T10:00:00.000Z',
  actor: { kind: 'user', id: 'usr_1', display: 'Wang Fang' },
  via: 'session',
  action: '',
  outcome: 'allowed',
  target: { kind: 'release' },
  changes: [],
  hash: '',
};
const say = (record: Partial<AuditRecord>) =>
  sentenceOf({ ...base, ...record }, (id) => (id === 'clu_1' ? 'bj-1' : id));

describe('a record reads as', () => {
  it.each<[string, Partial<AuditRecord>]>([
    [
      'Wang Fang rolled back cart production to #41 in 2 clusters',
      {
        action: 'releases:rollback',
        target: { kind: 'release', name: 'cart production #43' },
        changes: [
          { path: 'rollbackOf', after: 41 },
          { path: 'targets', after: ['bj-1/shop', 'nb-1/shop', 'nb-1/shop-eu'] },
        ],
      },
    ],
    ['Wang Fang signed in', { action: 'identity:self', target: { kind: 'session', id: 'ses_1' } }],
    [
      'Somebody failed to sign in as hmac:0123abcd',
      {
        actor: { kind: 'system', display: 'anonymous' },
        action: 'identity:self',
        outcome: 'failed',
        target: { kind: 'account', name: 'hmac:0123abcd' },
      },
    ],
    [
      'Wang Fang was not allowed to use clusters:remove in bj-1',
      { action: 'clusters:remove', outcome: 'denied', target: { kind: 'permission', id: 'clu_1', cluster: 'clu_1' } },
    ],
    [
      'worker set out to apply cart production #2 in bj-1',
      {
        actor: { kind: 'system', display: 'worker' },
        action: 'releases:create',
        target: { kind: 'run', name: 'cart production #2', cluster: 'clu_1' },
        reason: 'intent',
      },
    ],
    [
      'Wang Fang resumed cart production #2',
      {
        action: 'releases:operate',
        target: { kind: 'release', name: 'cart production #2' },
        changes: [{ path: 'resume', after: true }],
      },
    ],
    [
      'worker set cart #2 to failed',
      {
        actor: { kind: 'system', display: 'worker' },
        action: 'releases:operate',
        target: { kind: 'release', name: 'cart #2' },
        changes: [{ path: 'state', before: 'rolling', after: 'failed' }],
      },
    ],
    [
      'Wang Fang rejected a wave of cart production #2',
      {
        action: 'releases:approve',
        target: { kind: 'release', name: 'cart production #2' },
        changes: [{ path: 'waves/1', after: 'reject' }],
      },
    ],
    [
      'worker was not allowed to go on with cart production #2',
      {
        actor: { kind: 'system', display: 'worker' },
        action: 'releases:operate',
        outcome: 'denied',
        target: { kind: 'release', name: 'cart production #2' },
        changes: [{ path: 'state', before: 'rolling', after: 'paused' }],
      },
    ],
    [
      'Wang Fang paused cluster bj-1',
      {
        action: 'clusters:update',
        target: { kind: 'cluster', name: 'bj-1' },
        changes: [{ path: 'state', before: 'connected', after: 'paused' }],
      },
    ],
    [
      'Wang Fang read the logs of pod cart-1 in bj-1',
      { action: 'workloads:logs', target: { kind: 'pod', name: 'cart-1', cluster: 'clu_1' } },
    ],
    [
      'Wang Fang used network:write on pool blue in bj-1',
      { action: 'network:write', target: { kind: 'pool', name: 'blue', cluster: 'clu_1' } },
    ],
  ])('%s', (sentence, record) => {
    expect(say(record)).toBe(sentence);
  });
});
