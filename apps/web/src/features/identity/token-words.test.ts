import { permissions } from '@quarterdeck/contracts/permissions';
import { describe, expect, it } from 'vitest';
import { ciSnippet, limitWords, presets, tokenStatus, wordsOf } from './token-words.ts';

describe('a token in words', () => {
  it('says when it ends, in days', () => {
    expect(tokenStatus({ state: 'ending', endsInDays: 5 }).word).toBe('Ends in 5 days');
    expect(tokenStatus({ state: 'ending', endsInDays: 0 }).word).toBe('Ends today');
    expect(tokenStatus({ state: 'active', endsInDays: 80 }).word).toBe('Active');
  });

  it('names every limit', () => {
    expect(
      limitWords({
        permissions: ['audit:read'],
        clusterSelector: { tier: 'test' },
        namespaces: ['shop'],
        cidrs: ['10.0.0.0/8'],
      }),
    ).toBe('1 permission · tier=test · in shop · from 10.0.0.0/8');
  });

  it('takes typed lists with spaces and commas, and nothing as no limit', () => {
    expect(wordsOf(' a, b\nc ')).toEqual(['a', 'b', 'c']);
    expect(wordsOf('  ')).toBeUndefined();
  });
});

describe('presets', () => {
  it('read changes nothing and shows nothing of people', () => {
    expect(presets.read).toContain('inventory:read');
    expect(presets.read).toContain('metrics:query');
    expect(presets.read.filter((name) => /^(audit|access):|:(write|exec|read-secrets|create)$/.test(name))).toEqual([]);
  });

  it('deploy holds what its pattern names, all of it real', () => {
    expect(presets.deploy).toHaveLength(13);
    for (const name of presets.deploy) expect(permissions).toContain(name);
  });
});

describe('the CI snippet', () => {
  it('asks for our audience and names the environment of the rule', () => {
    const snippet = ciSnippet('https://quarterdeck.example.com', { environment: 'production' });
    expect(snippet).toContain('  environment: production\n');
    expect(snippet).toContain('      aud: https://quarterdeck.example.com\n');
  });
});
