import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { request as plainRequest } from 'node:http';
import { createServer as createTlsServer, request as tlsRequest } from 'node:https';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Drain } from '@quarterdeck/contracts';
import { createServerIdentity } from '@quarterdeck/simulator';
import {
  type Cluster,
  createKubectl,
  type Fleet,
  type Kubectl,
  startControlPlanes,
  TestbedUnavailable,
  waitFor,
} from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDrainWorker } from '../../../testing/drain-worker.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../../testing/test-app.ts';

/** Answers for every port of every pod. */
const podServer: Server = createServer((socket) => {
  socket.on('error', () => {});
  socket.on('data', (bytes) => socket.write(`pod heard ${bytes}`));
});
await new Promise<void>((resolve) => podServer.listen(0, '127.0.0.1', resolve));
afterAll(() => podServer.close());

const podPort = (podServer.address() as AddressInfo).port;
const fleet: Fleet | undefined = await startControlPlanes({ nodes: 3, podExec: true, podPort }).catch(
  (error: unknown) => {
    if (error instanceof TestbedUnavailable) return undefined;
    throw error;
  },
);
afterAll(() => fleet?.stop());

const manifest = (image: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: cart, namespace: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: cart } }
  template:
    metadata: { labels: { app: cart } }
    spec: { containers: [{ name: main, image: "${image}", ports: [{ containerPort: 8080 }] }] }
