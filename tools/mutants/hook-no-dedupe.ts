import { randomUUID } from 'node:crypto';
import { mutate } from './mutate.ts';

/** Each delivery is a new one, whatever its sender says. */
export default mutate<typeof import('../../apps/api/src/features/pipelines/events/read-event.ts')>({
  dedupeKeyOf: () => () => randomUUID(),
});
