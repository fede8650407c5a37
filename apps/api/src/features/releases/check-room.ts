import { type KubernetesObject, parseQuantity } from '@quarterdeck/kubernetes';
import { podSpecOf, refOf } from './check-references.ts';
import type { Finding } from './finding.ts';
import type { PreparedObject } from './prepare-object.ts';

type Resources = { requests?: Record<string, string>; limits?: Record<string, string> };
export type Workload = {
  replicas?: number;
  strategy?: { type?: string; rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string } };
};
type Quota = {
  metadata?: { name?: string };
  spec?: { scopes?: unknown; scopeSelector?: unknown };
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
};
/** An object as it is and as it would be. */
export type Change = { object: PreparedObject; before: object | undefined; after: object | undefined };

/**
 * Quotas of a namespace that have no room for what a release asks for in all: the pods that stay block, those that are
 * only there while it rolls out are worth knowing.
 */
export function quotaFindings(quotas: readonly Quota[], changes: readonly Change[]): Finding[] {
  const growth = changes.map(({ object, before, after }) => {
    const [old, next] = [demandOf(before), demandOf(after)];
    const isNewRevision = podsOf(before) !== podsOf(after);
    return { object, stays: minus(next.stays, old.stays), meanwhile: isNewRevision ? next.surge : {} };
  });
  const stays = growth.map((each) => each.stays).reduce(plus, {});
  const meanwhile = growth.map((each) => each.meanwhile).reduce(plus, stays);
  const grows = growth.find((each) => Object.values(each.stays).some((amount) => amount > 0)) ?? growth[0];
  // A quota for some pods only is left to the API server, which knows which.
  const whole = quotas.filter(({ spec }) => spec?.scopes === undefined && spec?.scopeSelector === undefined);
  return whole.flatMap(({ metadata, status }) =>
    Object.entries(status?.hard ?? {}).flatMap(([name, limit]): Finding[] => {
      const resource = name === 'cpu' || name === 'memory' ? `requests.${name}` : name;
      const hard = parseQuantity(limit);
      const used = parseQuantity(status?.used?.[name] ?? '0');
      const needs = (amounts: Amounts) => amounts[resource] ?? 0;
      if (hard === undefined || used === undefined || needs(meanwhile) <= 0 || used + needs(meanwhile) <= hard)
        return [];
      const isLasting = used + needs(stays) > hard;
      return [
        {
          level: isLasting ? 'block' : 'warn',
          code: 'quota_exceeded',
          detail: `Quota ${metadata?.name}: ${name} ${status?.used?.[name] ?? '0'} of ${limit} used, ${isLasting ? 'and this release needs' : 'and while it rolls out it needs'} ${amount(isLasting ? needs(stays) : needs(meanwhile), name)} more.`,
          ...(grows === undefined ? {} : { object: refOf(grows.object) }),
          remedy: 'Ask for less, or have the quota raised.',
        },
      ];
    }),
  );
}

/** Budgets that let no pod go: a drained node would wait for ever. */
export function budgetFindings(objects: readonly PreparedObject[]): Finding[] {
  const workloads = objects.filter(({ manifest }) => podSpecOf(manifest) !== undefined);
  return objects
    .filter(({ manifest }) => manifest.kind === 'PodDisruptionBudget')
    .flatMap((budget): Finding[] => {
      const spec = (budget.manifest.spec ?? {}) as {
        minAvailable?: number | string;
        maxUnavailable?: number | string;
        selector?: { matchLabels?: Record<string, string> };
      };
      const mine = workloads.find(({ manifest }) => isSelected(manifest, spec.selector?.matchLabels ?? {}));
      const replicas = mine === undefined ? undefined : ((mine.manifest.spec ?? {}) as Workload).replicas;
      const none =
        spec.maxUnavailable === 0 ||
        spec.maxUnavailable === '0%' ||
        spec.minAvailable === '100%' ||
        (typeof spec.minAvailable === 'number' && replicas !== undefined && replicas <= spec.minAvailable);
      if (!none) return [];
      return [
        {
          level: 'warn',
          code: 'pdb_blocks',
          detail: `It lets none of ${replicas ?? 'its'} pods go: a node that one runs on cannot be drained.`,
          object: refOf(budget),
          remedy: 'Run one replica more, or let the budget allow one.',
        },
      ];
    });
}

type Amounts = Record<string, number>;

function demandOf(object: object | undefined): { stays: Amounts; surge: Amounts } {
  const manifest = object as KubernetesObject | undefined;
  const pod = manifest === undefined ? undefined : podSpecOf(manifest);
  if (
    manifest === undefined ||
    pod === undefined ||
    !['Deployment', 'StatefulSet', 'ReplicaSet'].includes(manifest.kind)
  )
    return { stays: {}, surge: {} };
  const { replicas = 1, strategy } = (manifest.spec ?? {}) as Workload;
  const one: Amounts = { pods: 1 };
  for (const container of (pod.containers ?? []) as { resources?: Resources }[])
    for (const part of ['requests', 'limits'] as const)
      for (const [name, text] of Object.entries(container.resources?.[part] ?? {}))
        one[`${part}.${name}`] = (one[`${part}.${name}`] ?? 0) + (parseQuantity(text) ?? 0);
  const more = manifest.kind === 'Deployment' && strategy?.type !== 'Recreate' ? surgeOf(strategy, replicas) : 0;
  return { stays: times(one, replicas), surge: times(one, more) };
}

/** Pods more than its replicas that a Deployment may have while it rolls out. */
export function surgeOf(strategy: Workload['strategy'], replicas: number): number {
  const surge = strategy?.rollingUpdate?.maxSurge ?? '25%';
  return typeof surge === 'number' ? surge : Math.ceil((Number.parseInt(surge, 10) / 100) * replicas);
}

/** What its pods are made from, as text: another one makes other pods. */
export function podsOf(object: object | undefined): string {
  return JSON.stringify(object === undefined ? undefined : podSpecOf(object as KubernetesObject));
}

function isSelected({ spec }: KubernetesObject, labels: Readonly<Record<string, string>>): boolean {
  const template = (spec as { template?: { metadata?: { labels?: Record<string, string> } } } | undefined)?.template;
  const has = template?.metadata?.labels ?? {};
  return Object.keys(labels).length > 0 && Object.entries(labels).every(([key, value]) => has[key] === value);
}

const times = (amounts: Amounts, by: number): Amounts =>
  Object.fromEntries(Object.entries(amounts).map(([name, each]) => [name, each * by]));

function plus(a: Amounts, b: Amounts): Amounts {
  const sum = { ...a };
  for (const [name, each] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + each;
  return sum;
}

const minus = (a: Amounts, b: Amounts): Amounts => plus(a, times(b, -1));

/** In the unit that people write it in. */
export function amount(value: number, name: string): string {
  if (!name.endsWith('memory') && !name.endsWith('storage')) return String(Math.round(value * 1000) / 1000);
  return value >= 2 ** 30 ? `${Math.round((value / 2 ** 30) * 10) / 10}Gi` : `${Math.round(value / 2 ** 20)}Mi`;
}
