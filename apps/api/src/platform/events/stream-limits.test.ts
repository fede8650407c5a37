import { describe, expect, it } from 'vitest';
import { createStreamLimits } from './stream-limits.ts';

const refused = (words: RegExp) =>
  expect.objectContaining({ code: 'rate_limited', status: 429, message: expect.stringMatching(words) });

describe('open streams', () => {
  it('are at most 50 of one account, and a closed one makes room', () => {
    const limits = createStreamLimits();
    const held = Array.from({ length: 50 }, () => limits.take('usr_a'));
    expect(() => limits.take('usr_a')).toThrow(refused(/50.*Close a tab/));
    limits.take('usr_b');
    held[0]?.();
    limits.take('usr_a');
    expect(() => limits.take('usr_a')).toThrow(refused(/50/));
  });

  it('are at most 500 into one cluster, whoever they are of', () => {
    const limits = createStreamLimits();
    for (let index = 0; index < 500; index += 1) limits.take(`usr_${index % 20}`, 'clu_a');
    expect(() => limits.take('usr_z', 'clu_a')).toThrow(refused(/500.*without following/));
    limits.take('usr_z', 'clu_b');
    limits.take('usr_z');
  });

  it('are at most 5,000 in one process', () => {
    const limits = createStreamLimits();
    const held = Array.from({ length: 5000 }, (_, index) => limits.take(`usr_${index}`));
    expect(() => limits.take('usr_z')).toThrow(refused(/Try again/));
    held[7]?.();
    held[7]?.();
    expect(limits.open).toBe(4999);
    limits.take('usr_z');
    expect(() => limits.take('usr_y')).toThrow(refused(/Try again/));
  });

  it('that mix logs are at most 200 logs of one account, each of which counts for its cluster', () => {
    const limits = createStreamLimits();
    const held = Array.from({ length: 200 }, (_, index) => limits.takeSource('usr_a', `clu_${index % 2}`));
    expect(() => limits.takeSource('usr_a', 'clu_2')).toThrow(refused(/200 logs.*fewer pods/));
    for (let index = 0; index < 400; index += 1) limits.take(`usr_${index % 20}`, 'clu_0');
    expect(() => limits.takeSource('usr_b', 'clu_0')).toThrow(refused(/500/));
    held[0]?.();
    held[0]?.();
    limits.takeSource('usr_b', 'clu_0');
    limits.takeSource('usr_a', 'clu_1');
    expect(() => limits.takeSource('usr_a', 'clu_1')).toThrow(refused(/200 logs/));
  });

  it('take no place when they are refused', () => {
    const limits = createStreamLimits({ user: 1, cluster: 1, process: 2, sources: 1 });
    limits.take('usr_a', 'clu_a');
    expect(() => limits.take('usr_a', 'clu_b')).toThrow();
    expect(() => limits.take('usr_b', 'clu_a')).toThrow();
    limits.take('usr_b', 'clu_b');
    expect(limits.open).toBe(2);
  });
});
