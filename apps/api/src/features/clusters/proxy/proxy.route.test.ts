import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createApp } from '../../../app.ts';
import { addGrant, addPerson, giveNumber, type Person } from '../../../testing/people.ts';
import { agree, answerOk, createProxyWorld, type ProxyWorld } from './proxy.fixture.ts';

const reading = ['clusters:read', 'inventory:read', 'workloads:read', 'workloads:logs'] as const;
const pods = '/api/v1/namespaces/shop/pods';
const exec = `${pods}/cart-1/exec?command=sh&stdin=true`;
const protocol = 'v5.channel.k8s.io';

let world: ProxyWorld;
/** The owner by a token for everything in this cluster. */
let token: string;
let viewer: Person;
beforeAll(async () => {
  world = await createProxyWorld();
  ({ secret: token } = await world.tokenFor([
    ...reading,
    'workloads:exec',
    'workloads:forward',
    'workloads:edit',
    'workloads:preview',
    'workloads:read-secrets',
    'workloads:write-secrets',
    'clusters:administer',
  ]));
  viewer = await addPerson(world.test, 'viewer');
  await addGrant(world.test, viewer, 'viewer', { kind: 'cluster', id: world.clusterId });
});
afterAll(() => world.close());
beforeEach(() => {
  world.upstream.asked.length = 0;
  world.upstream.onRequest = answerOk;
  world.upstream.onUpgrade = agree;
});

const own = () => ({ token });
const asViewer = (headers: Record<string, string> = {}) => ({ headers: { cookie: viewer.cookie, ...headers } });
const statusOf = (text: string) => JSON.parse(text) as { kind: string; reason: string; message: string; code: number };

/** The head of a request to upgrade, to the letter. */
function upgradeHead(path: string, more: readonly string[] = []): string {
  return [
    `GET /k8s/clusters/${world.clusterId}${path} HTTP/1.1`,
    'Host: localhost',
    `Authorization: Bearer ${token}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    `Sec-WebSocket-Protocol: ${protocol}`,
    ...more,
    '\r\n',
  ].join('\r\n');
}

/** Opens, or gives the status and text of the refusal. */
function open(path: string, headers: Record<string, string>, subprotocol = protocol) {
  const socket = new WebSocket(`ws://127.0.0.1:${world.port}/k8s/clusters/${world.clusterId}${path}`, subprotocol, {
    headers,
  });
  return new Promise<{ socket: WebSocket } | { status: number; text: string }>((resolve, reject) => {
    socket.once('open', () => resolve({ socket }));
    socket.once('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('close', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    socket.once('error', reject);
  });
}

async function records(action: string) {
  const { body } = await world.owner.request({ method: 'GET', url: `/audit?action=${action}&limit=200` });
  return body.items as { outcome: string; reason?: string; code?: string; target: object; changes: object[] }[];
}

