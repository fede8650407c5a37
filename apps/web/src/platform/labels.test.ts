import { describe, expect, it } from 'vitest';
import { fits, readLabels, writeLabels } from './labels.ts';

describe('labels as people type them', () => {
  it('are read word by word, with spaces or commas between', () => {
    expect(readLabels(' tier=production, region=cn-beijing ')).toEqual({ tier: 'production', region: 'cn-beijing' });
    expect(readLabels('')).toEqual({});
  });

  it('are refused whole when one word is no label', () => {
    expect(readLabels('tier=production beijing')).toBeUndefined();
    expect(readLabels('=production')).toBeUndefined();
    expect(readLabels('tier=')).toBeUndefined();
  });

  it('come back as they were read', () => {
    const selector = { tier: 'test', cluster: 'bj-1' };
    expect(readLabels(writeLabels(selector))).toEqual(selector);
  });

  it('fit a cluster that carries every one of them; its short name counts as a label', () => {
    const cluster = { slug: 'bj-1', labels: { tier: 'production' } };
    expect(fits({ cluster: 'bj-1', tier: 'production' }, cluster)).toBe(true);
    expect(fits({ cluster: 'bj-2' }, cluster)).toBe(false);
    expect(fits({ region: 'eu' }, cluster)).toBe(false);
    expect(fits({}, cluster)).toBe(true);
  });
});
