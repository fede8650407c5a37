import {
  attachBothFleets,
  describeFleets,
  failAnnotation,
  failInitAnnotation,
  stopFleets,
  type TestCluster,
  waitFor,
} from '@quarterdeck/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { diagnose } from './diagnose.ts';

const fleets = await attachBothFleets(inject('sharedFleet'));
afterAll(() => stopFleets(fleets));

const namespace = 'diagnose-classes';
const guarded = 'diagnose-guarded';

type Injected = {
  annotations?: Record<string, string>;
  spec?: object;
  container?: object;
  deadline?: number;
  where?: string;
};
const fails = (mode: string) => ({ annotations: { [failAnnotation]: mode } });
const volume = { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'nobody-made-it' } }] };

/** One workload for a class, as it would be written by somebody who errs. */
const classes: [code: string, injected: Injected, seen: string][] = [
  ['image_pull', fails('image-pull'), 'not in the registry'],
  ['crash_loop', fails('crash-loop'), 'exit code 1'],
  ['oom_killed', fails('out-of-memory'), 'more memory than its limit'],
  ['probe_failing', fails('liveness'), 'does not pass its probe'],
  ['probe_failing', { ...fails('never-ready'), deadline: 3 }, 'never gets ready'],
  [
    'init_failed',
    {
      annotations: { [failInitAnnotation]: 'migrate' },
      spec: { initContainers: [{ name: 'migrate', image: 'registry.example/web:1' }] },
    },
    'Init container migrate',
  ],
  // The simulator looks whether it is there; the nodes of the test control planes are told.
  [
    'secret_missing',
    { ...fails('secret-missing'), container: { envFrom: [{ secretRef: { name: 'absent' } }] } },
    'Secret',
  ],
  [
    'config_missing',
    { ...fails('configmap-missing'), container: { envFrom: [{ configMapRef: { name: 'absent' } }] } },
    'ConfigMap',
  ],
  ['volume_pending', { spec: volume }, 'volume'],
  ['unschedulable_affinity', { spec: { nodeSelector: { disk: 'none-has-this' } } }, 'placement rules'],
  ['unschedulable_resources', { container: { resources: { requests: { cpu: '999' } } } }, 'No node has room'],
  ['admission_denied', { where: guarded, spec: { hostNetwork: true } }, 'admission rule'],
];

describeFleets(fleets, 'what does not run in a $kind cluster', ({ clusters }) => {
  const [cluster] = clusters as [TestCluster];
  beforeAll(async () => {
    for (const [name, labels] of [
      [namespace, {}],
      [guarded, { 'pod-security.kubernetes.io/enforce': 'baseline' }],
    ] as const) {
      await cluster.request('POST', '/api/v1/namespaces', { metadata: { name, labels } });
      await waitFor('the default ServiceAccount', () =>
        cluster.request('GET', `/api/v1/namespaces/${name}/serviceaccounts/default`).catch(() => undefined),
      );
    }
  });
  afterAll(async () => {
    for (const name of [namespace, guarded]) await cluster?.request('DELETE', `/api/v1/namespaces/${name}`);
  });

  it.each(classes)('is found to be %s: %j', async (code, injected, seen) => {
    const { annotations, spec, container, deadline, where = namespace } = injected;
    const name = `${code.replace('_', '-').replace('_', '-')}-${Object.values(annotations ?? {}).join('-')}`.replace(
      /-$/,
      '',
    );
    const labels = { app: name };
    await cluster.request('POST', `/apis/apps/v1/namespaces/${where}/deployments`, {
      metadata: { name, labels },
      spec: {
        ...(deadline === undefined ? {} : { progressDeadlineSeconds: deadline }),
        selector: { matchLabels: labels },
        template: {
          metadata: { labels, ...(annotations === undefined ? {} : { annotations }) },
          spec: { ...spec, containers: [{ name: 'app', image: 'registry.example/web:1', ...container }] },
        },
      },
    });
    const list = async (path: string) => (await cluster.request<{ items: object[] }>('GET', path)).items;
    const of = `labelSelector=app%3D${name}`;
    const verdict = await waitFor('a verdict', async () => {
      const [deployment] = await list(`/apis/apps/v1/namespaces/${where}/deployments?${of}`);
      return diagnose({
        deployment,
        replicaSets: await list(`/apis/apps/v1/namespaces/${where}/replicasets?${of}`),
        pods: await list(`/api/v1/namespaces/${where}/pods?${of}`),
        events: await list(`/api/v1/namespaces/${where}/events`),
        nodes: await list('/api/v1/nodes'),
      });
    });
    expect(verdict.code).toBe(code);
    expect(verdict.summary).toContain(seen);
    expect(verdict.nextStep).toEqual(expect.any(String));
    expect(verdict.evidence.join('')).not.toBe('');
  });
});