describe('a request to a cluster', () => {
  it('goes on as the person with their groups, and its answer comes back byte for byte', async () => {
    const bytes = randomBytes(300_000);
    world.upstream.onRequest = (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bytes);
    const answer = await world.ask(`${pods}?limit=5&labelSelector=a%3Db`, own());
    expect(answer).toMatchObject({ status: 200, headers: { 'content-encoding': 'gzip' } });
    expect(answer.text).toBe(bytes.toString('utf8'));
    expect(world.upstream.asked).toMatchObject([
      {
        method: 'GET',
        url: `${pods}?limit=5&labelSelector=a%3Db`,
        headers: {
          authorization: 'Bearer token-of-the-stored-credential',
          'impersonate-user': 'quarterdeck:person',
          'impersonate-group': expect.stringContaining('quarterdeck:members'),
          'impersonate-uid': expect.stringMatching(/^usr_/),
          'impersonate-extra-quarterdeck.dev%2factor': 'owner',
          'impersonate-extra-quarterdeck.dev%2frequest': answer.headers['x-request-id'],
        },
      },
    ]);
  });

  it('S39 carries no header that is not on the list', async () => {
    await world.ask(pods, {
      token,
      headers: {
        'x-forwarded-for': '10.0.0.1',
        'x-remote-user': 'admin',
        'user-agent': 'kubectl/v1.34',
        traceparent: '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01',
        accept: 'application/json;as=Table',
        te: 'trailers',
        'x-canary': 'yes',
      },
    });
    expect(Object.keys(world.upstream.asked[0]?.headers ?? {}).sort()).toEqual([
      'accept',
      'authorization',
      'connection',
      'host',
      'impersonate-extra-quarterdeck.dev%2factor',
      'impersonate-extra-quarterdeck.dev%2frequest',
      'impersonate-group',
      'impersonate-uid',
      'impersonate-user',
      'traceparent',
      'user-agent',
    ]);
  });

  it('that writes is recorded before it is sent and after it was answered', async () => {
    world.upstream.onRequest = (_request, response) => response.writeHead(409).end('{}');
    const body = '{"metadata":{"name":"cart-1"}}';
    const path = `${pods}/cart-1?fieldManager=kubectl&dryRun=All`;
    const headers = { 'content-type': 'application/merge-patch+json' };
    expect(await world.ask(path, { token, method: 'PATCH', body, headers })).toMatchObject({ status: 409 });
    expect(world.upstream.asked[0]).toMatchObject({ method: 'PATCH', url: path, body, headers });
    await expect.poll(async () => (await records('workloads:edit')).length).toBe(2);
    const [outcome, intent] = await records('workloads:edit');
    expect(intent).toMatchObject({
      outcome: 'allowed',
      reason: 'intent',
      target: { kind: 'pods', name: 'cart-1', cluster: world.clusterId, namespace: 'shop' },
      changes: [
        { path: 'verb', after: 'patch' },
        { path: 'dryRun', after: 'All' },
        { path: 'fieldManager', after: 'kubectl' },
      ],
    });
    expect(outcome).toMatchObject({ outcome: 'failed', code: 'status_409', reason: 'outcome' });
  });

  it('that cannot be recorded is not sent', async () => {
    const { audit } = world.test.composition;
    const away = [vi.spyOn(audit, 'write'), vi.spyOn(audit, 'record')];
    for (const spy of away) spy.mockRejectedValue(new Error('no room in the trail'));
    try {
      const write = await world.ask(`${pods}?dryRun=All`, { token, method: 'POST', body: '{}' });
      expect([write.status, statusOf(write.text).reason]).toEqual([503, 'ServiceUnavailable']);
      expect(await world.ask(`${pods}/cart-1/log`, own())).toMatchObject({ status: 503 });
      expect(await open(exec, { authorization: `Bearer ${token}` })).toMatchObject({ status: 503 });
      expect(world.upstream.asked).toEqual([]);
    } finally {
      for (const spy of away) spy.mockRestore();
    }
  });

  it('to read a Secret needs its own permission and is recorded', async () => {
    const secrets = '/api/v1/namespaces/shop/secrets';
    expect(await world.ask(`${secrets}?watch=1`, asViewer())).toMatchObject({ status: 403 });
    expect(await world.ask(secrets, own())).toMatchObject({ status: 200 });
    await expect.poll(async () => (await records('workloads:read-secrets')).length).toBe(3);
    const { secret: writer } = await world.tokenFor(['clusters:read', 'workloads:write-secrets']);
    const patch = { method: 'PATCH', body: '{}', headers: { 'content-type': 'application/merge-patch+json' } };
    expect(await world.ask(`${secrets}/key`, { token: writer, ...patch })).toMatchObject({ status: 403 });
    expect(world.upstream.asked).toHaveLength(1);
  });

  it('asks about itself in the namespace that it names', async () => {
    const { body: project } = await world.owner.request({ method: 'GET', url: '/projects' });
    const [first] = project.items as { id: string }[];
    await world.owner.request({
      method: 'POST',
      url: `/projects/${first?.id}/environments`,
      payload: { name: 'told', tier: 'test', rules: [{ selector: { cluster: 'told' }, namespace: 'owned' }] },
    });
    const member = await addPerson(world.test, 'member');
    await addGrant(world.test, member, 'developer', { kind: 'project', id: first?.id ?? '' });
    await giveNumber(world.test, world.clusterId, first?.id ?? '', 1);
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const headers = { cookie: member.cookie, origin: 'http://localhost:8080', 'content-type': 'application/json' };
    const review = (namespace: string) => ({
      method: 'POST',
      headers,
      body: JSON.stringify({ spec: { resourceAttributes: { namespace, verb: 'get', resource: 'pods' } } }),
    });
    await world.ask(path, review('owned'));
    await world.ask(path, review('other'));
    expect(world.upstream.asked.map((each) => each.headers['impersonate-group'])).toEqual([
      'quarterdeck:members, quarterdeck:p001:deployers',
      'quarterdeck:members',
    ]);
  });

  it('of more than 3 MiB is refused as Kubernetes would', async () => {
    const answer = await world.ask(pods, { token, method: 'POST', body: 'x'.repeat(3 * 1024 * 1024 + 1) });
    expect(statusOf(answer.text)).toMatchObject({ kind: 'Status', code: 413, reason: 'RequestEntityTooLarge' });
  });

  it('to a cluster that is away is answered at once, and without a wait that clients would keep silently', async () => {
    const set = async (state: string) => {
      await world.test.database.pool.query('UPDATE clusters_cluster SET state = $1', [state]);
      await world.test.composition.clustersStore.notify(world.test.database.pool, [world.clusterId]);
    };
    await set('unreachable');
    try {
      await expect.poll(async () => (await world.ask(pods, own())).status).toBe(503);
      const answer = await world.ask(pods, own());
      expect(statusOf(answer.text)).toMatchObject({ kind: 'Status', code: 503, reason: 'ServiceUnavailable' });
      expect(answer.headers['retry-after']).toBeUndefined();
    } finally {
      await set('connected');
      await expect.poll(async () => (await world.ask(pods, own())).status).toBe(200);
    }
  });

  it('is told of a stored credential that the cluster refuses, not that its own token is bad', async () => {
    world.upstream.onRequest = (_request, response) => response.writeHead(401).end('{}');
    const answer = await world.ask(pods, own());
    expect([answer.status, statusOf(answer.text).message]).toEqual([
      502,
      expect.stringContaining('credential that is stored'),
    ]);
  });

  it('by kubectl older than 1.31 is told which one to use, but only if it were allowed', async () => {
    const spdy = { method: 'POST', headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'content-length': '0' } };
    const allowed = await world.ask(exec, { token, ...spdy });
    expect(statusOf(allowed.text)).toMatchObject({ code: 400, message: expect.stringContaining('kubectl 1.31') });
    const { secret } = await world.tokenFor(reading);
    const denied = await world.ask(exec, { token: secret, ...spdy });
    expect(statusOf(denied.text)).toMatchObject({ code: 403, message: expect.stringContaining('workloads:exec') });
  });
});

