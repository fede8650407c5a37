import { describe, expect, it } from 'vitest';
import { createLogLabels } from './log-labels.ts';
import { inOrder } from './pod-logs.tsx';

const a = { source: { name: 'a', hue: 0 } };
const b = { source: { name: 'b', hue: 1 } };

describe('lines of several pods', () => {
  it('come in the order of their times; a line without one stays after the one of its pod before it', () => {
    const rows = [
      { at: '2026-11-25T12:00:01.000Z', text: 'a1', ...a },
      { at: '2026-11-25T12:00:02.000Z', text: 'b2', ...b },
      { text: 'a1 goes on', ...a },
      { at: '2026-11-25T12:00:03.000Z', text: 'a3', ...a },
      { at: '2026-11-25T12:00:01.000Z', text: 'late', source: { name: 'c', hue: 2 } },
    ];
    expect(inOrder(rows).map(({ text }) => text)).toEqual(['a1', 'a1 goes on', 'late', 'b2', 'a3']);
  });

  it('keep the order of their pod when its clock is set back', () => {
    const rows = ['03', '01', '02'].map((second) => ({ at: `2026-11-25T12:00:${second}.000Z`, text: second, ...a }));
    expect(inOrder(rows).map(({ text }) => text)).toEqual(['03', '01', '02']);
  });
});

describe('the name in front of a line', () => {
  const source = (id: number, cluster: string, pod: string, container: string) => ({
    ...{ id, clusterId: `clu_${cluster}`, cluster, namespace: 'shop', pod, container },
    state: 'following' as const,
  });

  it('is as long as it takes to tell sources apart, with one colour per pod that stays', () => {
    const labels = createLogLabels();
    labels.learn([source(1, 'bj', 'cart-1', 'app'), source(2, 'bj', 'cart-2', 'app')]);
    expect(labels.of(1)).toEqual({ source: { name: 'cart-1', hue: 0 } });
    labels.learn([
      source(3, 'nb', 'cart-1', 'app'),
      source(2, 'bj', 'cart-2', 'app'),
      source(4, 'bj', 'cart-2', 'side'),
    ]);
    expect(labels.of(2)).toEqual({ source: { name: 'bj cart-2 app', hue: 1 } });
    expect(labels.of(4)).toEqual({ source: { name: 'bj cart-2 side', hue: 1 } });
    expect(labels.of(3)).toEqual({ source: { name: 'nb cart-1', hue: 2 } });
    expect(labels.of(undefined)).toEqual({});
  });
});
