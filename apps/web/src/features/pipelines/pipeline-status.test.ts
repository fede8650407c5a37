import type { Delivery, ReleaseCandidate } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { deliveryStatus, leading } from './pipeline-status.ts';

const candidate = (state: ReleaseCandidate['state'], detail?: string) => ({ state, detail }) as ReleaseCandidate;
const delivery = (part: Partial<Delivery>) => ({ candidates: [], ...part }) as Delivery;

describe('what became of a delivery', () => {
  it('is what became of what it was joined into', () => {
    const joined = delivery({
      state: 'matched',
      detail: 'All is there.',
      candidates: [candidate('refused', 'Not protected.')],
    });
    expect(deliveryStatus(joined)).toEqual({ status: 'failed', word: 'Refused', why: 'Not protected.' });
    expect(
      deliveryStatus(delivery({ state: 'matched', detail: 'All is there.', candidates: [candidate('released')] })),
    ).toEqual({
      status: 'healthy',
      word: 'Released',
      why: undefined,
    });
  });

  it('is its own verdict where it was joined into nothing', () => {
    const status = deliveryStatus(delivery({ state: 'ignored', detail: 'Our own echo.' }));
    expect(status).toEqual({ status: undefined, word: 'Nothing to do', why: 'Our own echo.' });
  });

  it('of several the one to look at stands for all', () => {
    expect(leading([candidate('released'), candidate('refused'), candidate('waiting')])?.state).toBe('refused');
    expect(leading([candidate('superseded'), candidate('released')])?.state).toBe('released');
    expect(leading([])).toBeUndefined();
  });
});
