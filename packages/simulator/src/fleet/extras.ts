import { provisioner } from '../controllers/claim.ts';
import { kindOf } from '../objects/kinds.ts';
import type { Json } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import type { Writes } from '../server/writes.ts';

const options = { manager: 'kubectl-client-side-apply', dryRun: false };

/** What stands beside the workloads of a demo cluster: storage, scaling, budgets, batch work, ways in. */
export function addStorage(writes: Writes): void {
  const isDefault = { 'storageclass.kubernetes.io/is-default-class': 'true' };
  const more = { provisioner, reclaimPolicy: 'Delete', allowVolumeExpansion: true };
  writes.create(
    known.storageClasses,
    undefined,
    { metadata: { name: 'ssd', annotations: isDefault }, ...more },
    options,
  );
  writes.create(known.storageClasses, undefined, { metadata: { name: 'hdd' }, ...more }, options);
  // Its class was renamed and the claim was not: it waits for ever.
  const spec = {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '200Gi' } },
    storageClassName: 'archive-hdd',
  };
  writes.create(known.claims, 'payment', { metadata: { name: 'ledger-archive' }, spec }, options);
}

/** Sizes by load: the transcoders follow the day. */
export function addScaling(writes: Writes): void {
  const scale = (team: string, name: string, minReplicas: number, maxReplicas: number, percent: number) => {
    const target = { type: 'Utilization', averageUtilization: percent };
    const spec = {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas,
      maxReplicas,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
    };
    writes.create(known.autoscalers, team, { metadata: { name }, spec }, options);
  };
  scale('video', 'video-transcode', 6, 12, 65);
  scale('feed', 'feed-api', 6, 12, 70);
  scale('live', 'live-danmaku', 4, 10, 70);
}

/** Budgets; the one of `session` lets no pod go, so that a drain of its nodes stands still. */
export function addBudgets(writes: Writes): void {
  const guard = (team: string, name: string, spec: Json) =>
    writes.create(
      known.budgets,
      team,
      { metadata: { name }, spec: { ...spec, selector: { matchLabels: { app: name } } } },
      options,
    );
  guard('upload', 'upload-gateway', { maxUnavailable: 1 });
  guard('data', 'redis', { maxUnavailable: 1 });
  guard('data', 'kafka', { maxUnavailable: 1 });
  guard('edge', 'nginx-edge', { minAvailable: '75%' });
  guard(blockedBudget.team, blockedBudget.name, { minAvailable: '100%' });
}

/** Whoever asks for one of these pods to be evicted is refused. */
export const blockedBudget = { team: 'account', name: 'session' };

/** Whoever changes the template of this Job is refused. */
export const fixedJob = { team: 'thumbnail', name: 'thumbnail-backfill' };

export function addBatch(writes: Writes): void {
  const template = (team: string, name: string, image: string) => ({
    metadata: { labels: { app: name, 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': team } },
    spec: {
      restartPolicy: 'Never',
      containers: [
        {
          name: 'app',
          image: `registry.example.com/${team}/${image}`,
          resources: { requests: { cpu: '500m', memory: '512Mi' }, limits: { memory: '512Mi' } },
        },
      ],
    },
  });
  const every = (schedule: string, team: string, name: string, image: string, parallelism = 1) => {
    const job = { parallelism, completions: parallelism, backoffLimit: 2, template: template(team, name, image) };
    const spec = { schedule, concurrencyPolicy: 'Forbid', jobTemplate: { spec: job } };
    writes.create(known.cronJobs, team, { metadata: { name, labels: { app: name } }, spec }, options);
  };
  every('*/10 * * * *', 'thumbnail', 'thumbnail-batch', 'thumbnail-batch:2.4.0', 3);
  every('0 3 * * *', 'edge', 'cert-renew', 'cert-renew:1.2.0');
  every('*/30 * * * *', 'data', 'metrics-rollup', 'metrics-rollup:1.8.2');
  const { team, name } = fixedJob;
  const spec = { parallelism: 2, completions: 4, template: template(team, name, 'thumbnail-batch:2.3.0') };
  writes.create(known.jobs, team, { metadata: { name, labels: { app: name } }, spec }, options);
}

const priorities = kindOf('scheduling.k8s.io', 'priorityclasses');
const policies = kindOf('networking.k8s.io', 'networkpolicies');

/** What teams bring along: configuration, certificates, who may speak to whom, who goes first. */
export function addSurroundings(writes: Writes): void {
  if (priorities === undefined || policies === undefined) return;
  for (const [name, value, description] of [
    ['serving', 100_000, 'What people wait for.'],
    ['batch', 1000, 'What can wait itself.'],
  ] as const)
    writes.create(priorities, undefined, { metadata: { name }, value, description }, options);
  for (const team of ['payment', 'account'])
    writes.create(
      policies,
      team,
      { metadata: { name: 'default-deny' }, spec: { podSelector: {}, policyTypes: ['Ingress'] } },
      options,
    );
  for (const [team, name] of [
    ['feed', 'feed-api'],
    ['recommend', 'recommend-rank'],
    ['video', 'video-transcode'],
    ['community', 'community-web'],
  ] as const)
    writes.create(
      known.configMaps,
      team,
      {
        metadata: { name: `${name}-config`, labels: { app: name } },
        data: { 'app.yaml': 'log: info\nregion: auto\n' },
      },
      options,
    );
}

/** What the platform team allows nobody: whoever asks for more is told why. */
export const ceiling = {
  name: 'replica-ceiling',
  most: 40,
  message: 'At most 40 replicas: ask the platform team for more.',
};

export function addPolicy(writes: Writes): void {
  const { name, most, message } = ceiling;
  const rule = {
    apiGroups: ['apps'],
    apiVersions: ['v1'],
    operations: ['CREATE', 'UPDATE'],
    resources: ['deployments'],
  };
  const spec = {
    matchConstraints: { resourceRules: [rule] },
    validations: [{ expression: `object.spec.replicas <= ${most}`, message }],
  };
  writes.create(known.policies, undefined, { metadata: { name }, spec }, options);
  const bound = { policyName: name, validationActions: ['Deny'] };
  writes.create(known.policyBindings, undefined, { metadata: { name }, spec: bound }, options);
}

const ingresses = kindOf('networking.k8s.io', 'ingresses');
const ingressClasses = kindOf('networking.k8s.io', 'ingressclasses');

/** The ways in, through nginx at the edge. */
export function addIngresses(writes: Writes): void {
  if (ingresses === undefined || ingressClasses === undefined) return;
  const controller = 'k8s.io/ingress-nginx';
  writes.create(ingressClasses, undefined, { metadata: { name: 'nginx' }, spec: { controller } }, options);
  for (const [team, name, host] of [
    ['upload', 'upload-gateway', 'upload.example.com'],
    ['feed', 'feed-api', 'feed.example.com'],
    ['live', 'live-room', 'live.example.com'],
    ['community', 'community-web', 'www.example.com'],
    ['search', 'search-api', 'search.example.com'],
  ] as const) {
    const backend = { service: { name, port: { name: 'http' } } };
    const spec = {
      ingressClassName: 'nginx',
      tls: [{ hosts: [host], secretName: `${name}-tls` }],
      rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    };
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.10' }] } };
    // No real key: nothing of this fleet speaks TLS with it.
    const data = { 'tls.crt': encode(`certificate of ${host}`), 'tls.key': encode(`key of ${host}`) };
    const secret = { metadata: { name: `${name}-tls` }, type: 'kubernetes.io/tls', data };
    writes.create(known.secrets, team, secret, options);
    writes.create(ingresses, team, { metadata: { name }, spec, status }, options);
  }
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}
