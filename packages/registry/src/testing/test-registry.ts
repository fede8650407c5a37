import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority } from '@quarterdeck/testing';

export type TestPlatform = { os: string; architecture: string };

export type TestRegistry = {
  /** `127.0.0.1:<port>`: what stands in front of the repository. */
  host: string;
  port: number;
  caPem: string;
  /** Puts an image with these labels under a tag, as an index over one manifest; gives the index' digest. */
  push(path: string, tag: string, labels?: Record<string, string>, platforms?: TestPlatform[]): string;
  /** The digest of the manifest that an index names first. */
  manifestIn(path: string, index: string): string;
  remove(path: string, reference: string): void;
  /** Answers every request with this status; `undefined`: as usual. */
  failWith(status: number | undefined): void;
  /** `METHOD path` of what was asked, in order. */
  asked: string[];
  /** Authorization headers that came with them. */
  credentials: (string | undefined)[];
  close(): Promise<void>;
};

export type TestRegistryOptions = {
  /** Asks for this login, by way of a token of its own realm. */
  login?: { username: string; password: string };
  /** Sends clients to this host for tokens instead. */
  realm?: string;
  /** Leaves `Docker-Content-Digest` out, as the specification allows. */
  withoutDigestHeader?: boolean;
  /** Sends readers of blobs to `/elsewhere`, as registries before object stores do. */
  redirectsBlobs?: boolean;
};

type Stored = { type: string; bytes: Buffer };

const indexType = 'application/vnd.oci.image.index.v1+json';
const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/** The read side of a registry over TLS, in memory: manifests by tag and digest, blobs, token realm. */
export async function startTestRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const authority = await createAuthority('registry');
  const { certPem, keyPem } = await authority.issueServer(['127.0.0.1']);
  const manifests = new Map<string, Stored>();
  const blobs = new Map<string, Stored>();
  const asked: string[] = [];
  const credentials: TestRegistry['credentials'] = [];
  let failure: number | undefined;

  function store(into: Map<string, Stored>, path: string, type: string, content: object): string {
    const bytes = Buffer.from(JSON.stringify(content));
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    into.set(`${path}/${digest}`, { type, bytes });
    return digest;
  }

  function isAllowed(authorization: string | undefined): boolean {
    return options.login === undefined || authorization === 'Bearer token-of-test';
  }

  const server: Server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    const url = new URL(request.url ?? '/', `https://${host}`);
    asked.push(`${request.method} ${url.pathname}`);
    credentials.push(request.headers.authorization);
    if (failure !== undefined) return response.writeHead(failure).end();
    if (url.pathname === '/token') {
      const { username, password } = options.login ?? { username: '', password: '' };
      const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
      const known = request.headers.authorization === basic;
      return response.writeHead(known ? 200 : 401).end(known ? JSON.stringify({ token: 'token-of-test' }) : '');
    }
    const match = /^\/(v2|elsewhere)\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(url.pathname);
    const [, root, path, kind, reference] = match ?? [];
    if (root === 'v2' && !isAllowed(request.headers.authorization)) {
      const realm = options.realm ?? `https://${host}/token`;
      const challenge = `Bearer realm="${realm}",service="test",scope="repository:${path}:pull"`;
      return response.writeHead(401, { 'www-authenticate': challenge }).end();
    }
    if (root === 'v2' && kind === 'blobs' && options.redirectsBlobs === true) {
      return response.writeHead(307, { location: `/elsewhere/${path}/blobs/${reference}` }).end();
    }
    const found = (kind === 'manifests' ? manifests : blobs).get(`${path}/${reference}`);
    if (found === undefined) return response.writeHead(404).end();
    const digest = `sha256:${createHash('sha256').update(found.bytes).digest('hex')}`;
    response.writeHead(200, {
      'content-type': found.type,
      'content-length': found.bytes.length,
      ...(options.withoutDigestHeader === true ? {} : { 'docker-content-digest': digest }),
    });
    return response.end(request.method === 'HEAD' ? undefined : found.bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;

  return {
    host,
    port,
    caPem: authority.certPem,
    asked,
    credentials,
    push(path, tag, labels = {}, platforms = [{ os: 'linux', architecture: 'amd64' }]) {
      const config = store(blobs, path, 'application/vnd.oci.image.config.v1+json', {
        architecture: 'amd64',
        os: 'linux',
        config: { Labels: labels },
        tag,
      });
      const manifest = store(manifests, path, manifestType, {
        schemaVersion: 2,
        mediaType: manifestType,
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config, size: 1 },
        layers: [],
      });
      const index = store(manifests, path, indexType, {
        schemaVersion: 2,
        mediaType: indexType,
        manifests: platforms.map((platform) => ({ mediaType: manifestType, digest: manifest, size: 1, platform })),
      });
      const stored = manifests.get(`${path}/${index}`);
      if (stored !== undefined) manifests.set(`${path}/${tag}`, stored);
      return index;
    },
    manifestIn(path, index) {
      const { manifests: entries } = JSON.parse(String(manifests.get(`${path}/${index}`)?.bytes)) as {
        manifests: { digest: string }[];
      };
      return entries[0]?.digest ?? '';
    },
    remove: (path, reference) => void manifests.delete(`${path}/${reference}`),
    failWith(status) {
      failure = status;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
