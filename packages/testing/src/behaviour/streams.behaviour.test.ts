import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { waitFor } from '../control-plane/wait-for.ts';
import { deployment, type KubeList, makeNamespace, refusal } from './cases.fixture.ts';
import { openChannels, type UpgradeRefused } from './streams.fixture.ts';
import { attachBothFleets, describeFleets, stopFleets, type TestCluster } from './test-fleet.ts';

const fleets = await attachBothFleets(inject('sharedFleet'));
afterAll(() => stopFleets(fleets));

const namespace = 'behaviour-streams';
const pods = `/api/v1/namespaces/${namespace}/pods`;
const [stdin, stdout, stderr, error] = [0, 1, 2, 3];
const v5 = 'v5.channel.k8s.io';
const v4 = 'v4.channel.k8s.io';

describeFleets(fleets, 'streams of the pods of a $kind cluster', ({ clusters }) => {
  const [cluster] = clusters as [TestCluster];
  let pod = '';
  beforeAll(async () => {
    await makeNamespace(cluster, namespace);
    const container = { name: 'app', image: 'registry.example/web:1', ports: [{ containerPort: 8080 }] };
    await cluster.request(
      'POST',
      `/apis/apps/v1/namespaces/${namespace}/deployments`,
      deployment('spoken', { pod: { containers: [container] } }),
    );
    pod = await waitFor('the pod to run', async () => {
      const { items } = await cluster.request<KubeList>('GET', pods);
      return items.find(({ status }) => status?.phase === 'Running')?.metadata.name;
    });
  });
  afterAll(() => cluster?.request('DELETE', `/api/v1/namespaces/${namespace}`));

  const exec = (command: string[], flags: string, protocol = v5) => {
    const words = command.map((word) => `command=${encodeURIComponent(word)}`).join('&');
    return openChannels(cluster, `${pods}/${pod}/exec?${words}&${flags}`, [protocol]);
  };
  const statusOf = async (command: string[]) => {
    const channels = await exec(command, 'stdout=1&stderr=1');
    await channels.closed;
    return JSON.parse(channels.said(error).toString('utf8')) as { status: string; message?: string };
  };

  it.each([v5, v4])('a command over %s says its output, its complaints and how it ended', async (protocol) => {
    const channels = await exec(['sh', '-c', 'echo out; echo bad >&2; exit 7'], 'stdout=1&stderr=1', protocol);
    expect(channels.protocol).toBe(protocol);
    expect(await channels.closed).toBe(1000);
    expect(channels.said(stdout).toString()).toBe('out\n');
    expect(channels.said(stderr).toString()).toBe('bad\n');
    // A kubelet has a reason for it, which KWOK has not; the simulator's own test looks at that.
    expect(JSON.parse(channels.said(error).toString())).toMatchObject({
      status: 'Failure',
      message: expect.stringMatching(/exit status 7$/),
    });
    expect(await statusOf(['true'])).toEqual({ metadata: {}, status: 'Success' });
  });

  it.each([v5, v4])('a command over %s reads what it is sent', async (protocol) => {
    const channels = await exec(['sh', '-c', 'read word; echo got $word'], 'stdin=1&stdout=1', protocol);
    channels.send(stdin, 'hel');
    channels.send(stdin, 'lo\n');
    await channels.closed;
    expect(channels.said(stdout).toString()).toBe('got hello\n');
  });

  it('a terminal shows what is typed, and knows that it is one', async () => {
    const channels = await exec(
      ['sh', '-c', 'test -t 0 && echo ready; read word; echo $word says; read bye'],
      'stdin=1&stdout=1&tty=1',
    );
    await waitFor('the terminal', async () => channels.said(stdout).includes('ready\r\n'));
    channels.send(4, JSON.stringify({ Width: 100, Height: 30 }));
    channels.send(stdin, 'it\n');
    await waitFor('the answer', async () => channels.said(stdout).toString() === 'ready\r\nit\r\nit says\r\n');
    channels.send(stdin, 'bye\n');
    await channels.closed;
  });

  it('says which program is not there', async () => {
    const status = await statusOf(['no-such-program']);
    expect(status.status).toBe('Failure');
    expect(status.message).toContain('"no-such-program": executable file not found in $PATH');
  });

  it('refuses what it cannot open while it still speaks HTTP', async () => {
    const refused = (path: string, token?: string) =>
      openChannels(cluster, path, [v5], token).then(
        () => expect.unreachable('it was opened'),
        (reason: UpgradeRefused) => [reason.status, reason.body.message],
      );
    const command = 'command=true&stdout=1';
    expect(await refused(`${pods}/absent/exec?${command}`)).toEqual([404, 'pods "absent" not found']);
    expect(await refused(`${pods}/${pod}/exec?${command}&container=side`)).toEqual([
      400,
      `container side is not valid for pod ${pod}`,
    ]);
    const token = await cluster.createToken(namespace, 'nobody');
    expect(await refused(`${pods}/${pod}/exec?${command}`, token)).toEqual([
      403,
      `pods "${pod}" is forbidden: User "system:serviceaccount:${namespace}:nobody" cannot get resource "pods/exec" in API group "" in the namespace "${namespace}"`,
    ]);
    expect(await refusal(cluster.request('GET', `${pods}/${pod}/exec?${command}`))).toMatchObject({
      status: 400,
      message: 'Upgrade request required',
    });
  });

  it('shows who attaches what is written from now on', async () => {
    const channels = await openChannels(cluster, `${pods}/${pod}/attach?stdout=1&stderr=1`, [v4]);
    await cluster.appendPodLog('said after attaching');
    await waitFor('a line', async () => channels.said(stdout).includes('\n'));
    channels.close();
    await channels.closed;
    expect(channels.said(error).toString()).toBe('');
  });

  it('forwards a port: its number first, then what goes through', async () => {
    const channels = await openChannels(cluster, `${pods}/${pod}/portforward?ports=8080`, [v4]);
    await waitFor('both channels', async () => channels.said(0).length >= 2 && channels.said(1).length >= 2);
    expect([...channels.said(0)]).toEqual([8080 & 255, 8080 >> 8]);
    channels.send(0, 'GET /healthz HTTP/1.1\r\nhost: pod\r\nconnection: close\r\n\r\n');
    await waitFor('the answer', async () => channels.said(0).includes('ok\n'));
    expect(channels.said(0).subarray(2).toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect([...channels.said(1)]).toEqual([8080 & 255, 8080 >> 8]);
    channels.close();
  });

  it('asks for ports where none is named', async () => {
    await expect(openChannels(cluster, `${pods}/${pod}/portforward`, [v4])).rejects.toMatchObject({ status: 400 });
  });
});
