import type { KubernetesObject } from '@quarterdeck/kubernetes';
import { describe, expect, it } from 'vitest';
import { referencesOf } from './check-references.ts';
import { budgetFindings, quotaFindings } from './check-room.ts';
import type { PreparedObject } from './prepare-object.ts';

function prepared(kind: string, spec: object): PreparedObject {
  const manifest: KubernetesObject = { apiVersion: 'v1', kind, metadata: { name: 'web' }, spec };
  const record = {
    targetId: 'tgt',
    seq: 0,
    group: '',
    version: 'v1',
    kind,
    namespace: 'shop',
    name: 'web',
    sha256: '',
  };
  return { record, manifest, how: {} };
}
const deployment = (replicas: number, memory: string, surge: number | string = 1) => ({
  kind: 'Deployment',
  spec: {
    replicas,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: surge } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', resources: { requests: { memory } } }] },
    },
  },
});
const quota = (used: string) => [
  {
    metadata: { name: 'small' },
    status: { hard: { 'requests.memory': '4Gi', pods: '50' }, used: { 'requests.memory': used, pods: '2' } },
  },
];
const room = (used: string, before: object | undefined, after: object) =>
  quotaFindings(quota(used), [{ object: prepared('Deployment', {}), before, after }]).map(({ level, detail }) => [
    level,
    detail,
  ]);

describe('a quota', () => {
  it('blocks what does not fit for good, with both figures, and counts what goes away', () => {
    expect(room('2Gi', undefined, deployment(3, '1Gi'))).toEqual([
      ['block', 'Quota small: requests.memory 2Gi of 4Gi used, and this release needs 3Gi more.'],
    ]);
    expect(room('2Gi', undefined, deployment(1, '1Gi'))).toEqual([]);
    expect(room('4Gi', deployment(4, '1Gi'), deployment(2, '1Gi'))).toEqual([]);
  });

  it('warns of pods that are only there while it rolls out', () => {
    expect(room('4Gi', deployment(2, '2Gi'), deployment(2, '1Gi', '50%'))).toEqual([]);
    expect(
      room('4Gi', deployment(2, '1Gi'), { ...deployment(2, '1Gi'), spec: { ...deployment(2, '1.2Gi').spec } })[0]?.[0],
    ).toBe('block');
    expect(room('3Gi', deployment(3, '1Gi'), deployment(2, '1.4Gi', 1))).toEqual([
      ['warn', 'Quota small: requests.memory 3Gi of 4Gi used, and while it rolls out it needs 1.2Gi more.'],
    ]);
  });
});

describe('a disruption budget', () => {
  const found = (budget: object, replicas: number) =>
    budgetFindings([
      prepared('PodDisruptionBudget', { selector: { matchLabels: { app: 'web' } }, ...budget }),
      prepared('Deployment', deployment(replicas, '1Gi').spec),
    ]).map(({ code }) => code);

  it('that lets no pod go is worth knowing', () => {
    expect(found({ minAvailable: 1 }, 1)).toEqual(['pdb_blocks']);
    expect(found({ maxUnavailable: 0 }, 3)).toEqual(['pdb_blocks']);
    expect(found({ minAvailable: 1 }, 2)).toEqual([]);
    expect(found({ maxUnavailable: 1 }, 1)).toEqual([]);
  });
});

describe('what pods refer to', () => {
  it('is found wherever it stands, but for what they can do without', () => {
    const spec = {
      template: {
        spec: {
          imagePullSecrets: [{ name: 'pull' }],
          containers: [
            {
              env: [
                { valueFrom: { secretKeyRef: { name: 'db', key: 'url' } } },
                { valueFrom: { configMapKeyRef: { name: 'maybe', key: 'x', optional: true } } },
              ],
              envFrom: [{ configMapRef: { name: 'settings' } }],
            },
          ],
          volumes: [{ secret: { secretName: 'tls' } }, { projected: { sources: [{ configMap: { name: 'extra' } }] } }],
        },
      },
    };
    const names = (object: PreparedObject) => referencesOf(object).map(({ kind, name }) => `${kind}/${name}`);
    expect(names(prepared('Deployment', spec))).toEqual([
      'Secret/db',
      'Secret/tls',
      'ConfigMap/settings',
      'ConfigMap/extra',
      'Secret/pull',
    ]);
    expect(names(prepared('CronJob', { jobTemplate: { spec: spec } }))).toHaveLength(5);
    expect(names(prepared('PersistentVolumeClaim', { storageClassName: 'fast' }))).toEqual(['StorageClass/fast']);
    expect(names(prepared('Ingress', { ingressClassName: 'nginx' }))).toEqual(['IngressClass/nginx']);
  });
});
