import { createRandom } from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toUuid } from '../../platform/ids.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';
import { mutated, mutatedField } from './events/mutated-body.fixture.ts';
import { harborCloudEvent, pipelineEvent, pushEnvelopes } from './events/payloads.fixture.ts';
import {
  type Body,
  createShop,
  makeHook,
  post,
  type Shop,
  signed,
  silentPort,
  type TestHook,
} from './pipelines.fixture.ts';

let test: TestApp;
let owner: SignedInClient;
let shop: Shop;
let gitlab: TestHook;
let registry: TestHook;

beforeAll(async () => {
  test = await createTestApp({ clusterAddressAllow: [`127.0.0.1/32:${silentPort}`] });
  owner = await claimAsOwner(test);
  shop = await createShop(test, owner);
  const { id: connectionId } = await shop.call('POST', '/pipeline-connections', {
    kind: 'gitlab',
    projectId: shop.projectId,
    name: 'gitlab',
    url: 'https://gitlab.example.com',
  });
  gitlab = await makeHook(shop, { source: 'gitlab', name: 'gitlab events', connectionId });
  registry = await makeHook(shop, { source: 'distribution', name: 'registry', registry: 'registry.example.com' });
});
afterAll(() => test.close());

const deliveries = async (hook: TestHook) =>
  (await shop.call('GET', `/deliveries?hook=${hook.id}`)) as { total: number; items: Body[] };
const bearer = ({ secret }: TestHook) => ({ authorization: `Bearer ${secret}` });

describe('a hook (listHooks, getDelivery, receiveHook)', () => {
  it('is made with an address and a secret, which no other answer has', async () => {
    const { items } = (await shop.call('GET', `/hooks?project=${shop.project}`)) as { items: Body[] };
    expect(items).toMatchObject([
      { name: 'registry', source: 'distribution', registry: 'registry.example.com', deliveriesToday: 0 },
      { name: 'gitlab events', connection: 'gitlab', url: `http://localhost:8080${gitlab.path}` },
    ]);
    expect(JSON.stringify(items)).not.toContain(gitlab.secret.slice(8));
    expect(gitlab.secret).toMatch(/^whsec_[\w+/]{43}=$/);
  });

  it.each([
    [{ source: 'gitlab', name: 'x' }, 422, 'invalid_input'],
    [{ source: 'harbor', name: 'registry', registry: 'registry.example.com' }, 409, 'name_taken'],
    [{ source: 'gitlab', name: 'y', connectionId: 'con_01h455vb4pex5vsknk084sn02q' }, 422, 'unknown_connection'],
  ])('of %o is refused with %i %s', async (input, status, code) => {
    const payload = { projectId: shop.projectId, ...input };
    expect(await owner.request({ method: 'POST', url: '/hooks', payload })).toMatchObject({ status, body: { code } });
  });

  it('takes what nobody wants with 202 all the same, for GitLab gives up on a hook that refuses', async () => {
    const event = { object_kind: 'wiki_page' };
    const { status, body } = await post(test, gitlab.path, event, signed(gitlab.secret, event));
    expect([status, body]).toEqual([202, { id: expect.stringMatching(/^dlv_/), duplicate: false }]);
    const envelope = pushEnvelopes()[0];
    const type = { 'content-type': 'application/vnd.docker.distribution.events.v2+json' };
    expect((await post(test, registry.path, envelope, { ...bearer(registry), ...type })).status).toBe(202);
  });

  it('S42 knows an event that comes again, and keeps it once', async () => {
    const before = (await deliveries(gitlab)).total;
    const event = pipelineEvent({ id: 77 });
    const headers = signed(gitlab.secret, event, { id: 'msg_again' });
    const first = await post(test, gitlab.path, event, headers);
    const again = await post(test, gitlab.path, event, headers);
    expect(again.body).toEqual({ id: first.body.id, duplicate: true });
    const { total, items } = await deliveries(gitlab);
    expect([total, items[0]?.times]).toEqual([before + 1, 2]);
  });

  it('keeps the headers that tell what it is, and none that prove it', async () => {
    const event = pipelineEvent({ id: 78 });
    const proof = { 'x-gitlab-token': gitlab.secret, 'x-gitlab-event': 'Pipeline Hook' };
    const { body } = await post(test, gitlab.path, event, proof);
    const shown = await shop.call('GET', `/deliveries/${body.id}`);
    expect(shown).toMatchObject({ event: 'pipeline', replayable: true, bodyIsCut: false });
    expect(shown.headers).toEqual({
      'content-type': 'application/json',
      'user-agent': 'lightMyRequest',
      'x-gitlab-event': 'Pipeline Hook',
    });
    expect(JSON.parse(String(shown.body))).toEqual(event);
  });
});

