import { type Json, objectOf } from './types.ts';

/** One item of a LimitRange with what follows from the rest of it, as the API server fills it in. */
export function limitDefaults(item: Json): Json {
  if (item.type !== 'Container') return item;
  const limits = { ...objectOf(item.max), ...objectOf(item.default) };
  const requests = { ...objectOf(item.min), ...limits, ...objectOf(item.defaultRequest) };
  return { ...item, default: limits, defaultRequest: requests };
}
