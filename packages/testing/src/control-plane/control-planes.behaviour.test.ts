import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  attachControlPlanes,
  type Cluster,
  createAuthority,
  expired,
  type Fleet,
  failAnnotation,
  readyAfterAnnotation,
  startControlPlanes,
  waitFor,
  whyUnavailable,
  writeKubeconfig,
} from '../index.ts';

const deployments = '/apis/apps/v1/namespaces/default/deployments';
const pods = '/api/v1/namespaces/default/pods';

type Deployment = { status: { readyReplicas?: number } };
type Pod = {
  metadata: { name: string };
  status: {
    phase: string;
    containerStatuses?: { restartCount: number; state: { waiting?: { reason: string; message: string } } }[];
    conditions?: { type: string; status: string }[];
  };
};

async function deploy(
  cluster: Cluster,
  name: string,
  extra: { replicas?: number; image?: string; annotations?: object } = {},
) {
  const { replicas = 1, image = 'registry.example/shop:1', annotations = {} } = extra;
  await cluster.request('POST', deployments, {
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name }, annotations }, spec: { containers: [{ name: 'app', image }] } },
    },
  });
}

function waitForReady(cluster: Cluster, name: string, replicas = 1) {
  return waitFor(`${replicas} ready pods of ${name}`, async () => {
    const { status } = await cluster.request<Deployment>('GET', `${deployments}/${name}`);
    return status.readyReplicas === replicas;
  });
}

async function findPod(cluster: Cluster, app: string): Promise<Pod | undefined> {
  const { items } = await cluster.request<{ items: Pod[] }>('GET', `${pods}?labelSelector=app=${app}`);
  return items[0];
}

function waitForWaitingReason(cluster: Cluster, app: string, reason: string) {
  return waitFor(`${app} to wait because of ${reason}`, async () => {
    const container = (await findPod(cluster, app))?.status.containerStatuses?.[0];
    return container?.state.waiting?.reason === reason ? container : undefined;
  });
}

