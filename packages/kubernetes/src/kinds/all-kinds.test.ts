import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { caps, projectObject } from '../projection/project-object.ts';
import type { ObjectRow } from '../projection/row.ts';
import type { Json } from '../projection/values.ts';
import { genericKind } from './generic.ts';
import type { WatchedKind } from './kind.ts';
import { watchedKinds } from './watched-kinds.ts';

const metadata = { name: 'cart', namespace: 'shop', uid: 'u1', generation: 2 };

function row(kind: WatchedKind | undefined, object: Json): ObjectRow {
  if (kind === undefined || kind.project === 'event') throw new Error('a kind of objects is meant');
  const found = projectObject({ metadata, ...object }, kind.project);
  if (found === undefined) throw new Error('there is no row');
  return found;
}
const project = (kind: string, object: Json) =>
  row(
    watchedKinds.find((each) => each.kind === kind),
    object,
  );
const condition = (type: string, status: string, reason?: string) => ({ type, status, reason });
const conditions = (...given: object[]) => ({ status: { conditions: given } });

const widget = {
  group: 'example.com',
  version: 'v1',
  resource: 'widgets',
  kind: 'Widget',
  namespaced: true,
  verbs: [],
};

describe('every kind', () => {
  const kinds = [...watchedKinds, genericKind(widget, [{ name: 'Size', jsonPath: '.spec.size' }])];
  const objects = kinds.filter(({ project }) => project !== 'event');

  it.each(objects.map((kind) => [kind.kind, kind] as const))('S58 %s reads anything without failing', (_name, kind) => {
    const fields = 'spec status endpoints ports value parameters provisioner data addressType rules'.split(' ');
    const shapes = fc.record(Object.fromEntries(fields.map((field) => [field, fc.jsonValue({ maxDepth: 4 })])), {
      requiredKeys: [],
    });
    fc.assert(
      fc.property(shapes, (object) => {
        const found = row(kind, object as Json);
        expect(found.facts).not.toHaveProperty('unreadable');
        expect(Buffer.byteLength(JSON.stringify(found.facts))).toBeLessThanOrEqual(caps.factsBytes);
      }),
      { numRuns: 60 },
    );
  });

  it.each(objects.map((kind) => [kind.kind, kind] as const))(
    'S45 %s takes keys like __proto__ as keys',
    (_name, kind) => {
      const hostile = JSON.parse(
        '{"__proto__":{"polluted":1},"constructor":"x","matchLabels":{"__proto__":"p"},"selector":{"__proto__":"p"},"hard":{"__proto__":"1"},"phase":"constructor"}',
      ) as Json;
      expect(row(kind, { spec: hostile, status: hostile }).facts).not.toHaveProperty('unreadable');
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    },
  );
});

describe('workloads', () => {
  const whole = { observedGeneration: 2, replicas: 3, readyReplicas: 3, updatedReplicas: 3, currentRevision: 'a' };
  it.each([
    ['healthy', 'with all pods ready', {}, { updateRevision: 'a' }],
    ['updating', 'while its pods are replaced', {}, { updateRevision: 'b', updatedReplicas: 1 }],
    ['healthy', 'with pods kept below its partition', { partition: 2 }, { updateRevision: 'b', updatedReplicas: 1 }],
    ['updating', 'until its generation is seen', {}, { observedGeneration: 1 }],
    ['updating', 'while pods are made', {}, { replicas: 2, readyReplicas: 2, updateRevision: 'a' }],
    ['degraded', 'when a pod is not ready', {}, { readyReplicas: 2, updateRevision: 'a' }],
  ])('a stateful set is %s %s', (health, _when, rollingUpdate, status) => {
    const spec = { replicas: 3, serviceName: 'db', updateStrategy: { type: 'RollingUpdate', rollingUpdate } };
    const found = project('StatefulSet', { spec, status: { ...whole, ...status } });
    expect(found).toMatchObject({ health, desired: 3, facts: { service: 'db' } });
  });

  it.each([
    ['healthy', { numberAvailable: 4, updatedNumberScheduled: 4 }],
    ['updating', { numberAvailable: 4, updatedNumberScheduled: 3 }],
    ['degraded', { numberAvailable: 3, updatedNumberScheduled: 4 }],
  ])('a daemon set is %s with %j', (health, status) => {
    const base = { observedGeneration: 2, desiredNumberScheduled: 4, numberReady: 3 };
    expect(project('DaemonSet', { status: { ...base, ...status } })).toMatchObject({ health, statusText: '3/4' });
  });

  it.each([
    ['Complete', 'healthy', [condition('Complete', 'True')]],
    ['Failed', 'failed', [condition('Failed', 'True', 'BackoffLimitExceeded')]],
    ['Suspended', 'waiting', [condition('Suspended', 'True')]],
    ['FailureTarget', 'failed', [condition('FailureTarget', 'True')]],
    ['Running', 'updating', []],
  ])('a job reads %s (%s) as kubectl does', (statusText, health, given) => {
    const found = project('Job', { spec: { completions: 5 }, status: { succeeded: 2, conditions: given } });
    expect(found).toMatchObject({ statusText, health, ready: 2, desired: 5 });
  });

  it.each([
    ['Suspended', 'waiting', { suspend: true }, {}],
    ['1 active', 'updating', {}, { active: [{ name: 'run-1' }] }],
    [
      'Scheduled',
      'healthy',
      {},
      { lastScheduleTime: '2026-11-24T10:00:00Z', lastSuccessfulTime: '2026-11-24T10:00:09Z' },
    ],
    [
      'Scheduled',
      'degraded',
      {},
      { lastScheduleTime: '2026-11-24T10:00:00Z', lastSuccessfulTime: '2026-11-24T09:00:00Z' },
    ],
    ['Scheduled', 'healthy', {}, {}],
  ])('a cron job is %s, %s', (statusText, health, spec, status) => {
    const jobTemplate = { spec: { template: { spec: { containers: [{ image: 'report:1' }] } } } };
    const found = project('CronJob', { spec: { schedule: '0 * * * *', jobTemplate, ...spec }, status });
    expect(found).toMatchObject({ statusText, health, facts: { schedule: '0 * * * *', images: ['report:1'] } });
  });
});

