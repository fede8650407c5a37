import fc from 'fast-check';
import { clusterCount, type Step } from './machine-model.fixture.ts';

const nat = fc.nat({ max: 40 });

/** Schedules: what happens to releases, workers, clusters and people, in any order, with repeats and late answers. */
export const schedules = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('take' as const), run: nat }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), holder: nat }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('verdict' as const),
        holder: nat,
        healthy: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
        stale: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('preflight' as const),
        release: nat,
        finds: fc.oneof(
          { weight: 8, arbitrary: fc.constant('nothing' as const) },
          { weight: 1, arbitrary: fc.constantFrom('refusal' as const, 'question' as const) },
        ),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('advance' as const), release: nat }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('tick' as const), ms: fc.constantFrom(100, 3000, 9000, 40_000) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('create' as const),
        kind: fc.constantFrom('deploy' as const, 'deploy' as const, 'rollback' as const),
        strategy: nat,
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), holder: nat }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('cluster' as const),
        index: fc.nat({ max: clusterCount - 1 }),
        reachable: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('freeze' as const), on: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('sweep' as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('vote' as const),
        release: nat,
        wave: fc.nat({ max: 2 }),
        user: fc.nat({ max: 3 }),
        approve: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
        stale: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('command' as const),
        release: nat,
        command: fc.constantFrom(
          'pause' as const,
          'resume' as const,
          'abort' as const,
          'skip' as const,
          'retry' as const,
        ),
        target: nat,
      }),
    },
  ),
  { minLength: 30, maxLength: 160, size: 'max' },
) satisfies fc.Arbitrary<Step[]>;