describe('who may not', () => {
  it('S18 gets what is theirs under one address: owner, viewer, nobody', async () => {
    world.upstream.onRequest = ({ headers }, response) =>
      response
        .writeHead(200, { 'content-type': 'application/json', 'cache-control': 'public, max-age=3600', etag: '"1"' })
        .end(JSON.stringify({ groups: headers['impersonate-group'] }));
    const first = await world.ask(pods, own());
    const second = await world.ask(pods, asViewer());
    const third = await world.ask(pods);
    expect(JSON.parse(first.text).groups).toContain('quarterdeck:admins');
    expect(JSON.parse(second.text).groups).toBe('quarterdeck:members, quarterdeck:viewers');
    expect([third.status, statusOf(third.text).reason]).toEqual([401, 'Unauthorized']);
    expect(first.headers['cache-control']).toBe('no-store');
  });

  it('may not know the cluster gets the answer of one that does not exist', async () => {
    const nobody = await addPerson(world.test, 'nobody');
    const headers = { cookie: nobody.cookie };
    const answer = await world.ask(pods, { headers });
    const { port } = world;
    const response = await fetch(`http://127.0.0.1:${port}/k8s/clusters/clu_01h455vb4pex5vsknk084sn02q/version`, {
      headers,
    });
    expect([answer.status, statusOf(answer.text)]).toEqual([404, await response.json()]);
  });

  it('S08 may read cannot exec, by whatever method, and a shell on a node is for nobody', async () => {
    const asked = await open(exec, { cookie: viewer.cookie, origin: 'http://localhost:8080' });
    expect(asked).toMatchObject({ status: 403, text: expect.stringContaining('workloads:exec') });
    for (const path of [`${pods}/cart-1/exec`, `${pods}/cart-1/attach`, `${pods}/cart-1/ephemeralcontainers`]) {
      expect(await world.ask(path, asViewer()), path).toMatchObject({ status: 403 });
    }
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await world.ask('/api/v1/nodes/node-1/proxy/exec/shop/cart-1/main', { token, method });
      expect([method, answer.status]).toEqual([method, 403]);
    }
    const node = await open('/api/v1/nodes/node-1/proxy', { authorization: `Bearer ${token}` });
    expect(node).toMatchObject({ status: 403 });
    expect(world.upstream.asked).toEqual([]);
  });

  it('S09 may not list gets no watch, no followed log and no socket either', async () => {
    const { secret } = await world.tokenFor(['clusters:read', 'workloads:logs'], {
      clusterIds: [world.clusterId],
      namespaces: ['other'],
    });
    for (const path of [pods, `${pods}?watch=true`, `${pods}?watch=`, `${pods}/cart-1/log?follow=true`]) {
      const answer = await world.ask(path, { token: secret });
      expect([path, answer.status, statusOf(answer.text).reason]).toEqual([path, 403, 'Forbidden']);
    }
    const socket = await open(`${pods}?watch=true`, { authorization: `Bearer ${secret}` });
    expect(socket).toMatchObject({ status: 403 });
    expect(world.upstream.asked).toEqual([]);
  });

  it('may do so in one namespace does so nowhere else, whatever the query says', async () => {
    const { secret } = await world.tokenFor(reading, { clusterIds: [world.clusterId], namespaces: ['shop'] });
    expect(await world.ask(pods, { token: secret })).toMatchObject({ status: 200 });
    const elsewhere = ['/api/v1/pods', '/api/v1/namespaces/other/pods', '/api/v1/namespaces/other/pods?namespace=shop'];
    for (const path of elsewhere) expect(await world.ask(path, { token: secret }), path).toMatchObject({ status: 403 });
    expect(world.upstream.asked).toHaveLength(1);
  });
});