`;

/** In order: each step stands on the one before. */
describe.skipIf(fleet === undefined)('the real kubectl through Quarterdeck', () => {
  const [cluster] = (fleet?.clusters ?? []) as [Cluster];
  let test: TestApp;
  let owner: SignedInClient;
  let port: number;
  let clusterId: string;
  let kubectl: Kubectl;
  let direct: Kubectl;
  let secret: string;

  const kubeconfigFor = async (wish: object) => {
    const { status, body } = await owner.request({
      method: 'POST',
      url: `/clusters/${clusterId}/kubeconfigs`,
      payload: wish,
    });
    expect(status).toBe(201);
    return String(body.kubeconfig).replace('https://localhost:8080', `https://127.0.0.1:${port}`);
  };
  const ok = async (...args: string[]) => {
    const said = await kubectl.run(args);
    expect([said.code, said.err]).toEqual([0, expect.not.stringContaining('rror')]);
    return said.out;
  };
  const lines = <T extends { out: string }>(said: T) => ({ ...said, out: said.out.split('\n').toSorted() });
  const podName = async () =>
    (await ok('-n', 'shop', 'get', 'pods', '-l', 'app=cart', '-o', 'name')).split('\n')[0] ?? '';

  beforeAll(async () => {
    test = await createTestApp({
      clusterAddressAllow: [`127.0.0.1/32:${new URL(cluster.server).port}`],
      loopbackTls: await createServerIdentity('authority of the test', 'quarterdeck'),
    });
    owner = await claimAsOwner(test);
    const access = { kind: 'kubeconfig', kubeconfig: cluster.kubeconfig };
    const registered = await owner.request({
      method: 'POST',
      url: '/clusters',
      payload: { slug: 'real', access, bootstrap: true },
    });
    expect(registered.body.state).toBe('connected');
    clusterId = String(registered.body.id);
    await test.app.listen({ host: '127.0.0.1', port: 0 });
    port = (test.app.server.address() as AddressInfo).port;
    const kubeconfig = await kubeconfigFor({ level: 'exec' });
    secret = /token: (\S+)/.exec(kubeconfig)?.[1] ?? '';
    kubectl = await createKubectl(fleet?.kubectl ?? '', kubeconfig);
    direct = await createKubectl(fleet?.kubectl ?? '', cluster.kubeconfig);
    await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
  });
  afterAll(async () => {
    await kubectl?.close();
    await direct?.close();
    await test?.close();
  });

  it('applies server-side, and waits for the rollout', async () => {
    const applied = await kubectl.run(['apply', '--server-side', '-f', '-'], manifest('registry.example/cart:1'));
    expect([applied.code, applied.out, applied.err]).toEqual([0, 'deployment.apps/cart serverside-applied\n', '']);
    expect(await ok('-n', 'shop', 'rollout', 'status', 'deployment/cart', '--timeout=50s')).toContain(
      'successfully rolled out',
    );
    expect(await ok('-n', 'shop', 'wait', '--for=condition=Available', 'deployment/cart', '--timeout=30s')).toContain(
      'condition met',
    );
  });

  it('gets the same as without us: tables, JSON, descriptions', async () => {
    await waitFor('the pods to settle', async () => {
      const before = await direct.run(['get', 'pods', '-A', '-o', 'json']);
      return before.out === (await direct.run(['get', 'pods', '-A', '-o', 'json'])).out && before.out.includes('cart');
    });
    for (const args of [
      ['get', 'pods', '-A', '-o', 'json'],
      ['get', 'all', '-A', '-o', 'name'],
      ['get', 'nodes', '-o', 'name'],
      ['-n', 'shop', 'get', 'deployment', 'cart', '-o', 'yaml', '--show-managed-fields'],
      ['-n', 'shop', 'get', 'pods', '-o', 'custom-columns=N:.metadata.name,P:.status.phase'],
      ['api-resources', '-o', 'name'],
      ['explain', 'deployment.spec.replicas'],
      ['version'],
    ]) {
      const [ours, theirs] = [await kubectl.run(args), await direct.run(args)];
      expect([args, ours]).toEqual([args, theirs]);
      expect([args, ours.code]).toEqual([args, 0]);
    }
    const described = await ok('-n', 'shop', 'describe', await podName());
    expect(described).toMatch(/^Name: +cart-/);
    expect(described).toContain('Successfully assigned');
  });

  it('shows what would change, and changes it', async () => {
    const diff = await kubectl.run(['diff', '--server-side', '-f', '-'], manifest('registry.example/cart:2'));
    expect(diff.code).toBe(1);
    expect(diff.out).toMatch(/-.*image: registry.example\/cart:1\n\+.*image: registry.example\/cart:2/);
    await kubectl.run(['apply', '--server-side', '-f', '-'], manifest('registry.example/cart:2'));
    expect(await ok('-n', 'shop', 'rollout', 'status', 'deployment/cart', '--timeout=50s')).toContain('successfully');
    expect(await ok('-n', 'shop', 'rollout', 'undo', 'deployment/cart')).toContain('rolled back');
    expect(await ok('-n', 'shop', 'scale', 'deployment/cart', '--replicas=3')).toContain('scaled');
    expect(await ok('-n', 'shop', 'rollout', 'status', 'deployment/cart', '--timeout=50s')).toContain('successfully');
  });

  it('follows a log while it is written', async () => {
    const running = kubectl.start(['-n', 'shop', 'logs', '-f', await podName()]);
    await waitFor('the first lines', async () => running.out().includes('ready'));
    await cluster.appendPodLog('a line of now');
    await waitFor('the new line', async () => running.out().includes('a line of now'));
    await running.end();
  });

  it('execs, with and without a terminal', async () => {
    const pod = await podName();
    expect(await ok('-n', 'shop', 'exec', pod, '--', 'echo', 'one', 'two')).toBe('one two\n');
    // KWOK never tells a command that its input has ended, with us or without: it must know by itself.
    const fed = await kubectl.run(['-n', 'shop', 'exec', '-i', pod, '--', 'head', '-c300000'], 'x'.repeat(300_000));
    expect([fed.code, fed.out.length]).toEqual([0, 300_000]);
    const failing = ['-n', 'shop', 'exec', pod, '--', 'sh', '-c', 'echo bad >&2; exit 7'];
    expect(await kubectl.run(failing)).toEqual(await direct.run(failing));
    const asks = 'test -t 0 && echo ready && read word && echo terminal says $word && read bye';
    const seen = await kubectl.atTerminal(
      ['-n', 'shop', 'exec', '-it', pod, '--', 'sh', '-c', asks],
      [
        { seen: 'ready', typed: 'hello' },
        { seen: 'terminal says hello', typed: 'bye' },
      ],
    );
    expect(seen).toContain('terminal says hello');
  });

  it('copies into a pod and out of it', async () => {
    const pod = (await podName()).replace('pod/', '');
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251));
    // The tar inside waits for the end of its input, of which KWOK does not tell it, and keeps the last bytes until then:
    // another file behind the one that is looked at pushes it out.
    await mkdir(join(kubectl.folder, 'in'));
    await writeFile(join(kubectl.folder, 'in/a.bin'), bytes);
    await writeFile(join(kubectl.folder, 'in/b.bin'), bytes);
    const inside = join(kubectl.folder, 'inside');
    const copying = kubectl.start(['-n', 'shop', 'cp', 'in', `${pod}:${inside}`]);
    const place = join(inside, 'a.bin');
    await waitFor('the file', async () => (await readFile(place).catch(() => bytes.subarray(0, 1))).equals(bytes));
    await copying.end();
    await ok('-n', 'shop', 'cp', `${pod}:${place}`, 'out.bin');
    expect((await readFile(join(kubectl.folder, 'out.bin'))).equals(bytes)).toBe(true);
  });

  it('forwards a port', async () => {
    const running = kubectl.start(['-n', 'shop', 'port-forward', await podName(), ':8080']);
    await waitFor('the port', async () => /Forwarding from 127\.0\.0\.1:\d+/.test(running.out()));
    const local = Number(/127\.0\.0\.1:(\d+)/.exec(running.out())?.[1]);
    const heard = await new Promise<string>((resolve, reject) => {
      const socket = connect(local, '127.0.0.1', () => socket.write('hello'));
      socket.on('data', (text) => {
        socket.destroy();
        resolve(String(text));
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(running.err()));
    });
    expect(heard).toBe('pod heard hello');
    await running.end();
  });

  it('shows with top what a metrics server behind the API server measures', async () => {
    const without = ['top', 'pods', '-A'];
    expect(await kubectl.run(without)).toEqual(await direct.run(without));
    const metrics = await startMetricsServer(`${cluster.name}-node-1`);
    try {
      for (const [path, object] of metricsManifest(metrics.port)) await cluster.request('POST', path, object);
      await waitFor('the metrics API to be served', async () => (await direct.run(['top', 'nodes'])).code === 0);
      for (const args of [
        ['top', 'nodes'],
        ['-n', 'shop', 'top', 'pods', '--containers'],
      ]) {
        // What nobody measures comes in another order each time.
        const [ours, theirs] = [lines(await kubectl.run(args)), lines(await direct.run(args))];
        expect([args, ours]).toEqual([args, theirs]);
        expect([args, ours.code, ours.out.join()]).toEqual([args, 0, expect.stringContaining('250m')]);
      }
    } finally {
      await cluster.request('DELETE', '/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io');
      await metrics.close();
    }
  });

  it('knows what it may: as much as the owner, or as its token', async () => {
    expect(await ok('auth', 'can-i', 'delete', 'deployments', '-n', 'shop')).toBe('yes\n');
    expect(await ok('auth', 'whoami')).toContain('quarterdeck:person');
    const reader = await createKubectl(
      fleet?.kubectl ?? '',
      await kubeconfigFor({ level: 'read', namespaces: ['shop'] }),
    );
    try {
      expect(await reader.run(['auth', 'can-i', 'delete', 'deployments'])).toMatchObject({ out: 'no\n' });
      expect(await reader.run(['get', 'pods', '-o', 'name'])).toMatchObject({ code: 0, err: '' });
      const elsewhere = await reader.run(['get', 'pods', '-n', 'kube-system']);
      expect(elsewhere.err).toContain('Error from server (Forbidden): Needs inventory:read');
      const shell = await reader.run(['exec', await podName(), '--', 'echo', 'no']);
      expect([shell.code, shell.err]).toEqual([1, expect.stringContaining('Needs workloads:exec')]);
      const edit = await reader.run(['delete', 'deployment', 'cart']);
      expect(edit.err).toContain('Needs workloads:edit');
    } finally {
      await reader.close();
    }
  });

  it('drains a node and lets it serve again', async () => {
    const { out } = await direct.run(['-n', 'shop', 'get', await podName(), '-o', 'jsonpath={.spec.nodeName}']);
    const drained = await ok('drain', out, '--ignore-daemonsets', '--force', '--timeout=50s');
    expect(drained).toContain(`node/${out} drained`);
    expect((await direct.run(['get', 'node', out, '-o', 'jsonpath={.spec.unschedulable}'])).out).toBe('true');
    expect(await ok('uncordon', out)).toContain('uncordoned');
  });

  it('has a node drained by Quarterdeck itself: a budget blocks with its numbers, and lets go once it may', async () => {
    const worker = startDrainWorker(test.composition);
    try {
      const labels = { app: 'kept' };
      await cluster.request('POST', '/apis/apps/v1/namespaces/shop/deployments', {
        metadata: { name: 'kept' },
        spec: {
          replicas: 1,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: { containers: [{ name: 'main', image: 'registry.example/kept:1' }] },
          },
        },
      });
      await cluster.request('POST', '/apis/policy/v1/namespaces/shop/poddisruptionbudgets', {
        metadata: { name: 'kept' },
        spec: { minAvailable: 1, selector: { matchLabels: labels } },
      });
      type Pod = { metadata: { uid: string; name: string }; spec: { nodeName?: string } };
      const kept = async () =>
        (await cluster.request<{ items: Pod[] }>('GET', '/api/v1/namespaces/shop/pods?labelSelector=app%3Dkept'))
          .items[0];
      const budget = () =>
        cluster.request<{ status?: { currentHealthy?: number } }>(
          'GET',
          '/apis/policy/v1/namespaces/shop/poddisruptionbudgets/kept',
        );
      await waitFor('the pod to be healthy', async () => (await budget()).status?.currentHealthy === 1);
      const pod = await kept();
      const node = pod?.spec.nodeName ?? '';
      const { metadata } = await cluster.request<{ metadata: { uid: string } }>('GET', `/api/v1/nodes/${node}`);
      const accepts = ['empty_dir_data', 'bare_pod'];
      const url = `/clusters/${clusterId}/nodes/${node}/drain`;
      const begun = await owner.request({ method: 'POST', url, payload: { uid: metadata.uid, accepts } });
      expect(begun.status, begun.text).toBe(202);
      const read = async () => (await owner.request({ method: 'GET', url: `/drains/${begun.body.id}` })).body as Drain;
      const ofKept = async () => (await read()).pods.find(({ uid }) => uid === pod?.metadata.uid);
      await expect.poll(ofKept).toMatchObject({
        state: 'blocked',
        detail: 'The disruption budget kept needs 1 healthy pods and has 1 of 1: 0 may go.',
      });
      await direct.run(['-n', 'shop', 'patch', 'pdb', 'kept', '-p', '{"spec":{"minAvailable":0}}']);
      await expect.poll(async () => (await read()).state).toBe('done');
      expect((await ofKept())?.state).toBe('gone');
      expect((await direct.run(['get', 'node', node, '-o', 'jsonpath={.spec.unschedulable}'])).out).toBe('true');
      expect(await ok('uncordon', node)).toContain('uncordoned');
    } finally {
      await worker.stop();
    }
  }, 180_000);

  it.each([
    ['JSON', 'application/json'],
    ['protobuf', 'application/vnd.kubernetes.protobuf;stream=watch'],
  ])('watches as %s: the bytes are those of the cluster, its bookmarks too', async (name, accept) => {
    const kind = name.toLowerCase();
    const path = '/api/v1/namespaces/shop/configmaps';
    const { metadata } = await cluster.request<{ metadata: { resourceVersion: string } }>('GET', path);
    const query = `?watch=1&allowWatchBookmarks=true&timeoutSeconds=6&resourceVersion=${metadata.resourceVersion}`;
    const ours = read(
      plainRequest({ host: '127.0.0.1', port, path: `/k8s/clusters/${clusterId}${path}${query}` }),
      accept,
      secret,
    );
    const theirs = read(
      tlsRequest(`${cluster.server}${path}${query}`, { ca: cluster.caPem }),
      accept,
      cluster.adminToken,
    );
    await Promise.all([ours.begun, theirs.begun]);
    for (const index of [1, 2, 3]) {
      await cluster.request('POST', path, { metadata: { name: `${kind}-${index}` }, data: { text: 'ü'.repeat(5000) } });
    }
    await cluster.request('DELETE', `${path}/${kind}-2`);
    const [through, straight] = await Promise.all([ours.all, theirs.all]);
    expect(straight.length).toBeGreaterThan(2000);
    // How often a watch is marked, and with which version, is its own; all else is the same to the byte.
    const [here, there] = [parted(frames(through)), parted(frames(straight))];
    expect(there.bookmarks.length).toBeGreaterThan(0);
    expect(new Set(here.bookmarks)).toEqual(new Set(there.bookmarks));
    expect(here.events.join('')).toBe(there.events.join(''));
  });

  it('gives a list that is compressed as it was, and 304 for what is known', async () => {
    const asked = { host: '127.0.0.1', port, path: `/k8s/clusters/${clusterId}/openapi/v3` };
    const first = await whole(plainRequest(asked), { 'accept-encoding': 'gzip', accept: 'application/json' }, secret);
    const straight = await whole(
      tlsRequest(`${cluster.server}/openapi/v3`, { ca: cluster.caPem }),
      { 'accept-encoding': 'gzip', accept: 'application/json' },
      cluster.adminToken,
    );
    expect(first.headers['content-encoding']).toBe(straight.headers['content-encoding']);
    expect(first.body.equals(straight.body)).toBe(true);
    const known = { 'if-none-match': String(straight.headers.etag), accept: 'application/json' };
    expect(await whole(plainRequest(asked), known, secret)).toMatchObject({
      status: straight.headers.etag ? 304 : 200,
    });
  });
});

