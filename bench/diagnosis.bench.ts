import { createRelease, getRelease, type ReleaseDetail } from '@quarterdeck/contracts';
import { type Cluster, failAnnotation, failInitAnnotation, waitFor } from '@quarterdeck/testing';
import { benchNamespace, type Deployed, eachOf, startDeliveryFleet } from './delivery-fleet.ts';
import { together, webManifests } from './delivery-manifests.ts';
import { printResult } from './result.ts';

const good = Number(process.argv[2] ?? 500);
const priority = 'bench-none-allowed';
const goal = { right: 14, seconds: 10, falseShare: 0.02 };

/** By which time the evidence is there, s after the write: what the design lets each class take before it is named. */
type Case = {
  code: string;
  afterS: number;
  manifests: (name: string) => string;
  before?: (name: string) => Promise<void>;
};

/**
 * Each of the 15 classes put into a real cluster by a release of somebody who errs: is the first verdict the right one,
 * and how long after its evidence does it come. Then good rollouts: none may be called bad. Baseline: their number.
 */
const bench = await startDeliveryFleet({ clusters: 1, nodes: Math.ceil(good / 90) + 2 });
const [cluster] = bench.clusters as [Cluster];
const { owner } = bench;
/** Applications that have had their first release, by name. */
const made = new Map<string, Deployed>();
try {
  await bench.startWorker();
  await cluster.addNodes(1, { labels: { pool: 'tainted' }, taints: [{ key: 'gpu', effect: 'NoSchedule' }] });
  const [draining] = await cluster.addNodes(1, { labels: { pool: 'draining' } });
  await untilOver(
    (await bench.deploy('warm-up', cluster, { template: 'raw', parameters: { manifests: webManifests('warm-up') } }))
      .releaseId,
  );
  // For pods of one priority alone, so that the quota says nothing about the others.
  await cluster.request('POST', '/apis/scheduling.k8s.io/v1/priorityclasses', {
    metadata: { name: priority },
    value: 10,
  });
  await cluster.request('POST', `/api/v1/namespaces/${benchNamespace}/resourcequotas`, {
    metadata: { name: priority },
    spec: {
      hard: { pods: '0' },
      scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: [priority] }] },
    },
  });

  const cases: Case[] = [
    { code: 'image_pull', afterS: 2, manifests: failing('image-pull') },
    { code: 'crash_loop', afterS: 2, manifests: failing('crash-loop') },
    { code: 'oom_killed', afterS: 2, manifests: failing('out-of-memory') },
    { code: 'probe_failing', afterS: 2, manifests: failing('liveness') },
    { code: 'secret_missing', afterS: 2, manifests: failing('secret-missing') },
    { code: 'config_missing', afterS: 2, manifests: failing('configmap-missing') },
    {
      code: 'init_failed',
      afterS: 2,
      manifests: (name) =>
        changed(
          name,
          { annotations: { [failInitAnnotation]: 'migrate' } },
          {
            initContainers: [{ name: 'migrate', image: 'registry.example.com/bench/migrate:1' }],
          },
        ),
    },
    {
      code: 'volume_pending',
      afterS: 2,
      manifests: (name) =>
        changed(name, {}, { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'nobody-made-it' } }] }),
    },
    {
      code: 'unschedulable_affinity',
      afterS: 30,
      manifests: (name) => changed(name, {}, { nodeSelector: { disk: 'none' } }),
    },
    {
      code: 'unschedulable_taint',
      afterS: 30,
      manifests: (name) => changed(name, {}, { nodeSelector: { pool: 'tainted' } }),
    },
    {
      code: 'unschedulable_resources',
      afterS: 30,
      manifests: (name) => changed(name, {}, {}, { requests: { cpu: '999' } }),
    },
    {
      code: 'quota_exceeded',
      afterS: 2,
      manifests: (name) => changed(name, {}, { priorityClassName: priority }),
    },
    {
      code: 'admission_denied',
      afterS: 2,
      manifests: (name) => changed(name, {}, { hostNetwork: true }),
    },
    {
      code: 'immutable_field',
      afterS: 1,
      manifests: (name) => webManifests(name).replaceAll(`"app":"${name}"`, `"app":"${name}-other"`),
      before: (name) => first(name, webManifests(name)),
    },
    {
      code: 'pdb_blocked',
      afterS: 30,
      manifests: (name) => guarded(name, 2),
      before: async (name) => {
        await first(name, guarded(name, 1));
        await cluster.request('PATCH', `/api/v1/nodes/${draining}`, { spec: { unschedulable: true } });
      },
    },
  ];

  const rows: { code: string; said: string; tookS: number }[] = [];
  const judge = async ({ code, afterS, manifests, before }: Case) => {
    const name = code.replaceAll('_', '-');
    await before?.(name);
    const startedAt = Date.now();
    const release = await again(name, manifests(name));
    const [target] = (await untilOver(release)).targets;
    rows.push({ code, said: target?.verdict?.code ?? 'nothing', tookS: (Date.now() - startedAt) / 1000 - afterS });
  };
  await guard('baseline');
  await Promise.all(cases.map(judge));

  let bad = 0;
  await eachOf([...Array(good).keys()], 32, async (index) => {
    const { releaseId } = await bench.deploy(`good-${index}`, cluster, {
      template: 'raw',
      parameters: { manifests: webManifests(`good-${index}`) },
    });
    if ((await untilOver(releaseId)).state !== 'succeeded') bad += 1;
  });

  for (const { code, said, tookS } of rows)
    process.stdout.write(`${code.padEnd(26)}${said.padEnd(26)}${tookS.toFixed(1).padStart(6)} s after its evidence\n`);
  process.stdout.write(`${bad} of ${good} good rollouts called bad\n`);
  const right = rows.filter(({ code, said }) => code === said).length;
  const slowestS = Math.round(Math.max(...rows.map(({ tookS }) => tookS)) * 10) / 10;
  printResult({
    figure: 'diagnosis',
    value: right,
    unit: 'count',
    baseline: cases.length,
    goal: goal.right,
    ok: right >= goal.right && slowestS <= goal.seconds && bad < good * goal.falseShare,
    more: { slowestS, goalS: goal.seconds, good, bad },
  });
} finally {
  await bench.stop();
}

