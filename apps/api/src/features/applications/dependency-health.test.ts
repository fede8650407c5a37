import type { Application } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { toDependency } from './dependency-health.ts';

type Target = Application['environments'][number]['targets'][number];

const target = (cluster: string, health: Target['health'], state: Target['state'] = 'active'): Target => ({
  id: `tgt_${cluster}`,
  clusterId: `clu_${cluster}`,
  cluster,
  namespace: 'bank',
  state,
  health,
});

function ledger(environments: Record<string, Target[]>): Application {
  return {
    id: 'app_ledger',
    projectId: 'prj_bank',
    project: 'bank',
    slug: 'ledger',
    displayName: 'Ledger',
    createdAt: '2026-11-26T00:00:00Z',
    environments: Object.entries(environments).map(([name, targets]) => ({
      environmentId: `env_${name}`,
      name,
      tier: 'production',
      targets,
    })),
  };
}

const prod = { environmentId: 'env_1', name: 'prod', tier: 'production' } as const;
const beside = (other: Application, away: string[] = []) => toDependency(other, [prod], new Set(away)).environments[0];

describe('the health of what an application needs', () => {
  it('is that of the environment of the same name, else of the same tier, and absent where there is neither', () => {
    expect(beside(ledger({ live: [target('a', 'failed')], prod: [target('a', 'healthy')] }))).toMatchObject({
      theirs: 'prod',
      health: 'healthy',
    });
    expect(beside(ledger({ live: [target('a', 'failed')] }))).toMatchObject({ theirs: 'live', health: 'failed' });
    expect(beside(ledger({}))).toMatchObject({ health: 'absent', targetCount: 0 });
  });

  it('is the worst of the targets that count: what stood down or leaves is nobody’s support', () => {
    const other = ledger({ prod: [target('a', 'healthy'), target('b', 'updating'), target('c', 'failed', 'leaving')] });
    expect(beside(other)).toMatchObject({ health: 'updating', clusters: ['b'], healthyCount: 1, targetCount: 2 });
  });

  it('is unknown where it was well and its cluster does not answer now', () => {
    const other = ledger({ prod: [target('a', 'healthy'), target('b', 'healthy')] });
    expect(beside(other, ['clu_b'])).toMatchObject({
      health: 'unknown',
      clusters: ['b'],
      reason: 'b does not answer.',
    });
    expect(beside(ledger({ prod: [target('b', 'failed')] }), ['clu_b'])).toMatchObject({ health: 'failed' });
  });
});
