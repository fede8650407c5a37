import { conditionsOf } from '../projection/conditions.ts';
import { parseQuantity } from '../projection/quantity.ts';
import {
  facts,
  integerOf,
  objectOf,
  objectsOf,
  textMapOf,
  textOf,
  textOrNothing,
  textsOf,
} from '../projection/values.ts';
import type { WatchedKind } from './kind.ts';

export const disruptionBudgetKind: WatchedKind = {
  group: 'policy',
  version: 'v1',
  resource: 'poddisruptionbudgets',
  kind: 'PodDisruptionBudget',
  namespaced: true,
  rank: 51,
  project(object) {
    const spec = objectOf(object.spec);
    const status = objectOf(object.status);
    const healthy = integerOf(status.currentHealthy) ?? 0;
    const wanted = integerOf(status.desiredHealthy) ?? 0;
    const expected = integerOf(status.expectedPods) ?? 0;
    const allowed = integerOf(status.disruptionsAllowed) ?? 0;
    return {
      health: healthy < wanted ? 'degraded' : allowed === 0 && expected > 0 ? 'waiting' : 'healthy',
      statusText: `${allowed} may go`,
      ready: healthy,
      desired: wanted,
      facts: facts({
        allowed,
        healthy,
        wanted,
        expected,
        minAvailable: integerOf(spec.minAvailable) ?? textOrNothing(spec.minAvailable, 16),
        maxUnavailable: integerOf(spec.maxUnavailable) ?? textOrNothing(spec.maxUnavailable, 16),
        selector: textMapOf(objectOf(spec.selector).matchLabels),
        conditions: conditionsOf(status),
      }),
    };
  },
};

export const quotaKind: WatchedKind = {
  group: '',
  version: 'v1',
  resource: 'resourcequotas',
  kind: 'ResourceQuota',
  namespaced: true,
  rank: 52,
  project(object) {
    const status = objectOf(object.status);
    const hard = textMapOf(status.hard ?? objectOf(object.spec).hard, 50) ?? {};
    const used = textMapOf(status.used, 50) ?? {};
    const shares = Object.entries(hard).flatMap(([name, limit]) => {
      const most = parseQuantity(limit);
      const now = parseQuantity(used[name]);
      return most === undefined || now === undefined ? [] : [{ name, share: most === 0 ? 1 : now / most }];
    });
    const fullest = shares.toSorted((a, b) => b.share - a.share)[0];
    const isFull = fullest !== undefined && fullest.share >= 1;
    return {
      health: isFull ? 'degraded' : fullest === undefined ? 'waiting' : 'healthy',
      statusText: fullest === undefined ? 'Unused' : `${fullest.name} ${Math.round(fullest.share * 100)}%`,
      facts: facts({ hard: textMapOf(hard, 50), used: textMapOf(used, 50), full: isFull || undefined }),
    };
  },
};

export const limitRangeKind: WatchedKind = {
  group: '',
  version: 'v1',
  resource: 'limitranges',
  kind: 'LimitRange',
  namespaced: true,
  rank: 53,
  project(object) {
    const limits = objectsOf(objectOf(object.spec).limits, 20).map((limit) =>
      facts({
        type: textOrNothing(limit.type, 64),
        min: textMapOf(limit.min),
        max: textMapOf(limit.max),
        default: textMapOf(limit.default),
        defaultRequest: textMapOf(limit.defaultRequest),
      }),
    );
    return { health: 'healthy', statusText: 'In force', facts: facts({ limits }) };
  },
};

export const priorityClassKind: WatchedKind = {
  group: 'scheduling.k8s.io',
  version: 'v1',
  resource: 'priorityclasses',
  kind: 'PriorityClass',
  namespaced: false,
  rank: 54,
  project(object) {
    return {
      health: 'healthy',
      statusText: object.globalDefault === true ? 'Default' : 'Offered',
      facts: facts({
        value: integerOf(object.value),
        default: object.globalDefault === true || undefined,
        preemption: textOrNothing(object.preemptionPolicy, 64),
        description: textOrNothing(object.description, 300),
      }),
    };
  },
};

export const networkPolicyKind: WatchedKind = {
  group: 'networking.k8s.io',
  version: 'v1',
  resource: 'networkpolicies',
  kind: 'NetworkPolicy',
  namespaced: true,
  rank: 55,
  project(object) {
    const spec = objectOf(object.spec);
    const types = textsOf(spec.policyTypes, 4, 32);
    const selector = textMapOf(objectOf(spec.podSelector).matchLabels);
    return {
      health: 'healthy',
      statusText: types.length === 0 ? 'Ingress' : types.join(', '),
      facts: facts({
        types,
        selector,
        all:
          (selector === undefined && objectsOf(objectOf(spec.podSelector).matchExpressions).length === 0) || undefined,
        ingressRules: objectsOf(spec.ingress, 1000).length,
        egressRules: objectsOf(spec.egress, 1000).length,
      }),
      words: Object.values(selector ?? {}).map((value) => textOf(value)),
    };
  },
};