describe('hostile requests', () => {
  it.each(['Impersonate-User: admin', 'impersonate-group: system:masters', 'IMPERSONATE_USER: admin'])(
    'S01 with %s are refused as a Status',
    async (header) => {
      const head = `GET /k8s/clusters/${world.clusterId}${pods} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}`;
      const answer = await world.raw(`${head}\r\n${header}\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 .*"kind":"Status".*"reason":"BadRequest"/s);
      expect(world.upstream.asked).toEqual([]);
    },
  );

  it('S02 that name an identity header in Connection are refused', async () => {
    const head = `GET /k8s/clusters/${world.clusterId}${pods} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}`;
    const answer = await world.raw(`${head}\r\nConnection: Impersonate-User, close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(world.upstream.asked).toEqual([]);
  });

  it('with a session of a browser and a token at once are refused', async () => {
    expect(await world.ask(pods, { token, ...asViewer() })).toMatchObject({ status: 400 });
  });

  it.each([
    '/api/v1/namespaces/shop/pods/..%2f..%2fnodes',
    '/api/v1/namespaces/shop/%2e%2e/other/pods',
    '/api/v1/namespaces/shop/../../nodes',
    '/api/v1//pods',
    '/api/v1/pods;a=b',
    '/api/v1/namespaces/shop/pods/%00',
    '/api/v1/namespaces/shop/pods/a%5cb',
    '/api/v1/namespaces/shop/pods/%252e',
  ])('S07 for %s are refused over HTTP and as an upgrade', async (path) => {
    const answer = await world.ask(path, own());
    expect([answer.status, statusOf(answer.text).kind]).toEqual([400, 'Status']);
    expect(await world.raw(upgradeHead(path))).toMatch(/^HTTP\/1\.1 400 /);
    expect(world.upstream.asked).toEqual([]);
  });

  it('S07 are sent as they were authorised: built anew, not copied', async () => {
    await world.ask('/api/v1/namespaces/sho%70/%70ods?watch=0&x=a%20b', own());
    expect(world.upstream.asked[0]?.url).toBe('/api/v1/namespaces/shop/pods?watch=0&x=a+b');
  });

  it.each([301, 302, 303, 307, 308])('S06 that a cluster answers with %i lead nowhere', async (status) => {
    world.upstream.onRequest = (request, response) =>
      response.writeHead(status, { location: `https://${request.headers.host}/stolen` }).end();
    const answer = await world.ask(pods, own());
    expect([answer.status, answer.headers.location]).toEqual([502, undefined]);
    expect(world.upstream.asked).toHaveLength(1);
  });

  it('S37 that a cluster answers with a page and cookies get neither', async () => {
    world.upstream.onRequest = (_request, response) =>
      response
        .writeHead(200, {
          'content-type': 'text/html',
          'set-cookie': 'qd-local=stolen',
          'access-control-allow-origin': '*',
          'content-security-policy': "script-src 'unsafe-inline'",
          server: 'evil',
        })
        .end('<script>alert(1)</script>');
    const { headers } = await world.ask(pods, own());
    expect(headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      'x-content-type-options': 'nosniff',
    });
    expect(headers).not.toHaveProperty('set-cookie');
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    expect(headers).not.toHaveProperty('server');
    for (const path of [`${pods}/cart-1/proxy/`, '/api/v1/namespaces/shop/services/cart/proxy/index.html']) {
      world.upstream.asked.length = 0;
      expect(await world.ask(path, own()), path).toMatchObject({ status: path.endsWith('/') ? 400 : 403 });
      expect(world.upstream.asked).toEqual([]);
    }
  });
});

