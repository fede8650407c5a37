import type { Application } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { applicationAnswer } from './application-answer.ts';

type Target = Application['environments'][number]['targets'][number];

const nobody: ReadonlySet<string> = new Set();
const answer = (targets: Partial<Target>[], away = nobody) =>
  applicationAnswer(
    {
      environments: [
        {
          environmentId: 'env_1',
          name: 'production',
          tier: 'production',
          targets: targets.map((target, index) => ({
            id: `tgt_${index}`,
            clusterId: `clu_${index}`,
            cluster: `c-${index}`,
            namespace: 'shop',
            state: 'active',
            health: 'healthy',
            ...target,
          })),
        },
      ],
    },
    away,
  );

describe('whether an application runs', () => {
  it('names the worst first, with where and why', () => {
    const failed: Partial<Target> = { health: 'failed', healthReason: 'Image x cannot be pulled.' };
    expect(answer([{}, failed, { ahead: { releaseNumber: 3, state: 'needs_decision' } }])).toEqual({
      status: 'failed',
      text: 'Failing in c-1: Image x cannot be pulled.',
    });
    expect(answer([{}, { ahead: { releaseNumber: 3, state: 'needs_decision' } }])).toEqual({
      status: 'degraded',
      text: 'c-1 asks for a decision',
    });
  });

  it('says that it runs, and which release could not begin and why', () => {
    const ahead = { releaseNumber: 3, state: 'failed', reason: 'No node has room for the pod.' } as const;
    expect(answer([{}, { ahead }, { ahead }])).toEqual({
      status: 'degraded',
      text: 'Runs, but #3 could not begin in c-1, c-2: No node has room for the pod.',
    });
    expect(answer([{ health: 'failed', healthReason: 'Crashed.' }, { ahead }]).status).toBe('failed');
  });

  it('never calls healthy what a cluster that is away had', () => {
    expect(answer([{}, {}], new Set(['clu_1']))).toEqual({
      status: 'stale',
      text: 'c-1 is cut off: what runs there is not known now. 1 other answers.',
    });
    expect(answer([{}, { health: 'not_deployed' }], new Set(['clu_1'])).status).toBe('healthy');
  });

  it('says how much of it is healthy, on its way, or nowhere', () => {
    expect(answer([{}, {}]).text).toBe('Healthy in 2 of 2 clusters');
    expect(answer([{}, { ahead: { releaseNumber: 3, state: 'waiting' } }])).toEqual({
      status: 'updating',
      text: 'Updating in 1 of 2 clusters',
    });
    expect(answer([{ health: 'not_deployed' }]).text).toBe('Not deployed yet');
    expect(answer([{ state: 'paused' }]).text).toBe('Stood down everywhere: no release goes to its clusters');
  });

  it('tells what is owed, and what hands changed', () => {
    const debt = { id: 'dbt_1', reason: 'skipped', since: '2026-01-01T00:00:00Z', releaseNumber: 5, asksFirst: true };
    expect(answer([{}, { debt: debt as never }]).text).toBe('Runs, but c-1 is owed a newer release');
    const drift = { state: 'drifted', objects: 1, comparedAt: '2026-01-01T00:00:00Z', since: '2026-01-01T00:00:00Z' };
    expect(answer([{ drift: drift as never }])).toEqual({
      status: 'degraded',
      text: 'Runs, but was changed by hand in c-0',
    });
  });
});
