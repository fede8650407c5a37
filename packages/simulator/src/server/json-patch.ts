import { isDeepStrictEqual } from 'node:util';
import { ApiError, badRequest } from '../objects/api-error.ts';
import { listOf, textOf } from '../objects/types.ts';

/**
 * JSON patch (RFC 6902).
 * @throws ApiError 400 for what is no patch, 422 for one that does not fit, a failed `test` among them
 */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw badRequest('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  const root = { root: structuredClone(target) };
  for (const step of listOf(patch)) {
    const [op, path, from] = [textOf(step.op), stepsOf(textOf(step.path)), stepsOf(textOf(step.from))];
    if (op === 'test') {
      if (!isDeepStrictEqual(valueAt(root, path), step.value)) throw unfit();
    } else if (op === 'add') put(root, path, step.value, true);
    else if (op === 'replace') put(root, path, step.value, false);
    else if (op === 'remove') take(root, path);
    else if (op === 'move') put(root, path, take(root, from), true);
    else if (op === 'copy') put(root, path, structuredClone(valueAt(root, from)), true);
    else throw unfit();
  }
  return root.root;
}

function unfit(): ApiError {
  return new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

function stepsOf(pointer: string): string[] {
  return ['root', ...pointer.split('/').slice(1)].map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The map or list that a path ends in, and the last step. */
function holderOf(root: unknown, path: readonly string[]): [holder: Record<string, unknown> | unknown[], key: string] {
  const holder = valueAt(root, path.slice(0, -1));
  if (typeof holder !== 'object' || holder === null) throw unfit();
  return [holder as Record<string, unknown> | unknown[], path.at(-1) ?? ''];
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

function put(root: unknown, path: readonly string[], value: unknown, isNew: boolean): void {
  const [holder, key] = holderOf(root, path);
  if (Array.isArray(holder)) {
    const index = key === '-' ? holder.length : Number(key);
    if (!Number.isInteger(index) || index < 0 || index > holder.length - (isNew ? 0 : 1)) throw unfit();
    holder.splice(index, isNew ? 0 : 1, value);
    return;
  }
  if (!isNew && !Object.hasOwn(holder, key)) throw unfit();
  Object.defineProperty(holder, key, { value, enumerable: true, writable: true, configurable: true });
}

function take(root: unknown, path: readonly string[]): unknown {
  const [holder, key] = holderOf(root, path);
  const value = valueAt(holder, [key]);
  if (value === undefined) throw unfit();
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
  return value;
}
