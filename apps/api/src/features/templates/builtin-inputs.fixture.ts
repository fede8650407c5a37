import type { TestCluster } from '@quarterdeck/testing';

const everyWhere = {
  env: { GREETING: 'hello: "world"' },
  labels: { line: 'gallery' },
  annotations: { 'example.com/a': 'b' },
};
const manifests = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: raw-settings }\ndata: { mode: "0644" }\n';

/** What each built-in template is given, and the kinds that it must have put into a cluster. */
export const builtinInputs: Record<string, { parameters: object; kinds: string[] }> = {
  'web-service': {
    parameters: {
      ...everyWhere,
      ingress: { host: 'shop.example.com' },
      autoscaling: { enabled: true, min: 2, max: 4 },
    },
    kinds: ['Service', 'Deployment', 'HorizontalPodAutoscaler', 'PodDisruptionBudget', 'Ingress'],
  },
  worker: { parameters: { ...everyWhere, command: ['work'] }, kinds: ['Deployment', 'PodDisruptionBudget'] },
  'cron-job': { parameters: { ...everyWhere, timeZone: 'Asia/Shanghai' }, kinds: ['CronJob'] },
  'stateful-service': {
    parameters: { ...everyWhere, replicas: 2, volumes: { data: { path: '/data', size: '1Gi' } } },
    kinds: ['Service', 'StatefulSet', 'PodDisruptionBudget'],
  },
  'php-service': {
    parameters: { ...everyWhere, logPipes: { access: 'info' } },
    kinds: ['ConfigMap', 'Service', 'Deployment', 'PodDisruptionBudget'],
  },
  batch: { parameters: { ...everyWhere, completions: 2, parallelism: 2 }, kinds: ['Job'] },
  daemon: { parameters: { ...everyWhere, nodeSelector: { 'kubernetes.io/os': 'linux' } }, kinds: ['DaemonSet'] },
  raw: { parameters: { manifests }, kinds: ['ConfigMap'] },
};

/** A volume for each pod of the stateful service: a test cluster has nobody who makes them. */
export async function addVolumes(cluster: Pick<TestCluster, 'request'>, prefix: string): Promise<void> {
  for (const name of ['first', 'second']) {
    const spec = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: `/tmp/${name}` } };
    await cluster.request('POST', '/api/v1/persistentvolumes', {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: `${prefix}-${name}` },
      spec,
    });
  }
}
