import { mutate } from './mutate.ts';

/** Lists are narrowed, counts are not. */
export default mutate<typeof import('../../apps/api/src/features/inventory/inventory.read-model.ts')>({
  createInventoryReadModel: (real) => (database) => {
    const readModel = real.createInventoryReadModel(database);
    return {
      ...readModel,
      counts: (reaches) =>
        readModel.counts(
          new Map([...reaches].map(([kind, reach]) => [kind, { ...reach, isFleet: true, key: 'fleet' }])),
        ),
    };
  },
});
