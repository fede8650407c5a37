import type { KubeObject } from './json.ts';
import { at, int, text } from './json.ts';

export type WatchEvent =
  | { type: 'put'; object: KubeObject; resourceVersion: string | undefined }
  | { type: 'delete'; object: KubeObject; resourceVersion: string | undefined }
  | { type: 'bookmark'; resourceVersion: string; isInitialEnd: boolean }
  | { type: 'gone' }
  | { type: 'error'; code: number; message: string; retryAfterSeconds: number | undefined };

const initialEnd = 'k8s.io/initial-events-end';

/** Reads one line of a watch; `undefined` for text that is no event. */
export function parseWatchEvent(line: string): WatchEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const object = at(value, 'object');
  if (typeof object !== 'object' || object === null) return undefined;
  const resourceVersion = text(at(object, 'metadata', 'resourceVersion'));
  switch (at(value, 'type')) {
    case 'ADDED':
    case 'MODIFIED':
      return { type: 'put', object: object as KubeObject, resourceVersion };
    case 'DELETED':
      return { type: 'delete', object: object as KubeObject, resourceVersion };
    case 'BOOKMARK':
      if (resourceVersion === undefined) return undefined;
      return {
        type: 'bookmark',
        resourceVersion,
        isInitialEnd: at(object, 'metadata', 'annotations', initialEnd) === 'true',
      };
    case 'ERROR': {
      const code = int(at(object, 'code')) ?? 500;
      // Both forms: an HTTP-like 410 and the reason alone.
      if (code === 410 || ['Gone', 'Expired'].includes(text(at(object, 'reason')) ?? '')) return { type: 'gone' };
      return {
        type: 'error',
        code,
        message: text(at(object, 'message')) ?? '',
        retryAfterSeconds: int(at(object, 'details', 'retryAfterSeconds')),
      };
    }
    default:
      return undefined;
  }
}
