import { type Condition, conditionNamed, conditionsOf } from '../projection/conditions.ts';
import type { HealthLevel } from '../projection/row.ts';
import { facts, integerOf, type Json, objectOf, objectsOf, textOf, textOrNothing } from '../projection/values.ts';
import type { WatchedKind } from './kind.ts';

export const autoscalerKind: WatchedKind = {
  group: 'autoscaling',
  version: 'v2',
  resource: 'horizontalpodautoscalers',
  kind: 'HorizontalPodAutoscaler',
  namespaced: true,
  rank: 50,
  project(object) {
    const spec = objectOf(object.spec);
    const status = objectOf(object.status);
    const conditions = conditionsOf(status);
    const target = objectOf(spec.scaleTargetRef);
    const current = integerOf(status.currentReplicas) ?? 0;
    const min = integerOf(spec.minReplicas) ?? 1;
    const max = integerOf(spec.maxReplicas) ?? min;
    return {
      health: healthOf(conditions),
      statusText: `${current} of ${min} to ${max}`,
      ready: current,
      desired: integerOf(status.desiredReplicas) ?? current,
      facts: facts({
        target: typeof target.name === 'string' ? `${textOf(target.kind, 63)}/${textOf(target.name)}` : undefined,
        min,
        max,
        metrics: objectsOf(spec.metrics, 20).map((metric, index) => metricFacts(metric, status, index)),
        limited: conditionNamed(conditions, 'ScalingLimited')?.status === 'True' || undefined,
        lastScaleAt: textOrNothing(status.lastScaleTime, 64),
        conditions,
      }),
      words: [textOf(target.name)],
    };
  },
};

function healthOf(conditions: readonly Condition[]): HealthLevel {
  if (conditionNamed(conditions, 'AbleToScale')?.status === 'False') return 'failed';
  const active = conditionNamed(conditions, 'ScalingActive');
  if (active?.status === 'False') return active.reason === 'ScalingDisabled' ? 'waiting' : 'degraded';
  return active === undefined ? 'waiting' : 'healthy';
}

const places: Readonly<Record<string, string>> = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
};

/** One metric with what is wanted and what is seen: `cpu`, target `80%`, current `61%`. */
function metricFacts(metric: Json, status: Json, index: number): Record<string, unknown> {
  const type = textOf(metric.type, 32);
  const place = places[type];
  if (place === undefined) return facts({ type });
  const wanted = objectOf(metric[place]);
  const seen = objectsOf(status.currentMetrics, 20)[index];
  const current = seen?.type === metric.type ? objectOf(objectOf(seen?.[place]).current) : {};
  return facts({
    type,
    name: textOrNothing(wanted.name) ?? textOrNothing(objectOf(wanted.metric).name),
    target: amountOf(objectOf(wanted.target)),
    current: amountOf(current),
  });
}

function amountOf(amount: Json): string | undefined {
  const percent = integerOf(amount.averageUtilization);
  return percent === undefined
    ? (textOrNothing(amount.averageValue, 64) ?? textOrNothing(amount.value, 64))
    : `${percent}%`;
}