describe('traffic', () => {
  it('an endpoint slice counts what is ready, unknown included, by zone', () => {
    const endpoints = [
      { addresses: ['10.0.0.1'], zone: 'a', conditions: { ready: true }, targetRef: { kind: 'Pod', name: 'cart-1' } },
      { addresses: ['10.0.0.2'], zone: 'b', conditions: {} },
      { addresses: ['10.0.0.3'], zone: 'b', conditions: { ready: false, terminating: true } },
    ];
    const labels = { 'kubernetes.io/service-name': 'cart' };
    const found = project('EndpointSlice', { metadata: { ...metadata, labels }, addressType: 'IPv4', endpoints });
    expect(found).toMatchObject({
      health: 'degraded',
      statusText: '2/3',
      facts: { service: 'cart', zones: ['a', 'b'] },
    });
    expect(found.facts.endpoints).toMatchObject([{ target: 'cart-1', ready: true }, {}, { terminating: true }]);
    expect(found.search).toContain('10.0.0.3');
  });

  it('an ingress shows hosts, paths and backends', () => {
    const backend = { service: { name: 'cart', port: { number: 80 } } };
    const rules = [{ host: 'shop.example', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }];
    const status = { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } };
    expect(project('Ingress', { spec: { rules, ingressClassName: 'nginx' }, status })).toMatchObject({
      health: 'healthy',
      facts: { class: 'nginx', hosts: ['shop.example'], paths: [{ path: '/', service: 'cart', port: 80 }] },
    });
    expect(project('Ingress', { spec: { rules } })).toMatchObject({ health: 'waiting', statusText: 'No address' });
  });

  it('a gateway and its routes say whether they are taken', () => {
    expect(project('Gateway', conditions(condition('Programmed', 'True')))).toMatchObject({ health: 'healthy' });
    const refused = conditions(condition('Accepted', 'False', 'ListenersNotValid'));
    expect(project('Gateway', refused)).toMatchObject({ health: 'failed', statusText: 'ListenersNotValid' });
    const parent = (...given: object[]) => ({ parentRef: { name: 'edge' }, conditions: given });
    const accepted = condition('Accepted', 'True');
    const route = (...parents: object[]) =>
      project('HTTPRoute', { spec: { hostnames: ['a.example'] }, status: { parents } });
    expect(route(parent(accepted, condition('ResolvedRefs', 'True')))).toMatchObject({ health: 'healthy' });
    expect(route(parent(accepted, condition('ResolvedRefs', 'False', 'BackendNotFound')))).toMatchObject({
      health: 'degraded',
      statusText: 'BackendNotFound',
    });
    expect(route()).toMatchObject({ health: 'waiting', statusText: 'No parent', facts: { hosts: ['a.example'] } });
  });
});

