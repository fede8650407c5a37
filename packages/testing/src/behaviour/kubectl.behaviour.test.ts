import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createKubectl, type Kubectl } from '../control-plane/kubectl.ts';
import { waitFor } from '../control-plane/wait-for.ts';
import { makeNamespace } from './cases.fixture.ts';
import { attachBothFleets, describeFleets, stopFleets, type TestCluster } from './test-fleet.ts';

const shared = inject('sharedFleet');
const fleets = await attachBothFleets(shared);
afterAll(() => stopFleets(fleets));
const program = 'skipped' in shared ? undefined : shared.kubectl;

const namespace = 'behaviour-kubectl';
const manifest = `apiVersion: apps/v1
kind: StatefulSet
metadata: { name: shelf }
spec:
  replicas: 1
  serviceName: shelf
  selector: { matchLabels: { app: shelf } }
  template:
    metadata: { labels: { app: shelf } }
    spec: { containers: [{ name: main, image: "registry.example/shelf:1", ports: [{ containerPort: 8080 }] }] }
`;

/** In order: each step stands on the one before. */
describeFleets(program === undefined ? [] : fleets, 'the real kubectl on a $kind cluster', ({ kind, clusters }) => {
  const [cluster] = clusters as [TestCluster];
  let kubectl: Kubectl;
  beforeAll(async () => {
    await makeNamespace(cluster, namespace);
    kubectl = await createKubectl(program ?? '', cluster.kubeconfig);
  });
  afterAll(async () => {
    await kubectl.close();
    await cluster.request('DELETE', `/api/v1/namespaces/${namespace}`);
  });
  const ok = async (...args: string[]) => {
    const said = await kubectl.run(['-n', namespace, ...args]);
    expect([args, said.code, said.err]).toEqual([args, 0, expect.not.stringContaining('rror')]);
    return said.out;
  };

  it('applies, waits, and prints tables', async () => {
    const applied = await kubectl.run(['-n', namespace, 'apply', '-f', '-'], manifest);
    expect([applied.code, applied.out, applied.err]).toEqual([0, 'statefulset.apps/shelf created\n', '']);
    expect(await ok('rollout', 'status', 'statefulset/shelf', '--timeout=50s')).toContain('roll out complete');
    const header = (text: string) =>
      text
        .split('\n')[0]
        ?.split(/ {2,}/)
        .map((each) => each.trim());
    const pods = await ok('get', 'pods', '-o', 'wide');
    expect(header(pods)).toEqual([
      'NAME',
      'READY',
      'STATUS',
      'RESTARTS',
      'AGE',
      'IP',
      'NODE',
      'NOMINATED NODE',
      'READINESS GATES',
    ]);
    expect(pods).toMatch(/^shelf-0 +1\/1 +Running +0 +\d+s +[\d.]+ +\S+ +<none> +<none>$/m);
    expect(await ok('get', 'statefulset')).toMatch(/^NAME +READY +AGE\nshelf +1\/1 +\d+s\n$/);
    expect(await ok('get', 'pods', '--show-labels')).toContain('app=shelf');
    expect(await ok('describe', 'pod', 'shelf-0')).toContain('Successfully assigned');
  });

  it('runs commands', async () => {
    expect(await ok('exec', 'shelf-0', '--', 'echo', 'one', 'two')).toBe('one two\n');
    expect((await kubectl.run(['-n', namespace, 'exec', 'shelf-0', '--', 'sh', '-c', 'exit 7'])).code).not.toBe(0);
    const asks = ['exec', '-i', 'shelf-0', '--', 'sh', '-c', 'read word; echo got $word'];
    expect(await kubectl.run(['-n', namespace, ...asks], 'hello\n')).toEqual({ code: 0, out: 'got hello\n', err: '' });
    const seen = await kubectl.atTerminal(
      ['-n', namespace, 'exec', '-it', 'shelf-0', '--', 'sh'],
      [
        { seen: '#', typed: 'word=hello' },
        { seen: 'word=hello', typed: 'echo a terminal says $word' },
        { seen: 'says hello', typed: 'exit' },
      ],
    );
    expect(seen).toContain('a terminal says hello');
  });

  it('copies a file into a pod and out of it', async () => {
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251));
    await writeFile(join(kubectl.folder, 'in.bin'), bytes);
    // On a real node KWOK runs tar on this machine, and never tells it that its input has ended.
    if (kind === 'simulated') await ok('cp', 'in.bin', 'shelf-0:/tmp/in.bin');
    const place = kind === 'simulated' ? '/tmp/in.bin' : join(kubectl.folder, 'in.bin');
    await ok('cp', `shelf-0:${place}`, 'out.bin');
    expect((await readFile(join(kubectl.folder, 'out.bin'))).equals(bytes)).toBe(true);
  });

  it('forwards a port', async () => {
    const running = kubectl.start(['-n', namespace, 'port-forward', 'shelf-0', ':8080']);
    await waitFor('the port', async () => /Forwarding from 127\.0\.0\.1:\d+/.test(running.out()));
    const local = Number(/127\.0\.0\.1:(\d+)/.exec(running.out())?.[1]);
    for (const path of ['/healthz', '/readyz']) {
      const heard = await new Promise<string>((resolve, reject) => {
        let text = '';
        const socket = connect(local, '127.0.0.1', () =>
          socket.write(`GET ${path} HTTP/1.1\r\nhost: pod\r\nconnection: close\r\n\r\n`),
        );
        socket.on('data', (part) => {
          text += String(part);
          if (text.endsWith('ok\n')) socket.destroy();
        });
        socket.on('error', reject);
        socket.on('close', () => resolve(text));
      });
      expect([heard, running.err()]).toEqual([expect.stringMatching(/^HTTP\/1\.1 200 OK\r\n[\s\S]*ok\n/), '']);
    }
    await running.end();
  });

  it('rolls back what it changed', async () => {
    await ok('set', 'image', 'statefulset/shelf', 'main=registry.example/shelf:2');
    await ok('rollout', 'status', 'statefulset/shelf', '--timeout=50s');
    expect(await ok('rollout', 'history', 'statefulset/shelf')).toMatch(/^1 +<none>\n2 +<none>$/m);
    expect(await ok('rollout', 'undo', 'statefulset/shelf')).toContain('rolled back');
    await ok('rollout', 'status', 'statefulset/shelf', '--timeout=50s');
    expect(await ok('get', 'pods', '-o', 'jsonpath={.items[0].spec.containers[0].image}')).toBe(
      'registry.example/shelf:1',
    );
    expect(await ok('rollout', 'history', 'statefulset/shelf')).toMatch(/^2 +<none>\n3 +<none>$/m);
  });
});
