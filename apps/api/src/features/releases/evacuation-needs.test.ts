import { expect, it } from 'vitest';
import { needsOf, registryOf, seat } from './evacuation-needs.ts';

const container = {
  name: 'app',
  image: 'registry.example.com/shop/web:1',
  resources: { requests: { cpu: '500m', memory: '1Gi' } },
  env: [
    { name: 'A', valueFrom: { secretKeyRef: { name: 'database', key: 'url' } } },
    { name: 'B', valueFrom: { secretKeyRef: { name: 'perhaps', key: 'x', optional: true } } },
  ],
  envFrom: [{ configMapRef: { name: 'flags' } }],
};
const workload = (kind: string, name: string, spec: object) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name },
  spec: { template: { spec: { containers: [container], imagePullSecrets: [{ name: 'pull' }] } }, ...spec },
});
const gib = 1024 ** 3;

it('a pod each replica, with the names that must be there already; what may be missing is not asked for', () => {
  const flags = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'flags' } };
  expect(needsOf([workload('Deployment', 'web', { replicas: 2 }), flags])).toMatchObject({
    pods: [
      { cpuMilli: 500, memoryBytes: gib },
      { cpuMilli: 500, memoryBytes: gib },
    ],
    secrets: ['pull', 'database'],
    configMaps: [],
    registries: ['registry.example.com'],
    data: [],
    single: [],
  });
});

it('names what holds data and what may run once only', () => {
  const claims = { volumeClaimTemplates: [{ spec: { storageClassName: 'fast' } }] };
  expect(
    needsOf([
      workload('StatefulSet', 'db', { replicas: 1, ...claims }),
      workload('Deployment', 'cron', { replicas: 1, strategy: { type: 'Recreate' } }),
      workload('Deployment', 'web', { replicas: 1 }),
    ]),
  ).toMatchObject({
    data: ['StatefulSet/db'],
    single: ['StatefulSet/db', 'Deployment/cron'],
    storageClasses: ['fast'],
  });
});

it('seats pods on nodes as they are: two halves of a pod are no seat', () => {
  const pod = { cpuMilli: 500, memoryBytes: gib };
  const half = { cpuMilli: 4000, memoryBytes: gib / 2, pods: 10 };
  expect(seat([half, half], [pod])).toEqual({ seated: 0 });
  expect(seat([{ ...half, memoryBytes: 2 * gib }], [pod, pod, pod])).toEqual({ seated: 2 });
  expect(seat([{ ...half, memoryBytes: 2 * gib }], [pod])).toEqual({
    left: [{ cpuMilli: 3500, memoryBytes: gib, pods: 9 }],
  });
  expect(seat([{ ...half, pods: 0 }], [{ cpuMilli: 0, memoryBytes: 0 }])).toEqual({ seated: 0 });
});

it.each([
  ['registry.example.com/a/b:1', 'registry.example.com'],
  ['localhost:5000/a', 'localhost:5000'],
  ['library/nginx', 'docker.io'],
  ['nginx', 'docker.io'],
])('%s comes from %s', (image, host) => {
  expect(registryOf(image)).toBe(host);
});
