import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../objects/types.ts';
import { logLines } from './logs.ts';

const metadata = { name: 'web', namespace: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
const pod: KubeObject = { apiVersion: 'v1', kind: 'Pod', metadata };
const minute = 60_000;

describe('the log of a simulated pod', () => {
  it('is the same every time, however it is cut', () => {
    const whole = logLines('seed', pod, { fromMs: 0, toMs: 10 * minute });
    const halves = [
      ...logLines('seed', pod, { fromMs: 0, toMs: 5 * minute }),
      ...logLines('seed', pod, { fromMs: 5 * minute, toMs: 10 * minute }),
    ];
    expect(halves).toEqual(whole);
    expect(logLines('seed', pod, { fromMs: 0, toMs: 10 * minute, tail: 3 })).toEqual(whole.slice(-3));
  });

  it('is another one for another pod or seed', () => {
    const window = { fromMs: 0, toMs: minute };
    const other = { ...pod, metadata: { ...metadata, uid: 'v' } };
    expect(logLines('seed', other, window)).not.toEqual(logLines('seed', pod, window));
    expect(logLines('sown', pod, window)).not.toEqual(logLines('seed', pod, window));
  });

  it('holds lines of JSON with durations that can be', () => {
    for (const { text } of logLines('seed', pod, { fromMs: 0, toMs: 60 * minute })) {
      const { ms } = JSON.parse(text) as { ms: number };
      expect(ms).toBeGreaterThanOrEqual(0);
    }
  });
});