describe('S41 S42 at the door', () => {
  const event = pipelineEvent({ id: 90 });
  const large = Buffer.alloc(2 * 1024 * 1024, 0x20);
  const old = new Date(Date.now() - 301_000);

  it.each([
    ['an unknown hook', () => post(test, '/api/v1/hooks/hok_01h455vb4pex5vsknk084sn02q', event, {}), 404, 'not_found'],
    ['no hook', () => post(test, '/api/v1/hooks/none', event, {}), 404, 'not_found'],
    ['no proof', () => post(test, gitlab.path, event, {}), 401, 'hook_unverified'],
    ['bytes that are no JSON, unparsed', () => post(test, gitlab.path, Buffer.from('{{'), {}), 401, 'hook_unverified'],
    [
      'another body',
      () => post(test, gitlab.path, { ...event, x: 1 }, signed(gitlab.secret, event)),
      401,
      'hook_unverified',
    ],
    [
      'an old signature',
      () => post(test, gitlab.path, event, signed(gitlab.secret, event, { at: old })),
      401,
      'hook_too_old',
    ],
    ['the secret of another hook', () => post(test, registry.path, event, bearer(gitlab)), 401, 'hook_unverified'],
    ['2 MiB', () => post(test, gitlab.path, large, { 'x-gitlab-token': gitlab.secret }), 413, 'too_large'],
    [
      'a form',
      () => post(test, gitlab.path, event, { 'content-type': 'multipart/form-data; boundary=x' }),
      415,
      'unsupported_media_type',
    ],
    [
      'verified bytes that are no JSON',
      () => post(test, registry.path, Buffer.from('{{'), bearer(registry)),
      400,
      'invalid_request',
    ],
  ])('%s is refused, and nothing is kept', async (_, send, status, code) => {
    const before = [(await deliveries(gitlab)).total, (await deliveries(registry)).total];
    expect(await send()).toMatchObject({ status, body: { code } });
    expect([(await deliveries(gitlab)).total, (await deliveries(registry)).total]).toEqual(before);
  });

  it('a hook that is off is a hook that there is not', async () => {
    await shop.call('PATCH', `/hooks/${registry.id}`, { enabled: false });
    expect((await post(test, registry.path, {}, bearer(registry))).status).toBe(404);
    expect(await owner.request({ method: 'POST', url: `/hooks/${registry.id}/test` })).toMatchObject({
      status: 409,
      body: { code: 'hook_disabled' },
    });
    await shop.call('PATCH', `/hooks/${registry.id}`, { enabled: true });
    expect((await post(test, registry.path, {}, bearer(registry))).status).toBe(202);
  });

  it('rejections are one record a minute, counted, whatever addresses they come from', async () => {
    for (let n = 0; n < 5; n += 1) {
      const headers = { 'content-type': 'application/json', 'x-gitlab-token': `wrong ${n}` };
      const url = gitlab.path;
      await test.app.inject({ method: 'POST', url, payload: '{}', headers, remoteAddress: `10.0.0.${n}` });
    }
    const { body } = await owner.request({ method: 'GET', url: `/audit?target=${gitlab.id}&outcome=denied` });
    const records = body.items as { code: string; count?: number; target: Body }[];
    const unverified = records.filter(({ code }) => code === 'hook_unverified');
    expect(unverified).toHaveLength(1);
    expect(unverified[0]).toMatchObject({ target: { kind: 'hook', name: 'gitlab events' }, count: 8 });
  });
});

