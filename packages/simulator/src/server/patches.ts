import { ApiError } from '../objects/api-error.ts';
import { type Json, objectOf } from '../objects/types.ts';
import { jsonPatch } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { strategicMerge } from './strategic-merge.ts';

/**
 * An object changed the way a content type says; `replace` puts another in its place.
 * @throws ApiError 415 for a type that nobody knows
 */
export function patched(type: string, before: Json, body: unknown): Json {
  switch (type) {
    case 'replace':
      return objectOf(body);
    case 'application/merge-patch+json':
      return objectOf(mergePatch(before, body));
    case 'application/strategic-merge-patch+json':
      return objectOf(strategicMerge(before, body));
    case 'application/json-patch+json':
      return objectOf(jsonPatch(before, body));
    default:
      throw new ApiError(415, 'UnsupportedMediaType', 'the body of the request was in an unknown format');
  }
}
