import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { LineStream } from '../control-plane/types.ts';
import { configMap, type Kube, type KubeList, type Refusal, refusal } from './cases.fixture.ts';
import { describeFleets, startBothFleets, stopFleets, type TestCluster } from './test-fleet.ts';

// Of its own: what it compacts away is nobody else's.
const fleets = await startBothFleets({ count: 1, controllers: false });
afterAll(() => stopFleets(fleets));

const namespace = 'behaviour-watching';
const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;
const events = `/api/v1/namespaces/${namespace}/events`;
const names = ['a', 'b', 'c', 'd', 'e'];

type WatchEvent = { type: string; object: Kube & Partial<Refusal> & { code?: number } };

const event = (name: string) => ({
  metadata: { name },
  involvedObject: { kind: 'Pod', namespace, name: 'x' },
  reason: 'Tested',
  message: 'for the suite',
  type: 'Normal',
});

describeFleets(fleets, 'lists and watches of a $kind cluster', ({ clusters }) => {
  const [cluster] = clusters as [TestCluster];
  const open: LineStream[] = [];
  afterEach(() => {
    for (const stream of open.splice(0)) stream.close();
  });
  beforeAll(async () => {
    await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    for (const name of names)
      await cluster.request('POST', configMaps, configMap(name, {}, { labels: { suite: 'listed' } }));
    for (const name of names) await cluster.request('POST', events, event(name));
  });

  const list = (query: string, path = configMaps) =>
    cluster.request<KubeList>('GET', `${path}?labelSelector=suite%3Dlisted${query}`);
  const namesOf = ({ items }: KubeList) => items.map(({ metadata }) => metadata.name);

  async function watch(query: string, path = configMaps): Promise<() => Promise<WatchEvent | undefined>> {
    const stream = await cluster.stream(`${path}?watch=1&${query}`);
    open.push(stream);
    const lines = stream.lines[Symbol.asyncIterator]();
    return async () => {
      const { done, value } = await lines.next();
      return done === true ? undefined : (JSON.parse(value) as WatchEvent);
    };
  }

  it('lists by name, with the version of the whole', async () => {
    const all = await list('');
    expect(all).toMatchObject({
      kind: 'ConfigMapList',
      apiVersion: 'v1',
      metadata: { resourceVersion: expect.stringMatching(/^\d+$/) },
    });
    expect(namesOf(all)).toEqual(names);
    expect(all.items[0]).not.toHaveProperty('kind');
  });

  it('gives pages that are all of the version of the first', async () => {
    const first = await cluster.request<KubeList>('GET', `${events}?limit=2`);
    expect(namesOf(first)).toEqual(['a', 'b']);
    expect(first.metadata.remainingItemCount).toBe(3);
    await cluster.request('DELETE', `${events}/c`);
    await cluster.request('POST', events, event('bb'));
    const second = await cluster.request<KubeList>('GET', `${events}?limit=2&continue=${first.metadata.continue}`);
    const third = await cluster.request<KubeList>('GET', `${events}?limit=2&continue=${second.metadata.continue}`);
    expect([second, third].map(namesOf)).toEqual([['c', 'd'], ['e']]);
    expect([second, third].map(({ metadata }) => metadata.resourceVersion)).toEqual(
      Array(2).fill(first.metadata.resourceVersion),
    );
    expect(third.metadata).not.toHaveProperty('continue');
    await cluster.request('DELETE', `${events}/bb`);
    await cluster.request('POST', events, event('c'));
  });

  it('gives metadata alone to who asks for no more, as a list, as one object and as a stream', async () => {
    const metadataOf = (as: string) => ({ headers: { accept: `application/json;as=${as};g=meta.k8s.io;v=v1` } });
    await cluster.request('PATCH', `${configMaps}/a`, { data: { held: 'for the owner' } });
    const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' };
    const one = await cluster.request('GET', `${configMaps}/a`, undefined, metadataOf('PartialObjectMetadata'));
    expect(one).toMatchObject({ ...partial, metadata: { name: 'a', labels: { suite: 'listed' } } });
    expect(one).not.toHaveProperty('data');
    const list = await cluster.request<KubeList>('GET', configMaps, undefined, metadataOf('PartialObjectMetadataList'));
    expect(list).toMatchObject({
      kind: 'PartialObjectMetadataList',
      metadata: { resourceVersion: expect.any(String) },
    });
    expect(list.items[0]).toMatchObject(partial);
    expect(JSON.stringify(list)).not.toContain('for the owner');
    const wrong = cluster.request('GET', configMaps, undefined, metadataOf('PartialObjectMetadata'));
    expect(await refusal(wrong)).toMatchObject({ status: 406, reason: 'NotAcceptable' });
    const path = `${configMaps}?watch=1&resourceVersion=0&labelSelector=suite%3Dlisted`;
    const stream = await cluster.stream(path, metadataOf('PartialObjectMetadata'));
    open.push(stream);
    for await (const text of stream.lines) {
      const event = JSON.parse(text) as WatchEvent;
      expect(event).toMatchObject({ type: 'ADDED', object: partial });
      expect(text).not.toContain('for the owner');
      if (event.object.metadata.name === 'a') break;
    }
  });

  it('does not count what is left behind a selector', async () => {
    const page = await list('&limit=2');
    expect(page.metadata.continue).toEqual(expect.any(String));
    expect(page.metadata).not.toHaveProperty('remainingItemCount');
  });

  it('refuses a token that is none, and one that is too old with the way to go on', async () => {
    expect(await refusal(cluster.request('GET', `${events}?limit=2&continue=zzz`))).toMatchObject({
      status: 400,
      reason: 'BadRequest',
      message: expect.stringMatching(/^invalid continue token: continue key is not valid/),
    });
    const first = await cluster.request<KubeList>('GET', `${events}?limit=2`);
    await cluster.request('POST', events, event('later'));
    await cluster.compact();
    const old = await refusal(cluster.request('GET', `${events}?limit=2&continue=${first.metadata.continue}`));
    expect(old).toMatchObject({
      status: 410,
      reason: 'Expired',
      message: expect.stringContaining('The provided continue parameter is too old'),
    });
    const rest = await cluster.request<KubeList>('GET', `${events}?limit=9&continue=${old.metadata?.continue}`);
    expect(namesOf(rest)).toEqual(['c', 'd', 'e', 'later']);
    await cluster.request('DELETE', `${events}/later`);
  });

  it('takes version 0 from what it has, and refuses a version it does not have yet', async () => {
    expect(namesOf(await list('&resourceVersion=0'))).toEqual(names);
    expect(await refusal(list('&resourceVersion=9999999999999&resourceVersionMatch=NotOlderThan'))).toMatchObject({
      status: 504,
      reason: 'Timeout',
      message: expect.stringMatching(/^Timeout: Too large resource version: 9999999999999, current: \d+$/),
      details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }] },
    });
  });

  it('gives the list of exactly one version, and refuses what cannot be asked together', async () => {
    const { metadata } = await list('');
    await cluster.request('POST', configMaps, configMap('f', {}, { labels: { suite: 'listed' } }));
    const exact = await list(`&resourceVersionMatch=Exact&resourceVersion=${metadata.resourceVersion}`);
    expect([namesOf(exact), exact.metadata.resourceVersion]).toEqual([names, metadata.resourceVersion]);
    expect(
      namesOf(await list(`&resourceVersionMatch=NotOlderThan&resourceVersion=${metadata.resourceVersion}`)),
    ).toEqual([...names, 'f']);
    await cluster.request('DELETE', `${configMaps}/f`);
    const why = async (query: string) => {
      const { status, message } = await refusal(list(query));
      return [status, message];
    };
    const said = 'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch:';
    expect(await why('&resourceVersionMatch=Exact')).toEqual([
      422,
      `${said} Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided`,
    ]);
    expect(await why('&resourceVersionMatch=Exact&resourceVersion=0')).toEqual([
      422,
      `${said} Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"`,
    ]);
    expect(await why('&resourceVersionMatch=Newest&resourceVersion=1')).toEqual([
      422,
      `${said} Unsupported value: "Newest": supported values: "Exact", "NotOlderThan", ""`,
    ]);
  });

  it('follows changes from the version of a list', async () => {
    const { metadata } = await list('');
    const next = await watch(`resourceVersion=${metadata.resourceVersion}`);
    await cluster.request('POST', configMaps, configMap('followed', { n: '1' }));
    await cluster.request('PATCH', `${configMaps}/followed`, { data: { n: '2' } });
    const gone = await cluster.request<{ details: { uid: string } }>('DELETE', `${configMaps}/followed`);
    const seen = [await next(), await next(), await next()];
    expect(seen.map((each) => each?.type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
    expect(seen[2]?.object).toMatchObject({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name: 'followed', uid: gone.details.uid },
      data: { n: '2' },
    });
    const versions = seen.map((each) => Number(each?.object.metadata.resourceVersion));
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  });

  it('catches up with what happened since', async () => {
    const { metadata } = await list('');
    await cluster.request('POST', configMaps, configMap('missed'));
    await cluster.request('DELETE', `${configMaps}/missed`);
    const next = await watch(`resourceVersion=${metadata.resourceVersion}`);
    expect([(await next())?.type, (await next())?.type]).toEqual(['ADDED', 'DELETED']);
  });

  it('streams a list as events up to its end mark, then goes on', async () => {
    const next = await watch(
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&labelSelector=suite%3Dlisted',
    );
    const initial = [];
    for (let each = await next(); each?.type === 'ADDED'; each = await next()) initial.push(each.object.metadata.name);
    expect(initial.toSorted()).toEqual(names);
    await cluster.request('POST', configMaps, configMap('after-mark', {}, { labels: { suite: 'listed' } }));
    expect(await next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'after-mark' } } });
    await cluster.request('DELETE', `${configMaps}/after-mark`);
  });

  it.each([
    ['Namespace', 'v1', '/api/v1/namespaces'],
    ['Node', 'v1', '/api/v1/nodes'],
    ['Pod', 'v1', '/api/v1/pods'],
    ['Service', 'v1', '/api/v1/services'],
    ['Event', 'v1', '/api/v1/events'],
    ['Deployment', 'apps/v1', '/apis/apps/v1/deployments'],
    ['ReplicaSet', 'apps/v1', '/apis/apps/v1/replicasets'],
  ])('gives %ss of the whole cluster, as a list and as a stream', async (kind, apiVersion, path) => {
    const all = await cluster.request<KubeList>('GET', `${path}?limit=500`);
    expect(all).toMatchObject({ kind: `${kind}List`, apiVersion, items: expect.any(Array) });
    const next = await watch('sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true', path);
    const found: string[] = [];
    let each = await next();
    for (; each?.type === 'ADDED'; each = await next()) found.push(each.object.metadata.name);
    expect(found.toSorted()).toEqual(namesOf(all).toSorted());
    expect(each).toMatchObject({ type: 'BOOKMARK', object: { kind, apiVersion } });
  });

  it('marks the end with a bookmark that carries a version to go on from', async () => {
    const next = await watch(
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=metadata.name%3Dnone',
    );
    const mark = await next();
    expect(mark).toMatchObject({
      type: 'BOOKMARK',
      object: {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } },
      },
    });
    await cluster.request('POST', configMaps, configMap('from-mark'));
    const later = await watch(`resourceVersion=${mark?.object.metadata.resourceVersion}`);
    expect(await later()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'from-mark' } } });
    await cluster.request('DELETE', `${configMaps}/from-mark`);
  });

  it('streams no list without its match rule', async () => {
    expect(await refusal(cluster.stream(`${configMaps}?watch=1&sendInitialEvents=true`))).toMatchObject({
      status: 422,
      message:
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    });
  });

  it('says in the stream that a version is too old', async () => {
    const { metadata } = await cluster.request<KubeList>('GET', `${events}?limit=1`);
    await cluster.request('POST', events, event('passing'));
    await cluster.request('DELETE', `${events}/passing`);
    await cluster.compact();
    const next = await watch(`resourceVersion=${metadata.resourceVersion}`, events);
    expect(await next()).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 410 } });
    expect(await next()).toBeUndefined();
  });

  it('says in the stream that a version is not there yet', async () => {
    const next = await watch(
      'resourceVersion=9999999999999&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
    );
    expect(await next()).toMatchObject({
      type: 'ERROR',
      object: { code: 504, reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
    });
  });

  it('takes a plain watch from a future version, silently, and ends it when its time is up', async () => {
    const next = await watch('resourceVersion=9999999999999&timeoutSeconds=1');
    await cluster.request('POST', configMaps, configMap('unseen'));
    expect(await next()).toBeUndefined();
    await cluster.request('DELETE', `${configMaps}/unseen`);
  });

  it('refuses a version that is no number', async () => {
    expect(await refusal(cluster.stream(`${configMaps}?watch=1&resourceVersion=abc`))).toMatchObject({
      status: 500,
      message: 'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    });
  });

  it('keeps its objects and versions over an outage', async () => {
    const before = await list('');
    await cluster.stopApiServer();
    await expect(list('')).rejects.toThrow();
    await cluster.startApiServer();
    expect((await list('')).items).toEqual(before.items);
    const next = await watch(`resourceVersion=${before.metadata.resourceVersion}`);
    await cluster.request('POST', configMaps, configMap('after-outage'));
    expect(await next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'after-outage' } } });
  });
});