describe.skipIf(await whyUnavailable())('real control planes', () => {
  let fleet: Fleet;
  let first: Cluster;
  let second: Cluster;

  beforeAll(async () => {
    fleet = await startControlPlanes({ count: 2, nodes: 3 });
    [first, second] = fleet.clusters as [Cluster, Cluster];
  });
  afterAll(() => fleet?.stop(), 30_000);

  test('a deployment gets Ready on two clusters that share nothing but etcd', async () => {
    await Promise.all([first, second].map((cluster) => deploy(cluster, 'shop', { replicas: 5 })));
    await Promise.all([first, second].map((cluster) => waitForReady(cluster, 'shop', 5)));

    await first.request('DELETE', `${deployments}/shop`);
    await waitFor('the pods to go', async () => (await findPod(first, 'shop')) === undefined);
    expect(await findPod(second, 'shop')).toBeDefined();
  });

  test('a job completes', async () => {
    const jobs = '/apis/batch/v1/namespaces/default/jobs';
    const container = { name: 'app', image: 'registry.example/task:1' };
    await first.request('POST', jobs, {
      metadata: { name: 'task' },
      spec: { template: { spec: { restartPolicy: 'Never', containers: [container] } } },
    });
    await waitFor('the job to complete', async () => {
      const { status } = await first.request<{ status: { succeeded?: number } }>('GET', `${jobs}/task`);
      return status.succeeded === 1;
    });
  });

  test('logs differ by cluster and can be followed', async () => {
    await deploy(second, 'talkative');
    await waitForReady(second, 'talkative');
    const path = `${pods}/${(await findPod(second, 'talkative'))?.metadata.name}/log`;

    expect(await second.request('GET', path)).toContain(`${second.name}: ready`);

    const { lines, close } = await second.stream(`${path}?follow=true&tailLines=1`);
    const seen: string[] = [];
    for await (const line of lines) {
      seen.push(line);
      if (seen.length === 1) await second.appendPodLog('order 4711 accepted');
      if (seen.length === 2) break;
    }
    close();
    expect(seen).toEqual([`${second.name}: ready`, 'order 4711 accepted']);
  });

  test('a missing image ends in ImagePullBackOff', async () => {
    await deploy(first, 'no-image', { image: 'registry.example/shop:missing' });
    const { state } = await waitForWaitingReason(first, 'no-image', 'ImagePullBackOff');
    expect(state.waiting?.message).toContain('registry.example/shop:missing');
    expect((await findPod(first, 'no-image'))?.status.phase).toBe('Pending');
  });

  test('a crash loop counts restarts and shows the log of the crashed container', async () => {
    await deploy(first, 'crashing', { annotations: { [failAnnotation]: 'crash-loop' } });
    await waitForWaitingReason(first, 'crashing', 'CrashLoopBackOff');
    await waitFor('a second restart', async () => {
      return ((await findPod(first, 'crashing'))?.status.containerStatuses?.[0]?.restartCount ?? 0) > 1;
    });
    const path = `${pods}/${(await findPod(first, 'crashing'))?.metadata.name}/log?previous=true`;
    expect(await first.request('GET', path)).toContain('cannot go on');
  });

  test('a pod that never gets ready runs without being Ready', async () => {
    await deploy(first, 'unready', { annotations: { [failAnnotation]: 'never-ready' } });
    const pod = await waitFor('the pod to run', async () => {
      const found = await findPod(first, 'unready');
      return found?.status.phase === 'Running' ? found : undefined;
    });
    expect(pod.status.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'False' }));
  });

  test('a pod whose node was lost is ready again once its kubelet is heard of, and one that fails is not', async () => {
    await Promise.all([
      deploy(first, 'found', { replicas: 2 }),
      deploy(first, 'sick', { annotations: { [failAnnotation]: 'never-ready' } }),
    ]);
    await waitForReady(first, 'found', 2);
    await waitFor('the sick one to run', async () => (await findPod(first, 'sick'))?.status.phase === 'Running');
    // As the node controller does.
    const { items } = await first.request<{ items: Pod[] }>('GET', pods);
    const lost = items.filter(({ metadata: { name } }) => /^(found|sick)-/.test(name));
    expect(lost).toHaveLength(3);
    for (const { metadata } of lost)
      await first.request(
        ...(['PATCH', `${pods}/${metadata.name}/status`] as const),
        { status: { conditions: [{ type: 'Ready', status: 'False' }] } },
        { contentType: 'application/strategic-merge-patch+json' },
      );
    await waitFor('both pods to be ready again', async () => {
      const { items } = await first.request<{ items: Pod[] }>('GET', `${pods}?labelSelector=app=found`);
      return items.every(({ status }) => status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'));
    });
    expect((await findPod(first, 'sick'))?.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: 'False' }),
    );
  });

  test('a slow pod takes the time it was told', async () => {
    const started = Date.now();
    await deploy(first, 'slow', { annotations: { [readyAfterAnnotation]: '2s' } });
    await waitForReady(first, 'slow');
    expect(Date.now() - started).toBeGreaterThan(1500);
  });

  test('the default roles hold for service accounts, whose legacy tokens are filled', async () => {
    const token = await first.createToken('default', 'robot');
    await expect(first.request('GET', pods, undefined, { token })).rejects.toMatchObject({ status: 403 });

    await first.request('POST', '/api/v1/namespaces/default/secrets', {
      metadata: { name: 'robot', annotations: { 'kubernetes.io/service-account.name': 'robot' } },
      type: 'kubernetes.io/service-account-token',
    });
    await waitFor('the token to be filled in', async () => {
      const secret = await first.request<{ data?: { token?: string } }>(
        'GET',
        '/api/v1/namespaces/default/secrets/robot',
      );
      return secret.data?.token;
    });
  });

  test('nodes can be added with labels and a capacity of their own', async () => {
    const [name] = await first.addNodes(1, { labels: { zone: 'b' }, capacity: { cpu: '64' } });
    const { items } = await first.request<{ items: unknown[] }>('GET', '/api/v1/nodes?labelSelector=zone=b');
    const { gitVersion } = await first.request<{ gitVersion: string }>('GET', '/version');
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({
      metadata: { name },
      status: { capacity: { cpu: '64', memory: '32Gi' }, nodeInfo: { kubeletVersion: gitVersion } },
    });
  });

  test('kubectl takes both kubeconfigs and is refused with an expired or foreign certificate', async () => {
    const kubectl = async (kubeconfig: string) => {
      const file = join(dirname(first.data.logFile), 'under-test.kubeconfig');
      await writeFile(file, kubeconfig, { mode: 0o600 });
      return (await promisify(execFile)(fleet.kubectl, ['--kubeconfig', file, 'get', 'nodes', '-o', 'name'])).stdout;
    };
    expect(await kubectl(first.kubeconfig)).toContain(`node/${first.name}-node-1`);
    expect(await kubectl(first.kubeconfigWithClientCert)).toContain(`node/${first.name}-node-1`);

    const late = await (await first.authority()).issueClient('testbed-admin', ['system:masters'], expired());
    await expect(kubectl(writeKubeconfig(first, late))).rejects.toThrow('Unauthorized');
    const foreign = await createAuthority('somebody else');
    const forged = await foreign.issueClient('testbed-admin', ['system:masters']);
    await expect(kubectl(writeKubeconfig(first, forged))).rejects.toThrow('Unauthorized');
    await expect(
      kubectl(writeKubeconfig({ ...first, caPem: foreign.certPem }, { token: first.adminToken })),
    ).rejects.toThrow(/certificate/);
  });

  test('an outage breaks connections and keeps the data, also when caused by another process', async () => {
    const attached = attachControlPlanes(JSON.parse(JSON.stringify(fleet.data))).clusters[1]!;
    await second.request('POST', '/api/v1/namespaces', { metadata: { name: 'kept' } });

    await attached.stopApiServer();
    await expect(second.request('GET', '/readyz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await first.request('GET', '/readyz')).toBe('ok');

    await attached.startApiServer();
    await second.request('GET', '/api/v1/namespaces/kept');
    await deploy(second, 'after-outage');
    await waitForReady(second, 'after-outage');
  });

  test('a paused API server hangs until it is resumed', async () => {
    await second.pauseApiServer();
    await expect(second.request('GET', '/readyz', undefined, { timeoutMs: 300 })).rejects.toThrow('timed out');
    await second.resumeApiServer();
    expect(await second.request('GET', '/readyz')).toBe('ok');
  });
});
