import { cpuOf } from '../metrics/usage.ts';
import { quantity } from '../objects/quantity.ts';
import { at, type Json, type KubeObject, listOf, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, emit, keepTime, putStatus, stamp } from './context.ts';
import { phaseOf, podsOf } from './owned-pods.ts';

const syncMs = 15_000;
/** A target is left alone while it is this near. */
const tolerance = 0.1;
/** Where the load fell, the highest size of these last minutes stays. */
const stableMs = 300_000;

type Wish = { replicas: number; utilization?: number; reason: string };

/** Sizes a Deployment or StatefulSet by the CPU that its pods use, within the limits, every 15 s. */
export function reconcileAutoscaler(context: Context, namespace: string, name: string): void {
  const { store, due } = context;
  const scaler = store.get(known.autoscalers, namespace, name);
  if (scaler === undefined) return;
  due.at(`autoscaler/${namespace}/${name}`, syncMs, () => reconcileAutoscaler(context, namespace, name));
  const target = at(scaler, 'spec', 'scaleTargetRef');
  const kind = at(target, 'kind') === 'StatefulSet' ? known.statefulSets : known.deployments;
  const scaled = store.get(kind, namespace, textOf(at(target, 'name')));
  if (scaled === undefined) {
    const words = `the HPA controller was unable to get the target's current scale: ${kind.plural}.apps "${textOf(at(target, 'name'))}" not found`;
    const status = { type: 'AbleToScale', status: 'False', reason: 'FailedGetScale', message: words };
    emit(context, scaler, 'Warning', 'FailedGetScale', words.replace(/^.*scale: /, ''));
    putStatus(context, known.autoscalers, scaler, {
      currentReplicas: 0,
      desiredReplicas: 0,
      currentMetrics: null,
      conditions: [keepTime(context, scaler, status)],
    });
    return;
  }
  const current = Number(at(scaled, 'spec', 'replicas') ?? 1);
  const wish = wishFor(context, scaler, scaled, current);
  const size = steady(context, scaler, current, wish.replicas);
  if (size !== current) {
    const generation = (scaled.metadata.generation ?? 1) + 1;
    store.put(kind, {
      ...scaled,
      metadata: { ...scaled.metadata, generation },
      spec: { ...scaled.spec, replicas: size },
    });
    emit(context, scaler, 'Normal', 'SuccessfulRescale', `New size: ${size}; reason: ${wish.reason}`);
  }
  putStatus(context, known.autoscalers, scaler, statusOf(context, scaler, { current, size, wish }));
}

function limits(scaler: KubeObject) {
  const least = Number(at(scaler, 'spec', 'minReplicas') ?? 1);
  return { least, most: Math.max(least, Number(at(scaler, 'spec', 'maxReplicas') ?? least)) };
}

function wishFor(context: Context, scaler: KubeObject, scaled: KubeObject, current: number): Wish {
  const { least, most } = limits(scaler);
  if (current === 0) return { replicas: 0, reason: 'ScalingDisabled' };
  if (current > most) return { replicas: most, reason: 'Current number of replicas above Spec.MaxReplicas' };
  if (current < least) return { replicas: least, reason: 'Current number of replicas below Spec.MinReplicas' };
  const wanted = listOf(at(scaler, 'spec', 'metrics'))
    .map((metric) => Number(at(metric, 'resource', 'target', 'averageUtilization') ?? 0))
    .find((percent) => percent > 0);
  const utilization = wanted === undefined ? undefined : utilizationOf(context, scaled);
  if (wanted === undefined || utilization === undefined) return { replicas: current, reason: 'no metrics' };
  const ratio = utilization / wanted;
  const replicas = Math.abs(ratio - 1) <= tolerance ? current : Math.ceil(current * ratio);
  const reason =
    ratio > 1 ? 'cpu resource utilization (percentage of request) above target' : 'All metrics below target';
  return { replicas: Math.min(most, Math.max(least, replicas)), utilization, reason };
}

/** CPU of the pods that run, in percent of what they request. */
function utilizationOf(context: Context, scaled: KubeObject): number | undefined {
  const owners =
    scaled.kind === 'Deployment'
      ? context.store
          .list(known.replicaSets, scaled.metadata.namespace)
          .filter((set) => (set.metadata.ownerReferences ?? []).some(({ uid }) => uid === scaled.metadata.uid))
      : [scaled];
  const pods = owners.flatMap((owner) => podsOf(context, owner)).filter((pod) => phaseOf(pod) === 'Running');
  const requested = pods
    .flatMap((pod) => listOf(at(pod, 'spec', 'containers')))
    .reduce((sum, container) => sum + quantity(at(container, 'resources', 'requests', 'cpu')), 0);
  if (requested === 0) return undefined;
  const used = pods.reduce((sum, pod) => sum + cpuOf(pod, context.now().getTime()), 0);
  return Math.round((used / requested) * 100);
}

/** Up at once, down only when the last five minutes agree. */
function steady(context: Context, scaler: KubeObject, current: number, wanted: number): number {
  if (wanted >= current || wanted === 0) return wanted;
  const last = Date.parse(textOf(at(scaler, 'status', 'lastScaleTime')) || scaler.metadata.creationTimestamp);
  const { most } = limits(scaler);
  return current > most || context.now().getTime() - last >= stableMs ? wanted : current;
}

function statusOf(
  context: Context,
  scaler: KubeObject,
  { current, size, wish }: { current: number; size: number; wish: Wish },
): Json {
  const { least, most } = limits(scaler);
  const { utilization } = wish;
  const condition = (type: string, is: boolean, reason: string, message: string) =>
    keepTime(context, scaler, { type, status: is ? 'True' : 'False', reason, message });
  const able =
    size === current
      ? condition('AbleToScale', true, 'ReadyForNewScale', 'recommended size matches current size')
      : condition(
          'AbleToScale',
          true,
          'SucceededRescale',
          `the HPA controller was able to update the target scale to ${size}`,
        );
  const seen =
    'the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)';
  const unseen = 'the HPA was unable to compute the replica count: no metrics known';
  const isLimited = size === least || size === most;
  const lastScaleTime = size === current ? at(scaler, 'status', 'lastScaleTime') : stamp(context);
  return {
    ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
    currentReplicas: current,
    desiredReplicas: size,
    currentMetrics:
      utilization === undefined
        ? null
        : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: utilization } } }],
    conditions: [
      able,
      ...(current === 0
        ? [
            condition(
              'ScalingActive',
              false,
              'ScalingDisabled',
              'scaling is disabled since the replica count of the target is zero',
            ),
          ]
        : size !== current && utilization === undefined
          ? []
          : utilization === undefined
            ? [condition('ScalingActive', false, 'FailedGetResourceMetric', unseen)]
            : [condition('ScalingActive', true, 'ValidMetricFound', seen)]),
      ...(utilization === undefined
        ? []
        : [
            isLimited
              ? condition(
                  'ScalingLimited',
                  true,
                  size === least ? 'TooFewReplicas' : 'TooManyReplicas',
                  `the desired replica count is ${size === least ? 'less than the minimum' : 'more than the maximum'} replica count`,
                )
              : condition(
                  'ScalingLimited',
                  false,
                  'DesiredWithinRange',
                  'the desired count is within the acceptable range',
                ),
          ]),
    ],
  };
}
