import { describe, expect, it } from 'vitest';
import { verdictOf } from './advisories.mjs';

describe('what the registry says about known holes', () => {
  it('fails by what is high or critical, each with its name', () => {
    const advisories = {
      1: { module_name: 'left', title: 'Prototype pollution', severity: 'high', url: 'https://example.com/1' },
      2: { module_name: 'right', title: 'Slow expression', severity: 'moderate' },
      3: { module_name: 'both', title: 'Runs code', severity: 'critical' },
    };
    expect(verdictOf({ code: 1, output: JSON.stringify({ advisories, metadata: {} }) })).toEqual({
      found: ['left: Prototype pollution (high) https://example.com/1', 'both: Runs code (critical)'],
    });
  });

  it('is clean when it names nothing', () => {
    const output = `a warning before\n${JSON.stringify({ advisories: {}, metadata: {} })}`;
    expect(verdictOf({ code: 0, output })).toEqual({ found: [] });
  });

  it('is no clean bill when it does not answer: why is said', () => {
    const output = 'Error: ERR_PNPM_AUDIT_BAD_RESPONSE\n\n  × The audit endpoint responded with 405:';
    expect(verdictOf({ code: 1, output })).toEqual({ unasked: 'Error: ERR_PNPM_AUDIT_BAD_RESPONSE' });
    expect(verdictOf({ code: 0, output: '' })).toEqual({ unasked: 'pnpm audit ended with 0' });
    expect(verdictOf({ code: 0, output: '{"error": "gone"}' })).toHaveProperty('unasked');
  });
});
