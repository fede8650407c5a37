import type { Token } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { tokensAttention } from './tokens.attention.ts';

const token = (change: Partial<Token>): Token => ({
  id: 'tok_1',
  kind: 'service',
  name: 'nightly report',
  prefix: 'qds_abcdef',
  owner: { kind: 'service-account', id: 'sva_1', name: 'reports' },
  limits: { permissions: ['audit:read'] },
  state: 'ending',
  createdAt: '2026-11-01T00:00:00Z',
  expiresAt: '2026-12-01T00:00:00Z',
  endsInDays: 5,
  ...change,
});

describe('tokens that need somebody', () => {
  it('say whose they are, when they end and where to replace them', () => {
    expect(tokensAttention([token({})])).toMatchObject([
      { subject: 'nightly report', cause: 'The token ends in 5 days. Replace it', to: '/access/tokens?peek=sva_1' },
    ]);
    const mine = token({ owner: { kind: 'user', id: 'usr_1', name: 'li.wei' }, endsInDays: 0 });
    expect(tokensAttention([mine])).toMatchObject([{ cause: 'The token ends today. Replace it', to: '/profile' }]);
  });

  it('are not those that were made for a few days', () => {
    expect(tokensAttention([token({ createdAt: '2026-11-24T00:00:00Z' })])).toEqual([]);
  });
});
