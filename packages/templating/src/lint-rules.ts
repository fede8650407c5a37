import type { RenderedObject } from './render.ts';

export type LintHit = { rule: string; object: string; detail: string };

/** Rules a template is held to, and what each wants, in words. */
export const lintRules = {
  requests: 'Each container says how much CPU and memory it needs, or the scheduler guesses.',
  'memory-limit': 'Each container has a memory limit, or one pod takes a node down.',
  readiness: 'Each container that serves says when it is ready, or it gets traffic too early.',
  liveness: 'Liveness differs from readiness, or a slow pod is restarted while it only needs rest.',
  'disruption-budget': 'Pods of which there are several have a disruption budget that lets one go.',
  spread: 'Pods of which there are several are spread, or one node takes all of them along.',
  'non-root': 'Pods say runAsNonRoot.',
  seccomp: 'Pods have the seccomp profile RuntimeDefault.',
  'image-tag': 'Images come from a slot or name a digest: a tag may name another image tomorrow.',
  replicas: 'Replicas are left out where an autoscaler sets them.',
} as const;
type Rule = keyof typeof lintRules;

type Json = Record<string, unknown>;
type Workload = { object: RenderedObject; name: string; pod: Json; containers: Json[] };

const serving = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);
const counted = new Set(['Deployment', 'StatefulSet']);

/** Everything the rules say against these objects. `images`: references that came from a slot. */
export function lintObjects(objects: readonly RenderedObject[], images: readonly string[]): LintHit[] {
  return objects.flatMap((object) => {
    const workload = workloadOf(object);
    return workload === undefined
      ? budgetHits(object)
      : [...podHits(workload), ...containerHits(workload, images), ...replicaHits(workload, objects)];
  });
}

/** Images of every pod that these objects make, whatever slot or text they come from. */
export function renderedImages(objects: readonly RenderedObject[]): string[] {
  const all = objects.flatMap((object) => {
    const pod = workloadOf(object)?.pod;
    const containers = ['containers', 'initContainers', 'ephemeralContainers'].flatMap((key) => listOf(pod?.[key]));
    return containers.flatMap(({ image }) => (typeof image === 'string' ? [image] : []));
  });
  return [...new Set(all)];
}

function hit(rule: Rule, object: string, what: string): LintHit {
  return { rule, object, detail: `${what}: ${lintRules[rule]}` };
}

function workloadOf(object: RenderedObject): Workload | undefined {
  const pod = podOf(object);
  if (pod === undefined) return undefined;
  return { object, name: `${object.kind} ${object.metadata.name}`, pod, containers: listOf(pod.containers) };
}

/** The spec of the pods an object makes, itself and no copy; `undefined` when it makes none. */
export function podOf(object: Json): Json | undefined {
  const spec = mapOf(object.spec);
  const template =
    object.kind === 'CronJob' ? mapOf(mapOf(mapOf(spec.jobTemplate).spec).template) : mapOf(spec.template);
  const pod = object.kind === 'Pod' ? spec : mapOf(template.spec);
  return Array.isArray(pod.containers) ? pod : undefined;
}

function podHits({ name, pod, containers }: Workload): LintHit[] {
  const says = (read: (context: Json) => unknown) =>
    read(mapOf(pod.securityContext)) ??
    (containers.every((c) => read(mapOf(c.securityContext)) !== undefined) || undefined);
  return [
    ...(says((context) => (context.runAsNonRoot === true ? true : undefined)) === undefined
      ? [hit('non-root', name, 'It may run as root')]
      : []),
    ...(says((context) => mapOf(context.seccompProfile).type) === undefined
      ? [hit('seccomp', name, 'It has no seccomp profile')]
      : []),
  ];
}

function containerHits({ object, name, pod, containers }: Workload, images: readonly string[]): LintHit[] {
  const all = [...containers, ...listOf(pod.initContainers)];
  const limits = all.flatMap((container) => {
    const resources = mapOf(container.resources);
    const requests = mapOf(resources.requests);
    const image = String(container.image ?? '');
    return [
      ...(requests.cpu === undefined || requests.memory === undefined
        ? [hit('requests', name, `Container ${container.name} has no requests`)]
        : []),
      ...(mapOf(resources.limits).memory === undefined
        ? [hit('memory-limit', name, `Container ${container.name} has no memory limit`)]
        : []),
      ...(images.includes(image) || /@sha256:[a-f0-9]{64}$/.test(image)
        ? []
        : [hit('image-tag', name, `Container ${container.name} has ${image}`)]),
    ];
  });
  if (!serving.has(object.kind)) return limits;
  const probes = containers.flatMap((container) => {
    const { readinessProbe, livenessProbe } = container;
    if (readinessProbe === undefined)
      return [hit('readiness', name, `Container ${container.name} has no readiness probe`)];
    return livenessProbe !== undefined && handlerOf(readinessProbe) === handlerOf(livenessProbe)
      ? [hit('liveness', name, `Both probes of container ${container.name} ask the same`)]
      : [];
  });
  return [...limits, ...probes];
}

function handlerOf(probe: unknown): string {
  const { httpGet, tcpSocket, exec, grpc } = mapOf(probe);
  return JSON.stringify([httpGet, tcpSocket, exec, grpc]);
}

function replicaHits({ object, name, pod }: Workload, objects: readonly RenderedObject[]): LintHit[] {
  if (!counted.has(object.kind)) return [];
  const scaler = objects.find(
    ({ kind, spec }) =>
      kind === 'HorizontalPodAutoscaler' && mapOf(mapOf(spec).scaleTargetRef).name === object.metadata.name,
  );
  const spec = mapOf(object.spec);
  const owned = scaler === undefined ? spec.replicas : mapOf(scaler.spec).minReplicas;
  const several = typeof owned === 'number' ? owned > 1 : false;
  const labels = mapOf(mapOf(mapOf(spec.template).metadata).labels);
  const hasBudget = objects.some(
    ({ kind, spec: budget }) => kind === 'PodDisruptionBudget' && selects(mapOf(mapOf(budget).selector), labels),
  );
  const isSpread = pod.topologySpreadConstraints !== undefined || mapOf(pod.affinity).podAntiAffinity !== undefined;
  return [
    ...(scaler !== undefined && spec.replicas !== undefined
      ? [hit('replicas', name, 'Replicas stand beside an autoscaler')]
      : []),
    ...(several && !hasBudget ? [hit('disruption-budget', name, 'It has no disruption budget')] : []),
    ...(several && !isSpread ? [hit('spread', name, 'Its pods are not spread')] : []),
  ];
}

function budgetHits(object: RenderedObject): LintHit[] {
  if (object.kind !== 'PodDisruptionBudget') return [];
  const { maxUnavailable, minAvailable } = mapOf(object.spec);
  const none = [0, '0', '0%'].includes(maxUnavailable as never) || minAvailable === '100%';
  return none ? [hit('disruption-budget', `${object.kind} ${object.metadata.name}`, 'It lets no pod go')] : [];
}

function selects(selector: Json, labels: Json): boolean {
  return Object.entries(mapOf(selector.matchLabels)).every(([key, value]) => labels[key] === value);
}

function mapOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(mapOf) : [];
}
