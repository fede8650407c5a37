import { RegistryError } from '@quarterdeck/registry';
import { describe, expect, it } from 'vitest';
import { platformFinding } from './check-platforms.ts';
import { createImageResolver } from './resolve-images.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

/** A registry of what its tags name; `away` answers nothing. */
function resolver(tags: Record<string, string>, state = { away: false }) {
  const asked: string[] = [];
  const answer = async (image: { path: string; tag: string | undefined; digest: string | undefined }) => {
    asked.push(image.digest ?? image.tag ?? '');
    if (state.away) throw new RegistryError('unreachable', 'registry.test cannot be asked.');
    const found = image.digest ?? tags[image.tag ?? ''];
    if (found === undefined) throw new RegistryError('not_found', `The registry has no ${image.path}:${image.tag}.`);
    return found;
  };
  const client = { digestOf: answer, labelsOf: async () => ({}), platformsOf: async () => [] };
  const images = createImageResolver({ client, accessTo: async () => ({}) });
  const resolve = (reference: string, options?: { isFresh?: boolean }) =>
    images.resolve('prj', { main: { reference, pinned: reference.includes('@') } }, options).then(({ main }) => main);
  return { resolve, asked, state, tags };
}

describe('an image that is deployed', () => {
  it('by tag becomes a digest, and keeps its tag for people; the registry is asked once in ten seconds', async () => {
    const { resolve, asked } = resolver({ '1.4.2': digest('a') });
    const pinned = { reference: `registry.test/shop/web@${digest('a')}`, pinned: true, tag: '1.4.2' };
    expect(await resolve('registry.test/shop/web:1.4.2')).toEqual(pinned);
    expect(await resolve('registry.test/shop/web:1.4.2')).toEqual(pinned);
    expect(asked).toEqual(['1.4.2']);
  });

  it('by tag and digest stays that digest when the tag has moved since, and says where to', async () => {
    const { resolve } = resolver({ '1.4.2': digest('b') });
    expect(await resolve(`registry.test/shop/web:1.4.2@${digest('a')}`)).toEqual({
      reference: `registry.test/shop/web@${digest('a')}`,
      pinned: true,
      tag: '1.4.2',
      tagNow: digest('b'),
    });
  });

  it('whose registry does not answer goes out as typed, with the reason; a digest goes out unconfirmed', async () => {
    const { resolve, asked, state } = resolver({ '1': digest('a') }, { away: true });
    const note = 'registry.test cannot be asked.';
    expect(await resolve('registry.test/web:1')).toEqual({ reference: 'registry.test/web:1', pinned: false, note });
    const reference = `registry.test/web@${digest('a')}`;
    expect(await resolve(reference)).toEqual({ reference, pinned: true, note });
    // What failed is not asked again for each click, but by who waits for it.
    state.away = false;
    const before = asked.length;
    expect(await resolve('registry.test/web:1')).toMatchObject({ pinned: false });
    expect(asked).toHaveLength(before);
    expect(await resolve('registry.test/web:1', { isFresh: true })).toMatchObject({ reference, pinned: true });
  });

  it('that its registry does not have is refused by its field', async () => {
    await expect(resolver({}).resolve('registry.test/web:typo')).rejects.toMatchObject({
      status: 422,
      code: 'image_not_found',
      errors: [{ pointer: '/images/main' }],
    });
  });
});

describe('what an image runs on', () => {
  const amd = { os: 'linux', architecture: 'amd64' };
  const arm = { os: 'linux', architecture: 'arm64' };
  const found = (platforms: readonly (typeof amd)[], nodes: readonly (typeof amd | undefined)[]) =>
    platformFinding('main', platforms, nodes, 'alpha').map(({ level, detail }) => [level, detail]);

  it('blocks where no node can run it, warns where some cannot, and says neither of nodes that do not tell', () => {
    expect(found([amd], [arm, arm])).toEqual([
      ['block', 'The image is built for linux/amd64; 2 of 2 nodes of alpha are linux/arm64.'],
    ]);
    expect(found([amd], [amd, arm])[0]?.[0]).toBe('warn');
    expect(found([amd, arm], [amd, arm])).toEqual([]);
    expect(found([amd], [undefined])).toEqual([]);
    expect(found([], [amd])).toEqual([]);
  });
});
