import type { InventoryObject } from '@quarterdeck/contracts';

/** Why a pod does not run: one sentence, what was seen, what to do next. */
export type Cause = { code: string; summary: string; evidence: string; nextStep: string | undefined };

type Container = {
  name?: string;
  image?: string;
  reason?: string;
  message?: string;
  restarts?: number;
  lastReason?: string;
  lastExitCode?: number;
  limits?: { memoryBytes?: number };
};
type Condition = { type?: string; status?: string; reason?: string; message?: string };

const mebibyte = 2 ** 20;
/** 128 + SIGKILL. */
const killed = 137;
const imageReasons = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull']);

/**
 * The cause as the row of a pod tells it, worst class first; of a pod that is well, nothing. It reads what was last
 * known, so it also answers for a cluster that is cut off.
 */
export function causeOf(pod: Pick<InventoryObject, 'facts' | 'statusText' | 'health'>): Cause | undefined {
  if (pod.health === 'healthy') return undefined;
  const scheduled = listOf<Condition>(pod.facts.conditions).find((condition) => condition.type === 'PodScheduled');
  if (scheduled?.status === 'False') return unschedulable(scheduled.message ?? '');
  // Until the init containers are done the others have not begun.
  const early = pod.statusText.startsWith('Init:') ? worst(listOf<Container>(pod.facts.initContainers)) : undefined;
  if (early !== undefined) return { ...early, code: 'init_failed', summary: `Before it starts: ${early.summary}` };
  const cause = worst(listOf<Container>(pod.facts.containers));
  if (cause !== undefined) return cause;
  if (pod.health !== 'failed') return undefined;
  const message = typeof pod.facts.message === 'string' ? pod.facts.message : '';
  return { code: 'failed', summary: pod.statusText, evidence: message, nextStep: 'Read its events and its log.' };
}

function worst(containers: readonly Container[]): Cause | undefined {
  for (const judge of [imagePull, configMissing, outOfMemory, crashLoop]) {
    for (const container of containers) {
      const cause = judge(container);
      if (cause !== undefined) return cause;
    }
  }
  return undefined;
}

function listOf<T>(value: unknown): T[] {
  return Array.isArray(value) ? (value as T[]) : [];
}

function unschedulable(message: string): Cause {
  const short = message.split(' preemption:')[0] ?? message;
  const common = { evidence: short };
  if (/persistentvolumeclaim/i.test(message))
    return {
      ...common,
      code: 'volume_pending',
      summary: 'A volume the pod needs is not bound',
      nextStep: 'Check the claim and its storage class.',
    };
  if (/Insufficient/.test(message))
    return {
      ...common,
      code: 'unschedulable_resources',
      summary: 'No node has room for the pod',
      nextStep: 'Ask for less CPU or memory, or add nodes.',
    };
  const namesRules = /affinity|selector|spread/.test(message);
  const isTainted = /taint|were unschedulable/.test(message);
  // A row of a pod does not know the nodes: where the scheduler names both, either may be to blame.
  if (namesRules && isTainted)
    return {
      ...common,
      code: 'unschedulable_affinity',
      summary: 'Every node is tainted or does not fit the pod’s placement rules',
      nextStep: 'Compare its selector and tolerations with the nodes.',
    };
  if (isTainted)
    return {
      ...common,
      code: 'unschedulable_taint',
      summary: 'Every node that would fit refuses the pod by a taint',
      nextStep: 'Tolerate the taint, or free nodes of it.',
    };
  if (namesRules)
    return {
      ...common,
      code: 'unschedulable_affinity',
      summary: 'No node fits the pod’s placement rules',
      nextStep: 'Loosen the selector or affinity.',
    };
  return { ...common, code: 'unschedulable', summary: 'No node takes the pod', nextStep: undefined };
}

function imagePull({ reason = '', message = '', image = '' }: Container): Cause | undefined {
  if (!imageReasons.has(reason)) return undefined;
  const denied = /unauthorized|denied|forbidden|authentication/i.test(message);
  const missing = /not found|manifest unknown|NotFound|does not exist/i.test(message);
  const why = missing ? 'it is not in the registry' : denied ? 'the registry refuses access' : 'see the message';
  return {
    code: 'image_pull',
    summary: `Image ${image} cannot be pulled${missing || denied ? `: ${why}` : ''}`,
    evidence: message === '' ? reason : message,
    nextStep: denied ? 'Check the pull secret of the namespace.' : 'Check the reference: repository, tag and spelling.',
  };
}

function configMissing({ reason, message = '' }: Container): Cause | undefined {
  if (reason !== 'CreateContainerConfigError') return undefined;
  const secret = /secret/i.test(message);
  return {
    code: secret ? 'secret_missing' : 'config_missing',
    summary: `A ${secret ? 'Secret' : 'ConfigMap'} the container needs is not there`,
    evidence: message,
    nextStep: 'Create it in the namespace, or correct its name.',
  };
}

function outOfMemory({ name = 'app', lastReason, restarts = 0, limits }: Container): Cause | undefined {
  if (lastReason !== 'OOMKilled') return undefined;
  const limit = limits?.memoryBytes;
  const of = limit === undefined ? '' : ` of ${Math.round(limit / mebibyte)} MiB`;
  return {
    code: 'oom_killed',
    summary: `Container ${name} took more memory than its limit${of} and was ended`,
    evidence: `OOMKilled, ${restarts} restarts`,
    nextStep: 'Raise the memory, or find what takes it.',
  };
}

function crashLoop({ name = 'app', reason, lastExitCode, restarts = 0, message }: Container): Cause | undefined {
  if (reason !== 'CrashLoopBackOff') return undefined;
  const evidence = `${restarts} restarts${message === undefined ? '' : `; ${message.replace(/ pod=\S+$/, '')}`}`;
  // It did not end by itself: it was killed, and not for its memory.
  if (lastExitCode === killed)
    return {
      code: 'probe_failing',
      summary: `Container ${name} is killed again and again (exit code ${killed})`,
      evidence,
      nextStep: 'Read its events: most often its liveness probe fails.',
    };
  return {
    code: 'crash_loop',
    summary: `Container ${name} ends again and again${lastExitCode === undefined ? '' : ` with exit code ${lastExitCode}`}`,
    evidence,
    nextStep: 'Read its last log lines.',
  };
}

/** The workload a pod of a Deployment belongs to, by the hash in its name; itself where there is none. */
export function workloadOf(pod: Pick<InventoryObject, 'name' | 'labels'>): string {
  const hash = pod.labels['pod-template-hash'];
  const at = hash === undefined ? -1 : pod.name.lastIndexOf(`-${hash}-`);
  return at === -1 ? pod.name : pod.name.slice(0, at);
}
