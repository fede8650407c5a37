import { mutate } from './mutate.ts';

/** Bytes are parsed before they have proved themselves. */
export default mutate<typeof import('../../apps/api/src/features/pipelines/receive-hook.ts')>({
  createHookDoor: (real) => (deps) => {
    const door = real.createHookDoor(deps);
    return {
      ...door,
      async receive(hook, delivery) {
        JSON.parse(delivery.body.toString('utf8'));
        return door.receive(hook, delivery);
      },
    };
  },
});
