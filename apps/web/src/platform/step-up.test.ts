import { afterEach, describe, expect, it } from 'vitest';
import { stepUp } from './step-up.ts';

afterEach(() => stepUp.settle(false));

describe('proving again who one is', () => {
  it('lets the action go on after the proof, or not', async () => {
    const first = stepUp.ask();
    expect(stepUp.isAsked()).toBe(true);
    stepUp.settle(true);
    expect(await first).toBe(true);
    expect(stepUp.isAsked()).toBe(false);
    const second = stepUp.ask();
    stepUp.settle(false);
    expect(await second).toBe(false);
  });

  it('is asked once for two actions that wait', async () => {
    const both = Promise.all([stepUp.ask(), stepUp.ask()]);
    stepUp.settle(true);
    expect(await both).toEqual([true, true]);
  });
});
