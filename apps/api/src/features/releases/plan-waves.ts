import type { Strategy } from '@quarterdeck/contracts';
import { sha256Hex } from '@quarterdeck/templating';
import { AppError } from '../../platform/errors.ts';

export type WaveTarget = { id: string; clusterId: string; clusterLabels: Readonly<Record<string, string>> };
export type PlacedTarget = { targetId: string; wave: number; place: number };

/**
 * Gives each target its wave: the first that selects it. `percent` counts over all targets in an order of their own per
 * application, so that the same clusters are not always the first ones of everybody.
 * @throws AppError 422 `strategy_leaves_target` when a target is in no wave
 */
export function planWaves(strategy: Strategy, targets: readonly WaveTarget[], applicationId: string): PlacedTarget[] {
  const ordered = targets
    .map((target) => ({ ...target, key: sha256Hex(`${target.id} ${applicationId}`) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const placed = new Map<string, number>();
  strategy.waves.forEach(({ select }, wave) => {
    const free = ordered.filter(({ id }) => !placed.has(id));
    if ('percent' in select) {
      const upTo = Math.ceil((select.percent * ordered.length) / 100);
      for (const { id } of free.slice(0, Math.max(0, upTo - placed.size))) placed.set(id, wave);
      return;
    }
    for (const target of free)
      if ('rest' in select || matches(target.clusterLabels, select.labels)) placed.set(target.id, wave);
  });
  const left = ordered.find(({ id }) => !placed.has(id));
  if (left !== undefined) {
    const detail = `Strategy ${strategy.name} has no wave for every target. Let its last wave take the rest.`;
    throw new AppError('strategy_leaves_target', 422, detail, {
      errors: [{ pointer: '/strategy', code: 'strategy_leaves_target', detail }],
    });
  }
  return ordered.map(({ id }, place) => ({ targetId: id, wave: placed.get(id) ?? 0, place }));
}

function matches(labels: Readonly<Record<string, string>>, selector: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}
