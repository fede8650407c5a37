import { at, list, text } from './json.ts';
import { holds } from './placement.ts';

/** Whether a label selector takes an object: an empty one takes all, none takes nothing. */
export function selects(selector: unknown, object: unknown): boolean {
  if (typeof selector !== 'object' || selector === null) return false;
  const labelOf = (key: string) => at(object, 'metadata', 'labels', key);
  const wanted = Object.entries((at(selector, 'matchLabels') ?? {}) as Record<string, unknown>);
  return (
    wanted.every(([key, value]) => labelOf(key) === value) &&
    list(at(selector, 'matchExpressions')).every((each) => holds(each, labelOf(text(at(each, 'key')) ?? '')))
  );
}
