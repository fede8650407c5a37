import { at, int, list, text } from './json.ts';
import { selects } from './label-selector.ts';
import { condition } from './object-health.ts';
import { placementOf } from './placement.ts';
import { isUnschedulable } from './revision.ts';

/** Why something does not run: a class, a sentence, what was seen, what to do next. */
export type Verdict = {
  code: string;
  /** Of `environment`: the class by which both revisions fail. */
  cause?: string;
  summary: string;
  evidence: string[];
  nextStep?: string;
  object?: { group: string; kind: string; namespace?: string; name: string };
};

export type Evidence = {
  deployment?: unknown;
  /** Of this revision only. */
  replicaSets: readonly unknown[];
  /** Of this revision only. */
  pods: readonly unknown[];
  events: readonly unknown[];
  /** Of the cluster, where they may be read: they tell a taint from a selector that no node has. */
  nodes?: readonly unknown[];
  /** Of the namespace: one that lets no pod go keeps a node from being emptied. */
  budgets?: readonly unknown[];
  /** Of the workload's other revisions: what a budget protects on such a node. */
  otherPods?: readonly unknown[];
  /** Milliseconds; a pod that found no node a moment ago gets time to find one. Without it nothing waits. */
  now?: number;
};

/**
 * The cause, worst class first; `undefined` while nothing speaks against the rollout. Only pods of this revision are
 * judged: what an older one does is not this release's fault.
 */
export function diagnose(input: Evidence): Verdict | undefined {
  return (
    createFailure(input) ??
    first(input.pods, (pod) => podVerdict(pod, input)) ??
    (condition(input.deployment, 'Progressing')?.reason === 'ProgressDeadlineExceeded'
      ? first(input.pods, (pod) => unready(pod, input.events))
      : undefined)
  );
}

function first<T>(items: readonly T[], judge: (item: T) => Verdict | undefined): Verdict | undefined {
  for (const item of items) {
    const verdict = judge(item);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}

/** The ReplicaSet cannot make its pods: quota, admission, a missing ServiceAccount. */
function createFailure({ deployment, replicaSets }: Evidence): Verdict | undefined {
  const failing = [...replicaSets, deployment].find((object) => condition(object, 'ReplicaFailure')?.status === 'True');
  if (failing === undefined) return undefined;
  const message = condition(failing, 'ReplicaFailure')?.message ?? '';
  const object = refOf(failing, 'ReplicaSet', 'apps');
  if (message.includes('exceeded quota:')) {
    return {
      code: 'quota_exceeded',
      summary: 'The namespace’s quota does not leave room for the pods.',
      evidence: [message],
      nextStep: 'Ask for fewer or smaller pods, or have the quota raised.',
      object,
    };
  }
  if (/denied the request|denied request:|violates PodSecurity/.test(message)) {
    return {
      code: 'admission_denied',
      summary: 'An admission rule of the cluster refuses the pods.',
      evidence: [message],
      nextStep: 'Change what the rule names, or talk to its owner.',
      object,
    };
  }
  return { code: 'create_failed', summary: 'The cluster cannot make the pods.', evidence: [message], object };
}

const imageReasons = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
]);
const crashes = 2;
const scheduleMs = 30_000;
const scaleUpMs = 180_000;

function podVerdict(pod: unknown, evidence: Evidence): Verdict | undefined {
  const { events, nodes = [], now } = evidence;
  const statuses = list(at(pod, 'status', 'containerStatuses'));
  return (
    volume(pod, events) ??
    (waitsForNode(pod, events, now) ? undefined : (heldByBudget(pod, evidence) ?? unschedulable(pod, nodes))) ??
    first(list(at(pod, 'status', 'initContainerStatuses')), (status) => initFailed(pod, status, events)) ??
    first(statuses, (status) => imagePull(pod, status, events)) ??
    first(statuses, (status) => config(pod, status)) ??
    first(statuses, (status) => killed(pod, status, events)) ??
    first(statuses, (status) => ended(pod, status)) ??
    mount(pod, events)
  );
}

