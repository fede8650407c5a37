import type { ReleaseDetail } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { timelineOf } from './timeline.ts';

const start = Date.parse('2026-11-23T14:00:00Z');
const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();

type Target = ReleaseDetail['targets'][number];
type Wave = ReleaseDetail['waves'][number];
const target = (cluster: string, change: Partial<Target> = {}) =>
  ({ id: `run_${cluster}`, cluster, state: 'pending', wave: 0, ...change }) as Target;
const wave = (index: number, change: Partial<Wave> = {}) =>
  ({
    index,
    name: `w${index}`,
    state: 'pending',
    soakSeconds: 0,
    failedCount: 0,
    budget: 0,
    approvals: [],
    ...change,
  }) as Wave;
const release = (change: Partial<ReleaseDetail>) =>
  ({
    kind: 'deploy',
    state: 'rolling',
    createdAt: at(0),
    startedAt: at(10),
    approvals: [],
    waves: [],
    targets: [],
    ...change,
  }) as ReleaseDetail;

/** Each lane as `name: word from–to`, in seconds. */
function lanesOf(change: Partial<ReleaseDetail>, now: number): string[] {
  const seconds = (ms: number) => (ms - start) / 1000;
  return timelineOf(release(change), start + now * 1000).lanes.map(
    ({ label, states }) =>
      `${label}: ${states.map(({ word, from, to }) => `${word} ${seconds(from)}–${seconds(to)}`).join(', ')}`,
  );
}

describe('the timeline of a release', () => {
  it('shows waves and targets over one axis, up to now while it is under way', () => {
    expect(
      lanesOf(
        {
          waves: [wave(0, { state: 'soaking', startedAt: at(10), soakSeconds: 60 }), wave(1)],
          targets: [
            target('a', { state: 'healthy', startedAt: at(11), appliedAt: at(12), endedAt: at(42) }),
            target('b', { wave: 1 }),
          ],
        },
        50,
      ),
    ).toEqual([
      'Release: Waits to start 0–10, Updating 10–50',
      'Wave 1 w0: Updating 10–42, Soaking 42–50',
      'a: Waits to start 10–11, Writes 11–12, Written, watched until calm 12–42, Healthy 42–50',
      'Wave 2 w1: ',
      'b: ',
    ]);
  });

  it('ends with the release, leaves room for how it ended, and shows where it was stopped', () => {
    expect(
      lanesOf(
        {
          state: 'failed',
          endedAt: at(20),
          waves: [wave(0, { state: 'running', startedAt: at(10), failedCount: 1 }), wave(1)],
          targets: [target('a', { state: 'failed', startedAt: at(11), appliedAt: at(12), endedAt: at(20) })],
        },
        500,
      ),
    ).toEqual([
      'Release: Waits to start 0–10, On its way 10–20, Failed 20–20.6',
      'Wave 1 w0: Updating 10–20, Over budget 20–20.6',
      'a: Waits to start 10–11, Writes 11–12, Written, watched until calm 12–20, Failed 20–20.6',
      'Wave 2 w1: ',
    ]);
  });

  it('shows what a target waits for in an open wave, and that it was tried before', () => {
    expect(
      lanesOf(
        {
          waves: [wave(0, { state: 'running', startedAt: at(10) })],
          targets: [
            target('a', { state: 'blocked' }),
            target('b', { attempt: 2, state: 'gating', startedAt: at(20), appliedAt: at(21) }),
            target('c', { state: 'cancelled', endedAt: at(25) }),
          ],
        },
        30,
      ).slice(1),
    ).toEqual([
      'a: Needs a decision 10–30',
      'b: Before attempt 2 10–20, Writes 20–21, Written, watched until calm 21–30',
      'c: Waits to start 10–25, Cancelled 25–30',
    ]);
  });

  it('shows a target that is to be tried again as one that waits, and a wave that was stopped', () => {
    const again = target('a', { attempt: 2, startedAt: at(11), appliedAt: at(12) });
    const waves = [wave(0, { state: 'running', startedAt: at(10), failedCount: 0 })];
    expect(lanesOf({ state: 'paused', waves, targets: [again] }, 30).slice(1)).toEqual(['a: Waiting 10–30']);
    const stopped = {
      state: 'aborted' as const,
      endedAt: at(40),
      waves: [...waves, wave(1)],
      targets: [target('a', { state: 'cancelled', startedAt: at(11), appliedAt: at(12), endedAt: at(38) })],
    };
    expect(lanesOf(stopped, 500).slice(1)).toEqual([
      'Wave 1 w0: Updating 10–38, Stopped 40–41.2',
      'a: Waits to start 10–11, Writes 11–12, Written, watched until calm 12–38, Cancelled 38–41.2',
      'Wave 2 w1: ',
    ]);
  });

  it('shows soaks that are over as long as they lasted, and who approved when', () => {
    const { lanes } = timelineOf(
      release({
        state: 'succeeded',
        endedAt: at(90),
        approvals: [{ by: 'Ann', byId: 'usr_1', decision: 'approve', at: at(5), counts: true }],
        waves: [
          wave(0, { state: 'done', startedAt: at(10), soakSeconds: 20 }),
          wave(1, { state: 'done', startedAt: at(60) }),
        ],
        targets: [
          target('a', { state: 'healthy', startedAt: at(10), appliedAt: at(11), endedAt: at(40) }),
          target('b', { wave: 1, state: 'healthy', startedAt: at(60), appliedAt: at(61), endedAt: at(90) }),
        ],
      }),
      start + 900_000,
    );
    expect(lanes[1]?.states.map(({ word, to }) => [word, (to - start) / 1000])).toEqual([
      ['Updating', 40],
      ['Soaking', 60],
      ['Done', 92.7],
    ]);
    expect(lanes[0]?.marks).toEqual([{ at: start + 5000, word: 'approved by Ann' }]);
  });

  it('leaves targets to their waves where they are too many to be told apart', () => {
    const targets = Array.from({ length: 25 }, (_, index) => target(`c${index}`));
    expect(lanesOf({ targets, waves: [wave(0), wave(1)] }, 20).length).toBe(3);
  });
});
