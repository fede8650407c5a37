import { mutate } from './mutate.ts';

/** What a tag names now goes out, and not the digest that stands beside it. */
export default mutate<typeof import('../../apps/api/src/features/releases/resolve-images.ts')>({
  createImageResolver: (real) => (deps) => {
    const resolver = real.createImageResolver(deps);
    return {
      ...resolver,
      resolve(projectId, images, options) {
        const tags = Object.entries(images).map(([slot, image]) => [
          slot,
          { ...image, reference: image.reference.replace(/(:[^@/]+)@.*$/, '$1') },
        ]);
        return resolver.resolve(projectId, Object.fromEntries(tags), options);
      },
    };
  },
});