describe('a secret (updateHook, rotateHook)', () => {
  it('that is renewed ends the old one at once', async () => {
    const { secret } = (await shop.call('POST', `/hooks/${registry.id}/rotate`)) as { secret: string };
    expect((await post(test, registry.path, {}, bearer(registry))).status).toBe(401);
    registry = { ...registry, secret };
    expect((await post(test, registry.path, {}, bearer(registry))).status).toBe(202);
  });

  it('of a hook that wants signatures is no token', async () => {
    await shop.call('PATCH', `/hooks/${gitlab.id}`, { requireSignature: true });
    const event = pipelineEvent({ id: 91 });
    expect((await post(test, gitlab.path, event, { 'x-gitlab-token': gitlab.secret })).status).toBe(401);
    expect((await post(test, gitlab.path, event, signed(gitlab.secret, event))).status).toBe(202);
    await shop.call('PATCH', `/hooks/${gitlab.id}`, { requireSignature: false });
  });
});

it('S41 hundreds of mutated bodies, verified and not, never make it fail', async () => {
  const random = createRandom(7);
  const statuses = new Map<number, number>();
  const samples = [pipelineEvent(), pushEnvelopes().at(-1) ?? {}, harborCloudEvent()].map((body) =>
    JSON.stringify(body),
  );
  for (let n = 0; n < 300; n += 1) {
    const change = n % 3 === 0 ? mutatedField : mutated;
    const body = change(random.pick(samples as [string]), random);
    const hook = n % 2 === 0 ? gitlab : registry;
    const proof = hook === gitlab ? signed(hook.secret, body) : bearer(hook);
    const { status } = await post(test, hook.path, body, n % 5 === 0 ? {} : proof);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  expect([...statuses.keys()].filter((status) => ![202, 400, 401].includes(status))).toEqual([]);
  expect(statuses.get(202)).toBeGreaterThan(50);
});

it('bytes are kept for 30 days, and an event is known again for 180', async () => {
  const event = pipelineEvent({ id: 79 });
  const send = () => post(test, gitlab.path, event, signed(gitlab.secret, event, { id: 'msg_kept' }));
  const { id } = (await send()).body;
  const agedBy = async (days: number) => {
    await test.database.pool.query(
      'UPDATE hook_delivery SET received_at = now() - make_interval(days => $2) WHERE id = $1',
      [toUuid(String(id)), days],
    );
    await test.composition.pipelinesFeature.work.deliveries.sweep();
  };
  const replay = () => owner.request({ method: 'POST', url: `/deliveries/${id}/replay` });
  await agedBy(29);
  expect((await replay()).status).toBe(202);
  await agedBy(31);
  expect(await replay()).toMatchObject({ status: 409 });
  expect((await send()).body).toEqual({ id, duplicate: true });
  await agedBy(179);
  expect((await send()).body).toEqual({ id, duplicate: true });
  await agedBy(181);
  expect((await send()).body).toMatchObject({ duplicate: false });
});

it('a hook goes with its deliveries', async () => {
  const gone = await makeHook(shop, { source: 'harbor', name: 'gone', registry: 'registry.example.com' });
  const { status } = await owner.request({ method: 'POST', url: `/hooks/${gone.id}/test` });
  expect(status).toBe(202);
  expect((await deliveries(gone)).total).toBe(1);
  expect((await owner.request({ method: 'DELETE', url: `/hooks/${gone.id}` })).status).toBe(204);
  expect((await deliveries(gone)).total).toBe(0);
  expect((await post(test, gone.path, {}, bearer(gone))).status).toBe(404);
});
