import type { ClusterResponse } from '../transport/cluster-client.ts';

/** A field that a cluster refuses, as it names it, and why. */
export type RefusedField = { field: string; detail: string };

type Status = { message?: unknown; details?: { causes?: { field?: unknown; message?: unknown }[] } };

const most = 20;

/**
 * Every field that the answer to a write names: of a validation its causes, of a body that does not fit its kind what
 * the decoder says.
 */
export function refusedFields({ status, body }: Pick<ClusterResponse<unknown>, 'status' | 'body'>): RefusedField[] {
  if (status < 400 || typeof body !== 'object' || body === null) return [];
  const { message, details } = body as Status;
  const causes = (Array.isArray(details?.causes) ? details.causes : []).flatMap(({ field, message: why }) =>
    typeof field === 'string' && field !== '' && typeof why === 'string' ? { field, detail: why } : [],
  );
  return (causes.length > 0 ? causes : decoded(typeof message === 'string' ? message : '')).slice(0, most);
}

function decoded(message: string): RefusedField[] {
  const strict = [...message.matchAll(/(unknown|duplicate) field "([^"]+)"/g)].map(([, what = '', field = '']) => ({
    field,
    detail: what === 'unknown' ? 'The kind has no such field.' : 'It stands there twice.',
  }));
  const typed = [
    ...message.matchAll(/cannot unmarshal (\S+) into Go struct field \w+\.([\w.-]+) of type ([\w.[\]*]+)/g),
  ].map(([, is = '', field = '', wanted = '']) => ({
    field,
    detail: `It is a ${is}, not what the kind has: ${wanted}.`,
  }));
  // `.spec.replicas: expected numeric (int or float), got string`, of a server-side apply.
  const applied = [...message.matchAll(/(\.[\w.[\]"=,/-]+): (expected [^\n;]+|field not declared in schema)/g)].map(
    ([, field = '', detail = '']) => ({ field, detail }),
  );
  return [...strict, ...typed, ...applied];
}