describe('storage and policies', () => {
  it('claims, volumes and classes tell class, size and whom they are bound to', () => {
    const spec = { storageClassName: 'fast', volumeName: 'pv-1', resources: { requests: { storage: '10Gi' } } };
    expect(project('PersistentVolumeClaim', { spec, status: { phase: 'Bound' } })).toMatchObject({
      health: 'healthy',
      facts: { class: 'fast', requestedBytes: 10_737_418_240, volume: 'pv-1' },
    });
    expect(project('PersistentVolumeClaim', { status: { phase: 'Lost' } }).health).toBe('failed');
    const volume = { spec: { claimRef: { namespace: 'shop', name: 'data' } }, status: { phase: 'Released' } };
    expect(project('PersistentVolume', volume)).toMatchObject({ health: 'waiting', facts: { claim: 'shop/data' } });
    const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    const given = {
      metadata: { ...metadata, annotations },
      provisioner: 'csi.example',
      volumeBindingMode: 'WaitForFirstConsumer',
    };
    expect(project('StorageClass', given)).toMatchObject({
      statusText: 'Default',
      facts: { provisioner: 'csi.example' },
    });
  });

  it('an autoscaler shows what it wants and sees', () => {
    const cpu = (part: string, averageUtilization: number) => ({
      type: 'Resource',
      resource: { name: 'cpu', [part]: { averageUtilization } },
    });
    const spec = {
      minReplicas: 2,
      maxReplicas: 10,
      scaleTargetRef: { kind: 'Deployment', name: 'cart' },
      metrics: [cpu('target', 80)],
    };
    const seen = { currentReplicas: 3, currentMetrics: [cpu('current', 61)] };
    const status = { ...seen, conditions: [condition('ScalingActive', 'True')] };
    expect(project('HorizontalPodAutoscaler', { spec, status })).toMatchObject({
      health: 'healthy',
      statusText: '3 of 2 to 10',
      facts: { target: 'Deployment/cart', metrics: [{ name: 'cpu', target: '80%', current: '61%' }] },
    });
    const blind = { ...seen, conditions: [condition('ScalingActive', 'False', 'FailedGetResourceMetric')] };
    expect(project('HorizontalPodAutoscaler', { spec, status: blind }).health).toBe('degraded');
  });

  it('a budget, a quota, limits, priorities and network policies show their numbers', () => {
    const budget = { disruptionsAllowed: 0, currentHealthy: 2, desiredHealthy: 3, expectedPods: 3 };
    expect(project('PodDisruptionBudget', { spec: { minAvailable: '50%' }, status: budget })).toMatchObject({
      health: 'degraded',
      facts: { allowed: 0, minAvailable: '50%' },
    });
    const quota = { hard: { 'requests.cpu': '4', pods: '10' }, used: { 'requests.cpu': '4000m', pods: '3' } };
    expect(project('ResourceQuota', { status: quota })).toMatchObject({
      health: 'degraded',
      statusText: 'requests.cpu 100%',
      facts: { full: true, used: { pods: '3' } },
    });
    const limits = [{ type: 'Container', max: { memory: '2Gi' } }];
    expect(project('LimitRange', { spec: { limits } }).facts).toMatchObject({ limits });
    expect(project('PriorityClass', { value: 1000, globalDefault: true })).toMatchObject({
      statusText: 'Default',
      facts: { value: 1000 },
    });
    const policy = { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [{}] };
    expect(project('NetworkPolicy', { spec: policy }).facts).toMatchObject({
      all: true,
      ingressRules: 1,
      egressRules: 0,
    });
  });
});

describe('kinds of which only metadata is asked for', () => {
  it('keep nothing of what they hold, even when it is sent', () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"password":"aHVudGVyMg=="}}' };
    const held = { data: { password: 'aHVudGVyMg==' }, metadata: { ...metadata, annotations } };
    for (const kind of ['Secret', 'ConfigMap', 'ServiceAccount']) {
      expect(watchedKinds.find((each) => each.kind === kind)?.metadataOnly).toBe(true);
      expect(JSON.stringify(project(kind, held))).not.toContain('aHVudGVyMg==');
    }
  });
});

describe('any other kind', () => {
  const columns = [
    { name: 'Size', jsonPath: '.spec.size' },
    { name: 'Ready', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Age', jsonPath: '.metadata.creationTimestamp' },
    { name: 'Odd', jsonPath: '..anything' },
    { name: 'Missing', jsonPath: '.spec.nowhere' },
  ];
  const kind = genericKind(widget, columns);

  it('shows the columns that it asks to be printed, as far as we follow them', () => {
    expect(kind.columns).toEqual(['Size', 'Ready', 'Missing']);
    const found = row(kind, { spec: { size: 3 }, ...conditions(condition('Ready', 'True')) });
    expect(found).toMatchObject({
      health: 'healthy',
      statusText: 'Ready',
      facts: { columns: { Size: '3', Ready: 'True' } },
    });
    expect(found.facts.columns).not.toHaveProperty('Missing');
  });

  it('is read anew when its columns change', () => {
    expect(genericKind(widget, columns.slice(1)).projection).not.toBe(kind.projection);
  });

  it.each([
    ['degraded', 'Broken', conditions(condition('Ready', 'False', 'Broken'))],
    ['unknown', 'Not Ready', conditions(condition('Ready', 'Unknown'))],
    ['failed', 'Stalled', conditions(condition('Stalled', 'True'), condition('Ready', 'True'))],
    ['updating', 'Updating', { status: { observedGeneration: 1 } }],
    ['failed', 'Failed', { status: { phase: 'Failed' } }],
    ['healthy', 'Synced', { status: { phase: 'Synced' } }],
    ['healthy', 'Present', {}],
  ])('is %s (%s) by its conditions, else by its phase', (health, statusText, object) => {
    expect(row(kind, object as Json)).toMatchObject({ health, statusText });
  });
});