function failing(mode: string) {
  return (name: string) => webManifests(name, { annotations: { [failAnnotation]: mode } });
}

/** The web service with something of its pod changed. */
function changed(name: string, options: object, pod: object, resources?: object): string {
  const [deployment, service] = webManifests(name, options)
    .split('\n---\n')
    .map((text) => JSON.parse(text)) as [{ spec: { template: { spec: { containers: object[] } } } }, object];
  const { spec } = deployment.spec.template;
  Object.assign(spec, pod);
  if (resources !== undefined) Object.assign(spec.containers[0] ?? {}, { resources });
  return together([deployment, service]);
}

/** On the node that is about to be emptied, with a budget that lets none go. */
function guarded(name: string, version: number): string {
  const budget = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: { minAvailable: 1, selector: { matchLabels: { app: name } } },
  };
  const image = `registry.example.com/bench/web:${version}`;
  return `${changed(name, { image }, { nodeSelector: { pool: 'draining' } })}\n---\n${JSON.stringify(budget)}`;
}

/** Which pods the namespace lets in, by Kubernetes' own pod security. */
async function guard(level: string): Promise<void> {
  await cluster.request('PATCH', `/api/v1/namespaces/${benchNamespace}`, {
    metadata: { labels: { 'pod-security.kubernetes.io/enforce': level } },
  });
}

async function first(name: string, manifests: string): Promise<void> {
  const release = await untilOver(await again(name, manifests));
  if (release.state !== 'succeeded') throw new Error(`${name} did not even begin: ${release.state}`);
}

/** A release of an application, which is made with its first. */
async function again(name: string, manifests: string): Promise<string> {
  const known = made.get(name);
  if (known === undefined) {
    const deployed = await bench.deploy(name, cluster, { template: 'raw', parameters: { manifests } });
    made.set(name, deployed);
    return deployed.releaseId;
  }
  const { applicationId, environmentId } = known;
  const body = {
    ...{ applicationId, environmentId, templateVersionId: bench.template('raw'), images: {} },
    parameters: { manifests },
  };
  return (await owner.call(createRelease, { body })).id;
}

async function untilOver(id: string): Promise<ReleaseDetail> {
  return waitFor(
    `release ${id}`,
    async () => {
      const release = await owner.call(getRelease, { params: { id } });
      return ['planning', 'queued', 'rolling'].includes(release.state) ? undefined : release;
    },
    { timeoutMs: 180_000, everyMs: 250 },
  );
}