/** What runs before the containers does not come to a good end: why, in the words of the cause itself. */
function initFailed(pod: unknown, status: unknown, events: readonly unknown[]): Verdict | undefined {
  const cause = imagePull(pod, status, events) ?? config(pod, status) ?? ended(pod, status);
  if (cause === undefined) return undefined;
  const container = text(at(status, 'name')) ?? 'of the pod';
  return { ...cause, code: 'init_failed', summary: `Init container ${container} holds the pod back. ${cause.summary}` };
}

function imagePull(pod: unknown, status: unknown, events: readonly unknown[]): Verdict | undefined {
  const reason = text(at(status, 'state', 'waiting', 'reason')) ?? '';
  if (!imageReasons.has(reason)) return undefined;
  const image = text(at(status, 'image')) ?? imageOf(pod, status);
  const said = text(at(status, 'state', 'waiting', 'message'));
  const pulls = eventsOf(pod, events).filter((message) => message.includes('pull'));
  const messages = [...(said === undefined ? [] : [said]), ...pulls];
  const all = messages.join(' ');
  const why = /not found|manifest unknown|NotFound|does not exist/i.test(all)
    ? 'it is not in the registry'
    : /unauthorized|denied|forbidden|authentication/i.test(all)
      ? 'the registry refuses access'
      : 'the registry did not give it out';
  return {
    code: 'image_pull',
    summary: `Image ${image} cannot be pulled: ${why}.`,
    evidence: messages.slice(0, 3),
    nextStep: why.includes('access')
      ? 'Check the pull secret of the namespace.'
      : 'Check the reference: repository, tag and spelling.',
    object: refOf(pod, 'Pod', ''),
  };
}

function config(pod: unknown, status: unknown): Verdict | undefined {
  if (text(at(status, 'state', 'waiting', 'reason')) !== 'CreateContainerConfigError') return undefined;
  const message = text(at(status, 'state', 'waiting', 'message')) ?? '';
  const [, key, of] = /couldn't find key (\S+) in (?:Secret|ConfigMap) (\S+)/i.exec(message) ?? [];
  const code = /secret/i.test(message) ? 'secret_missing' : 'config_missing';
  const kind = code === 'secret_missing' ? 'Secret' : 'ConfigMap';
  return {
    code,
    summary:
      key === undefined
        ? `A ${kind} the container needs is not there.`
        : `${kind} ${of?.split('/').at(-1)} has no key ${key}, which the container needs.`,
    evidence: [message],
    nextStep:
      key === undefined
        ? 'Create it in the namespace, or correct its name.'
        : `Add key ${key} to it, or correct the name of the key.`,
    object: refOf(pod, 'Pod', ''),
  };
}

/** Ended again and again by the kubelet, because it does not pass its liveness or startup probe. */
function killed(pod: unknown, status: unknown, events: readonly unknown[]): Verdict | undefined {
  const isWaiting = at(status, 'state', 'waiting', 'reason') === 'CrashLoopBackOff';
  if (!isWaiting && (int(at(status, 'restartCount')) ?? 0) < crashes) return undefined;
  const failed = eventsOf(pod, events).filter((message) => /(Liveness|Startup) probe (failed|errored)/.test(message));
  if (failed.length === 0) return undefined;
  const container = text(at(status, 'name')) ?? 'app';
  return probeFailing(pod, `Container ${container} is restarted again and again: it does not pass its probe.`, failed);
}

/** A readiness probe may fail while a pod starts; only past the deadline it is the cause. */
function unready(pod: unknown, events: readonly unknown[]): Verdict | undefined {
  if (condition(pod, 'Ready')?.status === 'True') return undefined;
  const failed = eventsOf(pod, events).filter((message) => /Readiness probe (failed|errored)/.test(message));
  return failed.length === 0 ? undefined : probeFailing(pod, 'The pod runs and never gets ready.', failed);
}

function probeFailing(pod: unknown, summary: string, failed: readonly string[]): Verdict {
  return {
    code: 'probe_failing',
    summary,
    evidence: failed.slice(0, 3),
    nextStep: 'Check the probe’s path and port, and how long the container takes to start.',
    object: refOf(pod, 'Pod', ''),
  };
}

