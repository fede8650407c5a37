/** One deployment of the demo fleet. `trouble`: annotations that break it on purpose. */
export type DemoWorkload = {
  team: string;
  name: string;
  image: string;
  share: number;
  cpu?: string;
  memory?: string;
  trouble?: Record<string, string>;
};

const sim = (name: string, value: string) => ({ [`sim.quarterdeck.dev/${name}`]: value });

function of(team: string, entries: readonly [name: string, tag: string, share: number][]): DemoWorkload[] {
  return entries.map(([name, tag, share]) => ({
    team,
    name,
    share,
    image: `registry.example.com/${team}/${name}:${tag}`,
  }));
}

/** Workloads by team; `share` is the number of pods in the middle cluster. */
export const workloads: readonly DemoWorkload[] = [
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
    ['thumbnail-batch', '2.4.0', 4],
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
  ...of('data', [
    ['redis', '8.2.1', 6],
    ['kafka', '4.1.0', 5],
    ['event-sink', '3.5.0', 3],
    ['metrics-rollup', '1.8.2', 2],
  ]),
  ...of('edge', [
    ['nginx-edge', '1.29.3', 8],
    ['cert-renew', '1.2.0', 1],
    ['rate-limit', '4.0.0', 3],
    ['geo-dns', '2.5.0', 2],
  ]),
  ...of('platform', [
    ['log-agent', '5.1.0', 4],
    ['image-cache', '1.1.0', 2],
    ['cron-runner', '3.2.0', 2],
    ['config-sync', '2.0.0', 2],
  ]),
  { team: 'thumbnail', name: 'webp-encoder', image: 'registry.example.com/thumbnail/webp-encoder:missing', share: 2 },
  {
    team: 'search',
    name: 'spellcheck',
    image: 'registry.example.com/search/spellcheck:1.3.0',
    share: 2,
    trouble: sim('pull', 'missing'),
  },
  {
    team: 'payment',
    name: 'refund-worker',
    image: 'registry.example.com/payment/refund-worker:2.0.0',
    share: 1,
    trouble: sim('crash-after', '3s'),
  },
  {
    team: 'live',
    name: 'danmaku-archive',
    image: 'registry.example.com/live/danmaku-archive:1.0.4',
    share: 2,
    trouble: sim('crash-after', '8s'),
  },
  {
    team: 'recommend',
    name: 'embedding-train',
    image: 'registry.example.com/recommend/embedding-train:0.9.1',
    share: 1,
    trouble: sim('oom-after', '6s'),
  },
  { team: 'video', name: 'av1-encoder', image: 'registry.example.com/video/av1-encoder:0.3.0', share: 1, cpu: '96' },
  {
    team: 'portrait',
    name: 'style-transfer',
    image: 'registry.example.com/portrait/style-transfer:1.2.0',
    share: 1,
    memory: '512Gi',
  },
  {
    team: 'community',
    name: 'badge-api',
    image: 'registry.example.com/community/badge-api:1.1.0',
    share: 2,
    trouble: sim('never-ready', 'true'),
  },
];
