import { createAddressGuard, createOutboundClient } from '@quarterdeck/outbound';
import { afterEach, describe, expect, it } from 'vitest';
import { bareName, readImageName, repositoryOf } from './image-name.ts';
import { createRegistryClient, registryHeaders } from './registry-client.ts';
import { startTestRegistry, type TestRegistry, type TestRegistryOptions } from './testing/test-registry.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function start(options?: TestRegistryOptions) {
  const registry = await startTestRegistry(options);
  const outbound = createOutboundClient({
    guard: createAddressGuard({ allow: [`127.0.0.1/32:${registry.port}`] }),
    allowedHeaders: registryHeaders,
  });
  open.push(registry, outbound);
  return { registry, client: createRegistryClient({ outbound }) };
}

const name = ({ host }: TestRegistry, rest: string) => readImageName(`${host}/shop/web${rest}`);

describe('an image name', () => {
  it.each([
    ['web', 'docker.io', 'library/web', 'latest', undefined],
    ['shop/web:1', 'docker.io', 'shop/web', '1', undefined],
    ['Registry.example.com:5000/shop/web', 'registry.example.com:5000', 'shop/web', 'latest', undefined],
    ['localhost/web@sha256:ab', 'localhost', 'web', undefined, 'sha256:ab'],
  ])('%s is read as a runtime reads it', (text, registry, path, tag, digest) => {
    expect(readImageName(text)).toEqual({ registry, path, tag, digest });
  });
});

describe('what project prefixes are compared with', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx', 'nginx'],
    ['grafana/grafana:11', 'docker.io/grafana/grafana', 'grafana/grafana'],
    ['localhost:5000/a/b:c', 'localhost:5000/a/b', 'localhost:5000/a/b'],
    ['a.test/b:1@sha256:ab', 'a.test/b', 'a.test/b'],
  ])('of %s is %s', (text, repository, bare) => {
    expect(repositoryOf(text)).toBe(repository);
    expect(bareName(text)).toBe(bare);
  });
});

describe('a registry is asked', () => {
  it.each([{}, { withoutDigestHeader: true }])('for the digest of a tag, with %o', async (options) => {
    const { registry, client } = await start(options);
    const digest = registry.push('shop/web', '1.0.0');
    expect(await client.digestOf(name(registry, ':1.0.0'), registry)).toBe(digest);
    expect(await client.digestOf(name(registry, `@${digest}`), registry)).toBe(digest);
  });

  it('for labels, through an index and a redirect that gets no credential', async () => {
    const login = { username: 'robot', password: 'secret' };
    const { registry, client } = await start({ login, redirectsBlobs: true });
    const digest = registry.push('shop/web', 'a', { 'org.opencontainers.image.revision': 'abc' });
    const image = { ...name(registry, `@${digest}`), digest };
    expect(await client.labelsOf(image, { caPem: registry.caPem, credential: login })).toEqual({
      'org.opencontainers.image.revision': 'abc',
    });
    const elsewhere = registry.asked.findIndex((line) => line.includes('/elsewhere/'));
    expect(elsewhere).toBeGreaterThan(0);
    expect(registry.credentials[elsewhere]).toBeUndefined();
  });

  it('for what an image runs on: an index by its entries, a single image by its configuration', async () => {
    const { registry, client } = await start();
    const platforms = [
      { os: 'linux', architecture: 'arm64' },
      { os: 'linux', architecture: 'amd64' },
      { os: 'unknown', architecture: 'unknown' },
    ];
    const index = registry.push('shop/web', 'many', {}, platforms);
    const ask = (digest: string) => client.platformsOf({ ...name(registry, `@${digest}`), digest }, registry);
    expect(await ask(index)).toEqual(platforms.slice(0, 2));
    expect(await ask(registry.manifestIn('shop/web', index))).toEqual([{ os: 'linux', architecture: 'amd64' }]);
  });

  it('with its login, which goes to no token host that nobody allowed', async () => {
    const login = { username: 'robot', password: 'secret' };
    const own = await start({ login });
    const digest = own.registry.push('shop/web', 'a');
    const access = { caPem: own.registry.caPem, credential: login };
    expect(await own.client.digestOf(name(own.registry, ':a'), access)).toBe(digest);
    await expect(own.client.digestOf(name(own.registry, ':a'), { caPem: own.registry.caPem })).rejects.toMatchObject({
      code: 'denied',
    });

    const other = await start({ login });
    const lured = await start({ login, realm: `https://${other.registry.host}/token` });
    await expect(
      lured.client.digestOf(name(lured.registry, ':a'), { caPem: lured.registry.caPem, credential: login }),
    ).rejects.toMatchObject({ code: 'denied' });
    expect(other.registry.asked).toEqual([]);
  });

  it('and what it does not have, or does not say, is told apart', async () => {
    const { registry, client } = await start();
    const digest = registry.push('shop/web', 'a');
    const code = (rest: string) => client.digestOf(name(registry, rest), registry).catch((error) => error.code);
    expect(await code(':none')).toBe('not_found');
    registry.failWith(503);
    expect(await code(`@${digest}`)).toBe('unreachable');
    registry.failWith(undefined);
    await registry.close();
    expect(await code(`@${digest}`)).toBe('unreachable');
  });
});
