import { shellIdleMs as idleMs } from '@quarterdeck/contracts/workloads';
import { describe, expect, it } from 'vitest';
import { idleOf, warnedMs } from './idle.ts';

describe('a shell that nobody uses', () => {
  it('is warned of two minutes before it is closed', () => {
    expect(idleOf(0, idleMs - warnedMs - 1)).toBe('used');
    expect(idleOf(0, idleMs - warnedMs)).toBe('warned');
    expect(idleOf(0, idleMs - 1)).toBe('warned');
    expect(idleOf(0, idleMs)).toBe('over');
  });
});
