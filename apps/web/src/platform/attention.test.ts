import { describe, expect, it } from 'vitest';
import { type Attention, byUrgency } from './attention.ts';

const need = (subject: string, change: Partial<Attention> = {}): Attention => ({
  key: subject,
  severity: 'failed',
  subject,
  where: '',
  cause: '',
  since: '2026-11-25T12:00:00.000Z',
  to: '/',
  ...change,
});

describe('what needs attention', () => {
  it('comes worst first, then our own, then what began last', () => {
    const needs = [
      need('old'),
      need('slow', { severity: 'degraded', own: true }),
      need('new', { since: '2026-11-25T12:30:00.000Z' }),
      need('ours', { own: true, since: undefined }),
    ];
    expect(needs.toSorted(byUrgency).map(({ subject }) => subject)).toEqual(['ours', 'new', 'old', 'slow']);
  });
});
