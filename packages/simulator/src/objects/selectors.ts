import { at, type KubeObject, objectOf } from './types.ts';

/** `a=b,c!=d,e in (f,g),h,!i` on labels. */
export function matchesLabels(object: KubeObject, selector: string): boolean {
  const labels = object.metadata.labels ?? {};
  return splitOutsideParentheses(selector).every((term) => {
    const set = /^\s*(\S+)\s+(in|notin)\s+\(([^)]*)\)\s*$/.exec(term);
    if (set !== null) {
      const values = (set[3] ?? '').split(',').map((value) => value.trim());
      return values.includes(labels[set[1] ?? ''] ?? '\0') === (set[2] === 'in');
    }
    const pair = /^\s*([^=!\s]+)\s*(==|=|!=)\s*(\S*)\s*$/.exec(term);
    if (pair !== null) return (labels[pair[1] ?? ''] === pair[3]) === (pair[2] !== '!=');
    const name = term.trim();
    return name.startsWith('!') ? labels[name.slice(1)] === undefined : labels[name] !== undefined;
  });
}

/** `metadata.name=a,spec.nodeName!=b` */
export function matchesFields(object: KubeObject, selector: string): boolean {
  return selector.split(',').every((term) => {
    const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(term);
    if (match === null) return true;
    const value = at(object, ...(match[1] ?? '').split('.')) ?? '';
    return (String(value) === match[3]) === (match[2] !== '!=');
  });
}

export function matchesMap(labels: Readonly<Record<string, string>> | undefined, wanted: unknown): boolean {
  return Object.entries(objectOf(wanted)).every(([key, value]) => labels?.[key] === value);
}

function splitOutsideParentheses(text: string): string[] {
  return text.split(/,(?![^(]*\))/).filter((term) => term.trim() !== '');
}