function ended(pod: unknown, status: unknown): Verdict | undefined {
  const waiting = text(at(status, 'state', 'waiting', 'reason'));
  const terminated = at(status, 'lastState', 'terminated') ?? at(status, 'state', 'terminated');
  const reason = text(at(terminated, 'reason'));
  const exitCode = int(at(terminated, 'exitCode'));
  const restarts = int(at(status, 'restartCount')) ?? 0;
  const container = text(at(status, 'name')) ?? 'app';
  if (reason === 'OOMKilled') {
    const limit = text(at(containerOf(pod, container), 'resources', 'limits', 'memory'));
    return {
      code: 'oom_killed',
      summary: `Container ${container} took more memory than its limit${limit === undefined ? '' : ` of ${limit}`} and was ended.`,
      evidence: [`OOMKilled, exit code ${exitCode ?? 137}, ${restarts} restarts`],
      nextStep: 'Raise the memory, or find what takes it.',
      object: refOf(pod, 'Pod', ''),
    };
  }
  if (waiting !== 'CrashLoopBackOff' && !(restarts >= crashes && exitCode !== undefined && exitCode !== 0))
    return undefined;
  return {
    code: 'crash_loop',
    summary: `Container ${container} ends again and again${exitCode === undefined ? '' : ` with exit code ${exitCode}`}.`,
    evidence: [
      `${waiting ?? reason ?? 'Error'}, ${restarts} restarts`,
      ...[text(at(status, 'state', 'waiting', 'message'))].filter((message) => message !== undefined),
    ],
    nextStep: 'Read its last log lines.',
    object: refOf(pod, 'Pod', ''),
  };
}

/** An old pod may be about to leave its room, and a node that the autoscaler orders takes minutes. */
function waitsForNode(pod: unknown, events: readonly unknown[], now: number | undefined): boolean {
  const conditions = list(at(pod, 'status', 'conditions'));
  const since = text(
    at(
      conditions.find((entry) => at(entry, 'type') === 'PodScheduled'),
      'lastTransitionTime',
    ),
  );
  if (now === undefined || since === undefined) return false;
  const uid = at(pod, 'metadata', 'uid');
  const ordered = events.some(
    (event) => at(event, 'involvedObject', 'uid') === uid && at(event, 'reason') === 'TriggeredScaleUp',
  );
  return now - Date.parse(since) < (ordered ? scaleUpMs : scheduleMs);
}

function unschedulable(pod: unknown, nodes: readonly unknown[]): Verdict | undefined {
  if (!isUnschedulable(pod)) return undefined;
  const message = condition(pod, 'PodScheduled')?.message ?? '';
  const object = refOf(pod, 'Pod', '');
  if (/unbound immediate PersistentVolumeClaims|persistentvolumeclaim/i.test(message)) {
    return {
      code: 'volume_pending',
      summary: 'A volume the pod needs is not bound.',
      evidence: [message],
      nextStep: 'Check the claim and its storage class.',
      object,
    };
  }
  if (/Insufficient/.test(message)) {
    return {
      code: 'unschedulable_resources',
      summary: 'No node has room for the pod.',
      evidence: [message],
      nextStep: 'Ask for less CPU or memory, or add nodes.',
      object,
    };
  }
  const placement = placementOf(pod, nodes);
  const evidence = placement === undefined ? [message] : [message, placement.evidence];
  const namesRules = /affinity|selector|spread/.test(message);
  if (placement?.by === 'taint' || (placement === undefined && /taint|unschedulable/.test(message) && !namesRules)) {
    return {
      code: 'unschedulable_taint',
      summary: 'Every node that would fit refuses the pod by a taint.',
      evidence,
      nextStep: 'Tolerate the taint, or free nodes of it.',
      object,
    };
  }
  if (namesRules) {
    return {
      code: 'unschedulable_affinity',
      summary: 'No node fits the pod’s placement rules.',
      evidence,
      nextStep: 'Loosen the selector or affinity.',
      object,
    };
  }
  const nextStep = 'Look at the nodes: add one, or find out why none takes it.';
  return { code: 'unschedulable', summary: 'No node takes the pod.', evidence: [message], nextStep, object };
}

