import { failAfterAnnotation, failAnnotation, failInitAnnotation } from '../controllers/pod-behaviour.ts';
import type { Json } from '../objects/types.ts';
import { logFormatAnnotation } from '../server/log-lines.ts';

/** One workload of the demo fleet, a Deployment unless told; `share` is the number of its pods in the middle cluster. */
export type DemoWorkload = {
  kind?: 'StatefulSet' | 'DaemonSet';
  /** Each pod of a StatefulSet gets a volume of this size. */
  disk?: string;
  team: string;
  name: string;
  image: string;
  share: number;
  cpu?: string;
  memory?: string;
  /** Annotations of its pods. */
  annotations?: Record<string, string>;
  /** More of its pods' spec, and of their container's. */
  pod?: Json;
  container?: Json;
  /** When a rollout that stands still is given up; Kubernetes' 600 s unless told. */
  deadlineSeconds?: number;
};

function of(team: string, entries: readonly [name: string, tag: string, share: number][]): DemoWorkload[] {
  return entries.map(([name, tag, share]) => ({
    team,
    name,
    share,
    image: `registry.example.com/${team}/${name}:${tag}`,
    ...(logFormats[name] === undefined ? {} : { annotations: { [logFormatAnnotation]: logFormats[name] } }),
  }));
}

/** All others write JSON. */
const logFormats: Readonly<Record<string, string>> = { 'nginx-edge': 'nginx', 'community-web': 'php-fpm' };

const healthy: readonly DemoWorkload[] = [
  ...of('upload', [
    ['upload-gateway', '3.14.2', 6],
    ['chunk-store', '2.8.0', 4],
    ['upload-quota', '1.9.1', 2],
    ['virus-scan', '5.0.3', 2],
  ]),
  ...of('portrait', [
    ['portrait-filter', '7.2.0', 6],
    ['face-landmarks', '4.1.1', 4],
    ['filter-preview', '2.0.5', 2],
  ]),
  ...of('video', [
    ['video-transcode', '11.3.0', 8],
    ['transcode-queue', '3.3.1', 3],
    ['clip-cutter', '1.7.4', 2],
    ['video-origin', '6.0.0', 3],
  ]),
  ...of('thumbnail', [
    ['thumbnail-api', '2.4.0', 3],
    ['image-resize', '8.1.2', 3],
  ]),
  ...of('feed', [
    ['feed-api', '21.6.0', 8],
    ['feed-ranker', '9.4.2', 4],
    ['feed-writer', '21.5.1', 3],
    ['timeline-cache', '3.0.0', 3],
  ]),
  ...of('live', [
    ['live-danmaku', '5.5.0', 6],
    ['live-room', '12.0.1', 4],
    ['live-gift', '4.2.0', 2],
    ['stream-ingest', '2.9.3', 4],
  ]),
  ...of('recommend', [
    ['recommend-rank', '15.1.0', 6],
    ['recall-vector', '6.3.0', 4],
    ['feature-store', '10.0.2', 4],
    ['ab-router', '2.2.0', 2],
  ]),
  ...of('community', [
    ['community-web', '8.3.12', 6],
    ['comment-api', '7.7.0', 4],
    ['moderation', '3.1.5', 2],
    ['notification', '5.2.0', 3],
  ]),
  ...of('account', [
    ['account-api', '14.0.0', 4],
    ['session', '6.6.1', 4],
    ['sms-code', '2.1.0', 2],
    ['profile', '9.0.4', 3],
  ]),
  ...of('payment', [
    ['payment-api', '4.8.0', 3],
    ['ledger', '3.0.9', 3],
    ['invoice', '1.4.0', 2],
  ]),
  ...of('search', [
    ['search-api', '6.1.0', 4],
    ['indexer', '6.1.0', 3],
    ['suggest', '2.7.1', 2],
  ]),
  ...of('data', [['event-sink', '3.5.0', 3]]),
  ...of('edge', [
    ['nginx-edge', '1.29.3', 8],
    ['rate-limit', '4.0.0', 3],
    ['geo-dns', '2.5.0', 2],
  ]),
  ...of('platform', [
    ['image-cache', '1.1.0', 2],
    ['config-sync', '2.0.0', 2],
  ]),
];

const stateful: readonly DemoWorkload[] = [
  { ...set('data', 'redis', '8.2.1', 6), disk: '20Gi', memory: '2Gi' },
  { ...set('data', 'kafka', '4.1.0', 5), disk: '500Gi', cpu: '1', memory: '4Gi' },
];