describe('a shell or a tunnel', () => {
  it('opens, carries bytes both ways, and is recorded with its words and its bytes', async () => {
    world.upstream.onUpgrade = (request, socket) => {
      agree(request, socket);
      socket.pipe(socket);
    };
    const opened = await open(`${pods}/cart-1/exec?command=ls&command=-l`, { authorization: `Bearer ${token}` });
    if (!('socket' in opened)) throw new Error(opened.text);
    expect(opened.socket.protocol).toBe(protocol);
    expect(world.upstream.asked[0]).toMatchObject({
      url: `${pods}/cart-1/exec?command=ls&command=-l`,
      headers: { 'impersonate-user': 'quarterdeck:person', 'sec-websocket-protocol': protocol },
    });
    opened.socket.terminate();
    await expect.poll(async () => (await records('workloads:exec')).at(0)?.reason).toBe('outcome');
    const [outcome, intent] = await records('workloads:exec');
    expect(intent).toMatchObject({ reason: 'intent', target: { kind: 'pods/exec', name: 'cart-1' } });
    expect(intent?.changes).toContainEqual({ path: 'command', after: ['ls', '-l'] });
    expect(outcome?.changes).toContainEqual({ path: 'bytesOut', after: expect.any(Number) });
  });

  it('S04 that the cluster refuses ends both sockets: what follows on the client’s is sent nowhere', async () => {
    const text = JSON.stringify({ kind: 'Status', message: 'no shell today', code: 403 });
    world.upstream.onUpgrade = (_request, socket) =>
      socket.write(
        `HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
      );
    const socket = connect(world.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => {});
    socket.write(upgradeHead(exec));
    await expect.poll(() => answer).toContain('no shell today');
    socket.write(`GET /k8s/clusters/${world.clusterId}/api/v1/nodes HTTP/1.1\r\nHost: x\r\n\r\n`);
    await expect.poll(() => socket.closed).toBe(true);
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(world.upstream.asked.map(({ url }) => url)).toEqual([exec]);
    await expect.poll(() => world.upstream.open()).toBeLessThanOrEqual(8);
    expect(world.test.composition.streamLimits.open).toBe(0);
  });

  it.each([
    ['a length', ['Content-Length: 5'], 'hello'],
    ['an empty length', ['Content-Length: 0'], ''],
    ['chunks', ['Transfer-Encoding: chunked'], '0\r\n\r\n'],
    ['a second request behind it', [], 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['frames before the answer', [], '\x82\x05hello'],
  ])('S05 asked for with %s is refused, and nothing goes on', async (_name, more, behind) => {
    const answer = await world.raw(`${upgradeHead(exec, more)}${behind}`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(world.upstream.asked).toEqual([]);
  });

  it.each([
    ['an unknown subprotocol', exec, 'channel.k8s.io'],
    ['a token as subprotocol', exec, 'base64url.bearer.authorization.k8s.io.dG9rZW4'],
    ['the subprotocol of another', `${pods}/cart-1/portforward?ports=80`, protocol],
    ['what is no stream', pods, protocol],
  ])('is refused for %s', async (_name, path, subprotocol) => {
    const answer = await open(path, { authorization: `Bearer ${token}` }, subprotocol);
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('"kind":"Status"') });
    expect(world.upstream.asked).toEqual([]);
  });

  it('is refused for a page of another site', async () => {
    const answer = await open(exec, { cookie: world.owner.cookie, origin: 'https://evil.example' });
    expect(answer).toMatchObject({ status: 403 });
    expect(world.upstream.asked).toEqual([]);
  });

  it('that agrees to something else is none', async () => {
    world.upstream.onUpgrade = (_request, socket) =>
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
      );
    expect(await open(exec, { authorization: `Bearer ${token}` })).toMatchObject({ status: 503 });
  });

  it('ends on both sides when either goes', async () => {
    const opened = await open(exec, { authorization: `Bearer ${token}` });
    if (!('socket' in opened)) throw new Error(opened.text);
    expect(world.test.composition.streamLimits.open).toBe(1);
    opened.socket.terminate();
    await expect.poll(() => world.test.composition.streamLimits.open).toBe(0);
    expect(world.test.composition.revocations.guarded).toBe(0);
  });
});

describe('S10 what is open', () => {
  it('ends within 5 s of its token: a watch, a followed log, a shell', async () => {
    world.upstream.onRequest = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"type":"ADDED"}\n');
    };
    const { id, secret } = await world.tokenFor([...reading, 'workloads:exec']);
    const closed: Promise<number>[] = [`${pods}?watch=true`, `${pods}/cart-1/log?follow=true`].map(async (path) => {
      // Cut before its first byte it is an error of the connection.
      await world.ask(path, { token: secret }).catch(() => {});
      return performance.now();
    });
    const opened = await open(exec, { authorization: `Bearer ${secret}` });
    if (!('socket' in opened)) throw new Error(opened.text);
    closed.push(once(opened.socket, 'close').then(() => performance.now()));
    await expect.poll(() => world.test.composition.revocations.guarded).toBe(3);
    const revokedAt = performance.now();
    await world.owner.request({ method: 'DELETE', url: `/me/tokens/${id}` });
    for (const at of await Promise.all(closed)) {
      expect(at).toBeGreaterThan(revokedAt);
      expect(at - revokedAt).toBeLessThan(5000);
    }
    await expect.poll(() => world.test.composition.streamLimits.open).toBe(0);
  });

  it('ends for the next request too, although who asked a moment ago is remembered', async () => {
    const { id, secret } = await world.tokenFor(reading);
    expect(await world.ask(pods, { token: secret })).toMatchObject({ status: 200 });
    await world.owner.request({ method: 'DELETE', url: `/me/tokens/${id}` });
    await expect.poll(async () => (await world.ask(pods, { token: secret })).status).toBe(401);
  });

  it('is given up with its client, also before the cluster said a word', async () => {
    world.upstream.onRequest = () => {};
    const asked = request({
      host: '127.0.0.1',
      port: world.port,
      agent: false,
      path: `/k8s/clusters/${world.clusterId}${pods}/cart-1/log?follow=true`,
      headers: { authorization: `Bearer ${token}` },
    });
    asked.on('error', () => {});
    asked.end();
    await expect.poll(() => world.upstream.asked.length).toBe(1);
    asked.destroy();
    await expect.poll(() => world.test.composition.streamLimits.open).toBe(0);
    expect(world.test.composition.revocations.guarded).toBe(0);
  });

  it('is at most fifty streams of one person', async () => {
    world.upstream.onRequest = (request, response) => {
      if (request.url?.includes('watch') !== true) return answerOk(request, response);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
    };
    const stop = new AbortController();
    const url = `http://127.0.0.1:${world.port}/k8s/clusters/${world.clusterId}${pods}?watch=true`;
    const headers = { authorization: `Bearer ${token}` };
    const watches = Array.from({ length: 50 }, () => fetch(url, { headers, signal: stop.signal }));
    expect((await Promise.all(watches)).every(({ status }) => status === 200)).toBe(true);
    const answer = await world.ask(`${pods}?watch=true`, own());
    expect(statusOf(answer.text)).toMatchObject({ code: 429, reason: 'TooManyRequests' });
    expect(await world.ask(pods, own()).then(({ status }) => status)).toBe(200);
    stop.abort();
    await expect.poll(() => world.test.composition.streamLimits.open).toBe(0);
  });
});

describe('a cluster that keeps one waiting', () => {
  // Long enough for a busy machine to send what is sent at once.
  const wireTimes = { plain: { firstByteMs: 1500, totalMs: 2500 }, watch: { firstByteMs: 1500 } };
  let url: string;
  let close: () => Promise<void>;
  beforeAll(async () => {
    const app = await createApp(world.test.composition, { wireTimes });
    url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/k8s/clusters/${world.clusterId}${pods}`;
    close = () => app.close();
  });
  afterAll(() => close());
  const ask = (query = '') => fetch(`${url}${query}`, { headers: { authorization: `Bearer ${token}` } });

  it('and says nothing is given up, in words that kubectl prints', async () => {
    world.upstream.onRequest = () => {};
    for (const query of ['', '?watch=true']) {
      const answer = await ask(query);
      expect([answer.status, statusOf(await answer.text())]).toMatchObject([
        504,
        { kind: 'Status', reason: 'Timeout', message: expect.stringContaining('did not answer within 1.5 s') },
      ]);
    }
    await expect.poll(() => world.test.composition.streamLimits.open).toBe(0);
  });

  it('in the middle is cut off, so that nobody takes a part for the whole', async () => {
    world.upstream.onRequest = (_request, response) => void response.writeHead(200).write('{"items":[');
    const answer = await ask();
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
  });

  it('is waited for by who follows: a watch once it began, a log from the start', async () => {
    world.upstream.onRequest = (request, response) => {
      if (request.url?.includes('watch') === true) response.writeHead(200).flushHeaders();
      setTimeout(() => response.end('said late'), 3000);
    };
    const answers = await Promise.all([ask('?watch=true'), ask('/cart-1/log?follow=true')]);
    expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(['said late', 'said late']);
  });
});
