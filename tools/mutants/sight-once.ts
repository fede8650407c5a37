import { mutate } from './mutate.ts';

/** What a live view shows is judged when it opens, and never again. */
export default mutate<typeof import('../../apps/api/src/features/inventory/objects.stream.ts')>({
  objectsSource: (real) => (deps) =>
    real.objectsSource({ ...deps, inventory: { ...deps.inventory, onAccessChange: () => () => {} } }),
});
