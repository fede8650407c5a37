import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority } from '@quarterdeck/testing';
import { joinedManifest } from '../apps/api/src/features/inventory/fleet.fixture.ts';
import { collectionPath, rbacKinds, watchedKinds } from '../packages/kubernetes/src/index.ts';
import type { SourceOptions, ToSource } from './cluster-source.ts';
import { podTexts } from './pod-texts.ts';

/**
 * API servers that list and watch objects made when asked for, so that what is measured is not theirs: each its own TLS
 * port, all in this process, which says what CPU it took. They stream initial events or answer in pages of the size
 * asked for, keep watches open with bookmarks, and know metadata alone.
 */
const options = JSON.parse(process.argv[2] ?? '{}') as SourceOptions;
const version = '900';
const bookmarkMs = 30_000;
const kinds = new Map([...rbacKinds, ...watchedKinds].map((kind) => [collectionPath(kind), kind] as const));

type Objects = { count: number; text: (index: number, isMetadataOnly: boolean) => string };
const none: Objects = { count: 0, text: () => '' };
const small = (objects: readonly object[]): Objects => {
  const texts = objects.map((object) => JSON.stringify(object));
  return { count: texts.length, text: (index) => texts[index] ?? '' };
};
const meta = (name: string) => ({ metadata: { name, uid: `uid-${name}`, resourceVersion: '7' } });
const manifest = Map.groupBy(joinedManifest(), ({ kind }) => kind);

function objectsOf(resource: string, cluster: number): Objects {
  switch (resource) {
    case 'pods': {
      const text = podTexts(cluster);
      return { count: options.pods, text: (index) => text(index) };
    }
    case 'configmaps':
      return { count: options.configMaps, text: (index, isMetadataOnly) => configMapText(index, isMetadataOnly) };
    case 'namespaces':
      return small(Array.from({ length: 40 }, (_, index) => meta(`team-${index}`)));
    case 'nodes':
      return small(Array.from({ length: 100 }, (_, index) => meta(`node-${index}`)));
  }
  const kind = rbacKinds.find((each) => each.resource === resource);
  if (kind === undefined) return none;
  return small(
    (manifest.get(kind.kind) ?? []).map((object) => ({
      ...object,
      metadata: { ...object.metadata, uid: `uid-${object.metadata.name}`, resourceVersion: '7' },
    })),
  );
}

const page = 'x'.repeat(10 * 1024);
function configMapText(index: number, isMetadataOnly: boolean): string {
  const metadata = `{"name":"config-${index}","namespace":"team-${index % 40}","uid":"config-uid-${index}","resourceVersion":"7","creationTimestamp":"2026-01-01T00:00:00Z","labels":{"app":"app-${index % 50}","app.kubernetes.io/managed-by":"Helm"},"managedFields":[{"manager":"helm","operation":"Update","apiVersion":"v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{".":{},"f:page":{}},"f:metadata":{"f:labels":{".":{},"f:app":{}}}}}]}`;
  if (isMetadataOnly) return `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":${metadata}}`;
  return `{"metadata":${metadata},"data":{"page":"${page}"}}`;
}

let askedAt: Record<string, number> = {};

