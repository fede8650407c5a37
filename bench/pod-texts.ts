/** Stands for the number of the pod in the text that all share. */
const mark = '@@';

/**
 * Pods of a cluster as an API server sends them, 8 kB each with what field managers noted, made by filling in one text.
 * Like in a real cluster, every 97th does not run.
 */
export function podTexts(cluster: number): (index: number) => string {
  const parts = [false, true].map((isFailing) => JSON.stringify(podOf(cluster, isFailing)).split(mark));
  return (index) => {
    const values: Record<string, string> = {
      i: String(index),
      ns: String(index % 40),
      node: String(index % 100),
      app: String(index % 500),
      set: String(index % 5000),
      ip: `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`,
      hash: ((index * 2_654_435_761) % 4_294_967_296).toString(16).padStart(8, '0'),
    };
    let text = '';
    const pieces = parts[index % 97 === 0 ? 1 : 0] ?? [];
    for (let at = 0; at < pieces.length; at += 1) text += at % 2 === 0 ? pieces[at] : values[pieces[at] ?? ''];
    return text;
  };
}

const fill = (name: string) => `${mark}${name}${mark}`;
const since = '2026-01-01T00:00:00Z';

function podOf(cluster: number, isFailing: boolean): object {
  const app = `app-${fill('app')}`;
  const containers = ['app', 'log', 'proxy'];
  return {
    metadata: {
      name: `${app}-${fill('hash')}-${fill('i')}`,
      generateName: `${app}-${fill('hash')}-`,
      namespace: `team-${fill('ns')}`,
      uid: `${cluster}f0e1d2c-0000-4000-8000-${fill('hash')}${fill('i')}`,
      resourceVersion: '7',
      creationTimestamp: since,
      labels: { app, tier: 'web', 'pod-template-hash': fill('set'), 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: {
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': '9090',
        'kubectl.kubernetes.io/restartedAt': since,
      },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: `${app}-${fill('set')}`,
          uid: `rs-${fill('set')}`,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      managedFields: ['kube-controller-manager', 'kubelet'].map((manager) => ({
        manager,
        operation: 'Update',
        apiVersion: 'v1',
        time: since,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': {
            'f:generateName': {},
            'f:labels': { '.': {}, 'f:app': {}, 'f:pod-template-hash': {} },
            'f:ownerReferences': { '.': {}, 'k:{"uid":"rs"}': {} },
          },
          'f:spec': {
            'f:containers': Object.fromEntries(
              containers.map((name) => [
                `k:{"name":"${name}"}`,
                {
                  '.': {},
                  'f:env': { '.': {}, 'k:{"name":"SETTING_A"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
                  'f:image': {},
                  'f:imagePullPolicy': {},
                  'f:name': {},
                  'f:resources': {
                    '.': {},
                    'f:limits': { '.': {}, 'f:memory': {} },
                    'f:requests': { '.': {}, 'f:cpu': {}, 'f:memory': {} },
                  },
                  'f:terminationMessagePath': {},
                  'f:terminationMessagePolicy': {},
                  'f:volumeMounts': {
                    '.': {},
                    'k:{"mountPath":"/data"}': { '.': {}, 'f:mountPath': {}, 'f:name': {} },
                  },
                },
              ]),
            ),
          },
        },
      })),
    },
    spec: {
      nodeName: `node-${fill('node')}`,
      serviceAccountName: 'default',
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      priorityClassName: 'standard',
      volumes: [
        {
          name: 'kube-api-access-x',
          projected: {
            sources: [{ serviceAccountToken: { path: 'token' } }, { configMap: { name: 'kube-root-ca.crt' } }],
          },
        },
        { name: 'data', persistentVolumeClaim: { claimName: `data-${fill('set')}` } },
        { name: 'config', configMap: { name: `config-${fill('app')}` } },
      ],
      tolerations: ['not-ready', 'unreachable'].map((key) => ({
        key: `node.kubernetes.io/${key}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })),
      containers: containers.map((name) => ({
        name,
        image: `registry.example.com/${app}/${name}:1.${fill('ns')}.0`,
        imagePullPolicy: 'IfNotPresent',
        ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
        env: ['A', 'B', 'C', 'D'].map((letter) => ({
          name: `SETTING_${letter}`,
          value: `value of ${letter} for ${app}`,
        })),
        resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '2Gi' } },
        volumeMounts: [
          { name: 'data', mountPath: '/data' },
          { name: 'config', mountPath: '/etc/app', readOnly: true },
          { name: 'kube-api-access-x', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true },
        ],
        livenessProbe: {
          httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' },
          periodSeconds: 10,
          timeoutSeconds: 1,
          failureThreshold: 3,
        },
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
      })),
    },
    status: {
      phase: 'Running',
      qosClass: 'Burstable',
      hostIP: `10.255.0.${fill('node')}`,
      podIP: fill('ip'),
      podIPs: [{ ip: fill('ip') }],
      startTime: since,
      conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(
        (type) => ({ type, status: 'True', lastProbeTime: null, lastTransitionTime: since }),
      ),
      containerStatuses: containers.map((name) => ({
        name,
        image: `registry.example.com/${app}/${name}:1.${fill('ns')}.0`,
        imageID: `registry.example.com/${app}/${name}@sha256:${'0123456789abcdef'.repeat(4)}`,
        containerID: `containerd://${'fedcba9876543210'.repeat(4)}`,
        ready: !isFailing,
        started: true,
        restartCount: 3,
        lastState: {},
        state: isFailing ? { waiting: { reason: 'CrashLoopBackOff' } } : { running: { startedAt: since } },
      })),
    },
  };
}