/** What a metrics server answers: a node and the pods of `shop`, 250m each. */
async function startMetricsServer(node: string): Promise<{ port: number; close(): Promise<void> }> {
  const { certPem, keyPem } = await createServerIdentity('authority of the metrics server', 'localhost');
  const usage = { cpu: '250m', memory: '64Mi' };
  const times = { timestamp: '2026-11-26T06:00:00Z', window: '30s' };
  const apiVersion = 'metrics.k8s.io/v1beta1';
  const answerOf: Record<string, object> = {
    '': {
      ...{ kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersion },
      resources: [
        { name: 'nodes', singularName: '', namespaced: false, kind: 'NodeMetrics', verbs: ['get', 'list'] },
        { name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] },
      ],
    },
    '/nodes': {
      ...{ kind: 'NodeMetricsList', apiVersion, metadata: {} },
      items: [{ metadata: { name: node }, ...times, usage }],
    },
    '/namespaces/shop/pods': {
      ...{ kind: 'PodMetricsList', apiVersion, metadata: {} },
      items: [{ metadata: { name: 'cart', namespace: 'shop' }, ...times, containers: [{ name: 'main', usage }] }],
    },
  };
  const server = createTlsServer({ cert: certPem, key: keyPem }, (request, response) => {
    const path = String(request.url).split('?')[0]?.replace('/apis/metrics.k8s.io/v1beta1', '') ?? '';
    const answer = answerOf[path];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What a metrics server brings along: a service, its API, and the right to read it beside the cluster's own `view`. */
function metricsManifest(port: number): [path: string, object: object][] {
  const name = 'metrics-server';
  return [
    [
      '/api/v1/namespaces/kube-system/services',
      { metadata: { name }, spec: { type: 'ExternalName', externalName: 'localhost' } },
    ],
    [
      '/apis/rbac.authorization.k8s.io/v1/clusterroles',
      {
        metadata: {
          name: 'system:aggregated-metrics-reader',
          labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' },
        },
        rules: [{ apiGroups: ['metrics.k8s.io'], resources: ['pods', 'nodes'], verbs: ['get', 'list', 'watch'] }],
      },
    ],
    [
      '/apis/apiregistration.k8s.io/v1/apiservices',
      {
        metadata: { name: 'v1beta1.metrics.k8s.io' },
        spec: {
          ...{ group: 'metrics.k8s.io', version: 'v1beta1', groupPriorityMinimum: 100, versionPriority: 100 },
          ...{ insecureSkipTLSVerify: true, service: { namespace: 'kube-system', name, port } },
        },
      },
    ],
  ];
}

type Asked = ReturnType<typeof plainRequest>;

/** A stream that ends by itself. */
function read(asked: Asked, accept: string, token: string) {
  let begin: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const all = whole(asked, { accept }, token, begin).then(({ body }) => body);
  return { begun, all };
}

function whole(asked: Asked, headers: Record<string, string>, token: string, begun: () => void = () => {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
    for (const [name, value] of Object.entries({ ...headers, authorization: `Bearer ${token}` })) {
      asked.setHeader(name, value);
    }
    asked.on('error', reject);
    asked.on('response', (response) => {
      begun();
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    asked.end();
  });
}

/** The events of a watch: JSON has one a line, protobuf says the length of each in four bytes. */
function frames(bytes: Buffer): string[] {
  if (bytes[0] === '{'.charCodeAt(0)) return bytes.toString('latin1').split(/(?<=\n)/);
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at);
    found.push(bytes.toString('latin1', at, end));
    at = end;
  }
  return found;
}

/** Bookmarks, without their versions, and all that is not one. */
function parted(all: readonly string[]): { bookmarks: string[]; events: string[] } {
  const isBookmark = (frame: string) => frame.includes('BOOKMARK');
  return {
    bookmarks: all.filter(isBookmark).map((frame) => frame.replaceAll(/\d{2,}/g, '#')),
    events: all.filter((frame) => !isBookmark(frame)),
  };
}