function createListener(cluster: number) {
  const served = new Map(
    [...kinds].map(([path, kind]) => [path, { kind, objects: objectsOf(kind.resource, cluster) }]),
  );
  let hasExpired = false;

  async function send(response: ServerResponse, parts: Iterable<string>): Promise<void> {
    let text = '';
    for (const part of parts) {
      text += part;
      if (text.length < 64 * 1024) continue;
      if (!response.write(text)) await drained(response);
      if (response.destroyed) return;
      text = '';
    }
    response.write(text);
  }

  async function watch(response: ServerResponse, query: URLSearchParams, path: string, isMetadataOnly: boolean) {
    const found = served.get(path);
    if (found === undefined) return status(response, 404);
    const { kind, objects } = found;
    const isInitial = query.has('sendInitialEvents');
    if (isInitial && options.pagesOnly) return status(response, 422);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    function* events() {
      for (let index = 0; index < objects.count; index += 1)
        yield `{"type":"ADDED","object":${objects.text(index, isMetadataOnly)}}\n`;
      yield bookmark(kind.kind, true);
    }
    if (isInitial) await send(response, events());
    const timer = setInterval(() => response.write(bookmark(kind.kind, false)), bookmarkMs);
    const end = setTimeout(() => response.end(), Number(query.get('timeoutSeconds') ?? 300) * 1000);
    response.on('close', () => {
      clearInterval(timer);
      clearTimeout(end);
    });
  }

  async function list(response: ServerResponse, query: URLSearchParams, path: string, isMetadataOnly: boolean) {
    const found = served.get(path);
    if (found === undefined) return status(response, 404);
    const { kind, objects } = found;
    const from = Number(query.get('continue') ?? 0);
    if (options.expiresAt !== undefined && from >= options.expiresAt && !hasExpired) {
      hasExpired = true;
      return status(response, 410, 'Expired');
    }
    const end = Math.min(objects.count, from + Number(query.get('limit') ?? objects.count));
    const more = end < objects.count ? `,"continue":"${end}"` : '';
    response.writeHead(200, { 'content-type': 'application/json' });
    function* parts() {
      yield `{"kind":"${kind.kind}List","apiVersion":"v1","metadata":{"resourceVersion":"${version}"${more}},"items":[`;
      for (let index = from; index < end; index += 1)
        yield `${index === from ? '' : ','}${objects.text(index, isMetadataOnly)}`;
      yield ']}';
    }
    await send(response, parts());
    response.end();
  }

  return (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://c');
    const isMetadataOnly = String(request.headers.accept).includes('PartialObjectMetadata');
    if (searchParams.has('sendInitialEvents') || searchParams.has('limit')) askedAt[pathname] ??= Date.now();
    if (searchParams.has('watch')) return void watch(response, searchParams, pathname, isMetadataOnly);
    if (served.has(pathname)) return void list(response, searchParams, pathname, isMetadataOnly);
    const answer = answers[pathname];
    if (answer !== undefined) return json(response, answer(cluster));
    request.resume();
    status(response, 404);
  };
}

const discovered = Map.groupBy(kinds.values(), ({ group, version: served }) => `${group}/${served}`);
const discovery = (isCore: boolean) => ({
  kind: 'APIGroupDiscoveryList',
  items: [...discovered.values()]
    .filter((of) => (of[0]?.group === '') === isCore)
    .map((of) => ({
      metadata: { name: of[0]?.group },
      versions: [
        {
          version: of[0]?.version,
          freshness: 'Current',
          resources: of.map((kind) => ({
            resource: kind.resource,
            responseKind: { kind: kind.kind },
            scope: kind.namespaced ? 'Namespaced' : 'Cluster',
            verbs: ['get', 'list', 'watch'],
          })),
        },
      ],
    })),
});
const answers: Record<string, (cluster: number) => unknown> = {
  '/readyz': () => 'ok',
  '/version': () => ({ gitVersion: 'v1.34.0' }),
  '/api': () => discovery(true),
  '/apis': () => discovery(false),
  '/api/v1/namespaces/kube-system': (cluster) => ({ metadata: { uid: `uid-${cluster}` } }),
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions': () => ({
    kind: 'CustomResourceDefinitionList',
    metadata: { resourceVersion: version },
    items: [],
  }),
  '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews': () => ({ status: { allowed: true } }),
};

function bookmark(kind: string, endsInitialEvents: boolean): string {
  const annotations = endsInitialEvents ? ',"annotations":{"k8s.io/initial-events-end":"true"}' : '';
  return `{"type":"BOOKMARK","object":{"kind":"${kind}","metadata":{"resourceVersion":"${version}"${annotations}}}}\n`;
}

/** Or gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function status(response: ServerResponse, code: number, reason = 'Failure'): void {
  const body = { kind: 'Status', status: 'Failure', code, reason };
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const authority = await createAuthority('bench authority');
const { certPem, keyPem } = await authority.issueServer(['127.0.0.1']);
const servers = await Promise.all(
  Array.from({ length: options.clusters }, async (_, cluster) => {
    const listener = createListener(cluster);
    // Its requests by HTTP/2 have the forms of the older ones.
    const server =
      options.speaksHttp2 === true
        ? createSecureServer({ cert: certPem, key: keyPem, allowHTTP1: true }, listener as never)
        : createServer({ cert: certPem, key: keyPem, keepAliveTimeout: 60_000 }, listener);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }),
);
process.send?.({ servers, caPem: authority.certPem });
process.on('message', (message: ToSource) => {
  if (message === 'usage') {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuSeconds: (user + system) / 1e6, askedAt });
  }
  if (message === 'forget') askedAt = {};
  if (message === 'stop') process.exit(0);
});