function set(team: string, name: string, tag: string, share: number): DemoWorkload {
  return { kind: 'StatefulSet', team, name, share, image: `registry.example.com/${team}/${name}:${tag}` };
}

/** On every node, whatever taint it has. */
const daemons: readonly DemoWorkload[] = (
  [
    ['node-agent', '2.3.1'],
    ['log-agent', '5.1.0'],
  ] as const
).map(([name, tag]) => ({
  kind: 'DaemonSet',
  team: 'platform',
  name,
  share: 0,
  image: `registry.example.com/platform/${name}:${tag}`,
  cpu: '100m',
  memory: '128Mi',
  annotations: { [logFormatAnnotation]: 'klog' },
  pod: { tolerations: [{ operator: 'Exists' }] },
}));

function broken(team: string, name: string, tag: string, share: number, more: Partial<DemoWorkload>): DemoWorkload {
  return { team, name, share, image: `registry.example.com/${team}/${name}:${tag}`, ...more };
}

function fails(mode: string, after?: string): Partial<DemoWorkload> {
  return { annotations: { [failAnnotation]: mode, ...(after === undefined ? {} : { [failAfterAnnotation]: after }) } };
}

/** What does not run, and why: at least one of each class that the product tells apart by looking at pods. */
export const troubles: readonly { workload: DemoWorkload; verdict: string }[] = [
  { verdict: 'image_pull', workload: broken('thumbnail', 'webp-encoder', 'missing', 2, {}) },
  { verdict: 'image_pull', workload: broken('search', 'spellcheck', '1.3.0', 2, fails('image-pull')) },
  { verdict: 'crash_loop', workload: broken('payment', 'refund-worker', '2.0.0', 1, fails('crash-loop', '3s')) },
  { verdict: 'crash_loop', workload: broken('live', 'danmaku-archive', '1.0.4', 2, fails('crash-loop', '8s')) },
  { verdict: 'oom_killed', workload: broken('recommend', 'embedding-train', '0.9.1', 1, fails('out-of-memory', '6s')) },
  {
    verdict: 'probe_failing',
    workload: broken('community', 'badge-api', '1.1.0', 2, { ...fails('never-ready'), deadlineSeconds: 20 }),
  },
  { verdict: 'probe_failing', workload: broken('feed', 'feed-export', '0.4.2', 1, fails('liveness', '3s')) },
  {
    verdict: 'unschedulable_resources',
    workload: broken('video', 'av1-encoder', '0.3.0', 1, { cpu: '96', memory: '8Gi' }),
  },
  {
    verdict: 'unschedulable_resources',
    workload: broken('portrait', 'style-transfer', '1.2.0', 1, { memory: '512Gi' }),
  },
  {
    verdict: 'unschedulable_taint',
    workload: broken('portrait', 'pose-estimate', '0.8.0', 1, { pod: { nodeSelector: { 'example.com/gpu': 'true' } } }),
  },
  {
    verdict: 'unschedulable_affinity',
    workload: broken('upload', 'upload-cache', '2.2.0', 2, { pod: { nodeSelector: { 'example.com/disk': 'nvme' } } }),
  },
  {
    verdict: 'init_failed',
    workload: broken('community', 'comment-index', '2.0.1', 1, {
      annotations: { [failInitAnnotation]: 'migrate' },
      pod: { initContainers: [{ name: 'migrate', image: 'registry.example.com/community/comment-index:2.0.1' }] },
    }),
  },
  {
    verdict: 'volume_pending',
    workload: broken('payment', 'ledger-archive', '1.5.0', 1, {
      pod: { volumes: [{ name: 'archive', persistentVolumeClaim: { claimName: 'ledger-archive' } }] },
    }),
  },
  {
    verdict: 'secret_missing',
    workload: broken('account', 'sms-relay', '3.0.0', 1, {
      container: { envFrom: [{ secretRef: { name: 'sms-provider' } }] },
    }),
  },
  {
    verdict: 'config_missing',
    workload: broken('edge', 'geo-fence', '1.0.1', 1, {
      container: { envFrom: [{ configMapRef: { name: 'geo-zones' } }] },
    }),
  },
  { verdict: 'quota_exceeded', workload: broken('account', 'profile-import', '0.2.0', 1, { memory: '96Gi' }) },
  {
    verdict: 'admission_denied',
    workload: broken('payment', 'hsm-bridge', '1.1.2', 1, { pod: { hostNetwork: true } }),
  },
];

export const workloads: readonly DemoWorkload[] = [
  ...healthy,
  ...stateful,
  ...daemons,
  ...troubles.map(({ workload }) => workload),
];
