import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { ask } from '../fleet/ask.fixture.ts';
import { type SimulatedCluster, startSimulatedCluster } from '../fleet/simulated-cluster.ts';
import { at, listOf } from '../objects/types.ts';
import { outageAnnotation } from '../server/outage.ts';

const pods = '/api/v1/namespaces/default/pods';

/** What the nodes of the test control planes cannot show: a kubelet's own words, the end of an input, debugging. */
describe('streams of simulated pods', () => {
  let cluster: SimulatedCluster;
  beforeAll(async () => {
    cluster = await startSimulatedCluster({ name: 'spoken' });
    const capacity = { cpu: '8', memory: '8Gi', pods: '10' };
    await ask(cluster, 'POST', '/api/v1/nodes', {
      metadata: { name: 'node-1' },
      status: { capacity, allocatable: capacity },
    });
    await ask(cluster, 'POST', '/api/v1/namespaces/default/configmaps', {
      metadata: { name: 'settings' },
      data: { 'app.yaml': 'log: info\n', MODE: 'test' },
    });
    const container = {
      name: 'app',
      image: 'registry.example/web:3',
      env: [{ name: 'WHERE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
      envFrom: [{ configMapRef: { name: 'settings' } }],
      volumeMounts: [{ name: 'settings', mountPath: '/etc/web' }],
    };
    const volumes = [{ name: 'settings', configMap: { name: 'settings' } }];
    // The account of the namespace comes a moment later.
    await vi.waitFor(
      async () => {
        const spec = { containers: [container], volumes };
        expect((await ask(cluster, 'POST', pods, { metadata: { name: 'web' }, spec })).status).toBe(201);
      },
      { timeout: 60_000 },
    );
    await vi.waitFor(async () => expect(at(await pod(), 'status', 'phase')).toBe('Running'), { timeout: 60_000 });
  });
  afterAll(() => cluster.stop());

  const pod = async () => (await ask(cluster, 'GET', `${pods}/web`)).body[0];

  function open(path: string, protocol = 'v5.channel.k8s.io') {
    const socket = new WebSocket(`${cluster.server.replace('https', 'wss')}${pods}/web/${path}`, [protocol], {
      ca: cluster.caPem,
      headers: { authorization: `Bearer ${cluster.adminToken}` },
    });
    const said: Record<number, string> = {};
    socket.on('message', (data) => {
      const [channel = 0, ...rest] = Buffer.from(data as Buffer);
      said[channel] = (said[channel] ?? '') + Buffer.from(rest).toString('utf8');
    });
    socket.on('error', () => {});
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    const opened = new Promise<void>((resolve) => socket.once('open', () => resolve()));
    const send = (...bytes: (number | string)[]) =>
      socket.send(Buffer.concat(bytes.map((each) => (typeof each === 'number' ? Buffer.of(each) : Buffer.from(each)))));
    return { said, closed, opened, send };
  }
  const exec = (script: string, flags = 'stdout=1&stderr=1') =>
    open(`exec?command=sh&command=-c&command=${encodeURIComponent(script)}&${flags}`);

  it('see their environment and what is mounted', async () => {
    const { said, closed } = exec('echo $WHERE $MODE $HOSTNAME; cat /etc/web/app.yaml; cat /app/VERSION');
    expect(await closed).toBe(1000);
    expect(said[1]).toBe('node-1 test web\nlog: info\n3\n');
  });

  it('keep what is written between two commands', async () => {
    await exec('echo kept > /tmp/note').closed;
    const { said, closed } = exec('cat /tmp/note');
    await closed;
    expect(said[1]).toBe('kept\n');
  });

  it('end a command whose input ends, and tell its code as a kubelet does', async () => {
    const { said, closed, opened, send } = exec('cat; exit 4', 'stdin=1&stdout=1');
    await opened;
    send(0, 'all of it');
    send(255, 0);
    await closed;
    expect(said[1]).toBe('all of it');
    expect(JSON.parse(said[3] ?? '')).toMatchObject({
      reason: 'NonZeroExitCode',
      details: { causes: [{ message: '4' }] },
    });
  });

  it('give who debugs a container a shell', async () => {
    const added = { name: 'debug', image: 'registry.example/tools:1', stdin: true, tty: true };
    await ask(cluster, 'PATCH', `${pods}/web/ephemeralcontainers`, { spec: { ephemeralContainers: [added] } });
    await expect
      .poll(async () => at(listOf(at(await pod(), 'status', 'ephemeralContainerStatuses'))[0], 'state', 'running'))
      .toBeDefined();
    const { said, closed, send } = open('attach?container=debug&stdin=1&stdout=1&tty=1');
    await expect.poll(() => said[1]).toBe('/app # ');
    send(0, 'echo inside\r');
    await expect.poll(() => said[1]).toContain('inside\r\n/app # ');
    send(0, 'exit\r');
    expect(await closed).toBe(1000);
  });

  it('refuse a port that no container names', async () => {
    const { said, opened } = open('portforward?ports=9', 'v4.channel.k8s.io');
    await opened;
    await expect.poll(() => said[1]).toContain('connect: connection refused');
  });

  it('break when the cluster is cut off', async () => {
    const { closed, opened } = exec('sleep 600');
    await opened;
    const annotate = (value: string | null) =>
      ask(cluster, 'PATCH', '/api/v1/namespaces/kube-system', {
        metadata: { annotations: { [outageAnnotation]: value } },
      });
    await annotate('yes').catch(() => undefined);
    expect(await closed).toBe(1006);
    await annotate(null);
  });
});
