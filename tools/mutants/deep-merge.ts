import { mutate } from './mutate.ts';

/** Keys of the body are merged into an object one by one, `__proto__` among them. */
export default mutate<typeof import('../../apps/api/src/platform/http/json-body.ts')>({
  parseJsonBody: () => (text) => {
    const target: Record<string, unknown> = {};
    const entries = JSON.parse(text) as object;
    for (const [key, value] of Object.entries(entries)) {
      if (typeof target[key] === 'object' && target[key] !== null) Object.assign(target[key], value);
      else target[key] = value;
    }
    return target;
  },
});
