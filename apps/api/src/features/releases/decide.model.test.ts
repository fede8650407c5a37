import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import { type Guards, MachineModel } from './machine-model.fixture.ts';
import type { Action, MachineRows } from './machine-rows.ts';
import { schedules } from './machine-steps.fixture.ts';

type Decide = typeof decide;

/** Whether some schedule breaks this very invariant. */
function isNoticed(invariant: string, under: Decide, guards: Partial<Guards> = {}): boolean {
  return fc.sample(schedules, { numRuns: 1500, seed: 7 }).some((steps) => {
    try {
      const model = new MachineModel(under, guards);
      for (const step of steps) model.step(step);
      model.settle();
      return false;
    } catch (error) {
      return error instanceof Error && error.message.startsWith(`${invariant}: `);
    }
  });
}

describe('a release, whatever happens in whatever order', () => {
  it('W4 W9 W11 keeps its invariants, and reaches every state there is', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(schedules, (steps) => {
        const model = new MachineModel(decide);
        for (const step of steps) model.step(step);
        model.settle();
        for (const what of model.seen) seen.add(what);
      }),
      { numRuns: 300, seed: 20261125 },
    );
    expect([...seen].toSorted()).toEqual(
      expect.arrayContaining([
        'confirmed',
        'followed',
        'followed again',
        'release aborted person',
        'release aborted rejected',
        'release failed budget',
        'release partial',
        'release paused budget',
        'release queued',
        'release rolling',
        'pruned',
        'release succeeded',
        'release superseded',
        'rollback',
        'run cancelled',
        'run deferred',
        'run pending',
        'wave done',
        'wave soaking',
      ]),
    );
  });
});

/** `decide` with its actions changed; the rows as they were given. */
function changed(change: (actions: readonly Action[], rows: MachineRows) => readonly Action[]): Decide {
  return (rows, now) => {
    const decision = decide(rows, now);
    return { ...decision, actions: change(decision.actions, rows) };
  };
}

const withRelease = (rows: MachineRows, change: Partial<MachineRows['release']>): MachineRows => ({
  ...rows,
  release: { ...rows.release, ...change },
});

/** One way to lose each invariant, and the check that must notice. */
const mutants: readonly [invariant: string, what: string, under: Decide, guards?: Partial<Guards>][] = [
  [
    '1',
    'lets all runs of a wave go at once',
    (rows, now) =>
      decide(
        { ...rows, waves: rows.waves.map((wave) => ({ ...wave, spec: { ...wave.spec, maxConcurrent: 100 } })) },
        now,
      ),
  ],
  ['2', 'starts a run beside another on its target', decide, { oneActive: false }],
  [
    '13',
    'writes before its first wave was looked at',
    (rows, now) => decide({ ...rows, release: { ...rows.release, preflighted: true } }, now),
  ],
  [
    '3',
    'opens a wave while the one before is under way',
    (rows, now) =>
      decide(
        { ...rows, waves: rows.waves.map((wave) => (wave.state === 'running' ? { ...wave, state: 'done' } : wave)) },
        now,
      ),
  ],
  [
    '4',
    'forgets failures',
    (rows, now) => decide({ ...rows, runs: rows.runs.map((run) => ({ ...run, forgiven: true })) }, now),
  ],
  ['5', 'writes although the lease was lost', decide, { fence: false }],
  ['6', 'takes the health of what was there before', decide, { generation: false }],
  ['7', 'writes although a successor came', decide, { safePoint: false, oneActive: false }],
  [
    '8',
    'takes away what is left over before all is healthy',
    changed((actions, { release, runs }) =>
      release.state === 'rolling' && runs.some(({ state }) => state === 'pending')
        ? [
            ...actions,
            ...runs.flatMap(({ id, state, hasLeftovers }) =>
              hasLeftovers && state === 'healthy'
                ? [{ type: 'run' as const, runId: id, state: 'pruning' as const }]
                : [],
            ),
          ]
        : actions,
    ),
  ],
  ['9', 'goes on in a freeze', (rows, now) => decide({ ...rows, frozen: undefined }, now)],
  [
    '10',
    'rolls a rollback back',
    changed((actions, { release, runs }) =>
      release.kind === 'rollback' && actions.some((action) => action.type === 'release' && action.state === 'paused')
        ? [...actions, { type: 'roll_back', targetIds: runs.slice(0, 1).map(({ targetId }) => targetId) }]
        : actions,
    ),
  ],
  [
    '11',
    'counts the maker’s own approval, and those of other bytes',
    (rows, now) =>
      decide(
        withRelease(
          {
            ...rows,
            votes: rows.votes.map((vote) => ({ ...vote, contentSha256: rows.release.contentSha256, isValid: true })),
          },
          { createdById: 'nobody' },
        ),
        now,
      ),
  ],
  [
    '12',
    'never comes back to what its cluster kept waiting',
    changed((actions) => actions.filter((action) => !(action.type === 'run' && action.state === 'pending'))),
  ],
  ['14', 'brings what is owed once, however that ended', decide, { followed: false }],
];

describe('the check of each invariant notices a machine that', () => {
  it.each(mutants)('%s: %s', (invariant, _what, under, guards) => {
    expect(isNoticed(invariant, under, guards)).toBe(true);
  });
});