/**
 * A node is being emptied and cannot be: a budget lets none of the pods on it go, and this one waits for the room. Not
 * the fault of what waits.
 */
function heldByBudget(pod: unknown, { pods, nodes = [], budgets = [], otherPods = [] }: Evidence): Verdict | undefined {
  if (!isUnschedulable(pod)) return undefined;
  for (const budget of budgets.filter(allowsNone)) {
    const held = [...pods, ...otherPods].find((other) => {
      const node = nodes.find((each) => at(each, 'metadata', 'name') === at(other, 'spec', 'nodeName'));
      return at(node, 'spec', 'unschedulable') === true && selects(at(budget, 'spec', 'selector'), other);
    });
    if (held === undefined) continue;
    const { name = '', namespace } = refOf(budget, 'PodDisruptionBudget', 'policy');
    const healthy = int(at(budget, 'status', 'currentHealthy')) ?? 0;
    const needed = int(at(budget, 'status', 'desiredHealthy')) ?? 0;
    return {
      code: 'pdb_blocked',
      summary: `A node is being emptied, and the budget ${name} lets none of its pods go.`,
      evidence: [
        `PodDisruptionBudget ${name}: ${healthy} healthy, ${needed} needed, 0 may be disrupted.`,
        `Node ${text(at(held, 'spec', 'nodeName')) ?? ''} is cordoned and still has pod ${text(at(held, 'metadata', 'name')) ?? ''}.`,
      ],
      nextStep: 'Raise the replicas or loosen the budget, or take the node back into use.',
      object: { group: 'policy', kind: 'PodDisruptionBudget', ...(namespace === undefined ? {} : { namespace }), name },
    };
  }
  return undefined;
}

function allowsNone(budget: unknown): boolean {
  return int(at(budget, 'status', 'disruptionsAllowed')) === 0 && (int(at(budget, 'status', 'expectedPods')) ?? 0) > 0;
}

function volume(pod: unknown, events: readonly unknown[]): Verdict | undefined {
  const message = eventsOf(pod, events).find((text_) => /persistentvolumeclaim "[^"]+" not found/.test(text_));
  if (message === undefined) return undefined;
  return {
    code: 'volume_pending',
    summary: 'A volume claim the pod names does not exist.',
    evidence: [message],
    nextStep: 'Create the claim, or correct its name.',
    object: refOf(pod, 'Pod', ''),
  };
}

function mount(pod: unknown, events: readonly unknown[]): Verdict | undefined {
  const message = eventsOf(pod, events).find((text_) =>
    /MountVolume\.SetUp failed.*(configmap|secret) "[^"]+" not found/.test(text_),
  );
  if (message === undefined) return undefined;
  const code = /secret "/.test(message) ? 'secret_missing' : 'config_missing';
  return {
    code,
    summary: `A ${code === 'secret_missing' ? 'Secret' : 'ConfigMap'} the pod mounts is not there.`,
    evidence: [message],
    nextStep: 'Create it in the namespace, or correct its name.',
    object: refOf(pod, 'Pod', ''),
  };
}

function eventsOf(object: unknown, events: readonly unknown[]): string[] {
  const uid = at(object, 'metadata', 'uid');
  return events
    .filter((event) => at(event, 'involvedObject', 'uid') === uid && at(event, 'type') === 'Warning')
    .flatMap((event) => text(at(event, 'message')) ?? []);
}

function containerOf(pod: unknown, name: string): unknown {
  return list(at(pod, 'spec', 'containers')).find((container) => at(container, 'name') === name);
}

function imageOf(pod: unknown, status: unknown): string {
  return text(at(containerOf(pod, text(at(status, 'name')) ?? ''), 'image')) ?? 'of the container';
}

function refOf(object: unknown, kind: string, group: string) {
  const namespace = text(at(object, 'metadata', 'namespace'));
  return {
    group,
    kind: text(at(object, 'kind')) ?? kind,
    ...(namespace === undefined ? {} : { namespace }),
    name: text(at(object, 'metadata', 'name')) ?? '',
  };
}
