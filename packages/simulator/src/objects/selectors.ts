import { at, type Json, type KubeObject, listOf, objectOf, textOf } from './types.ts';

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

/** `matchLabels` and `matchExpressions` of a label selector; an empty one matches everything, none matches nothing. */
export function matchesSelector(labels: Readonly<Record<string, string>> | undefined, selector: unknown): boolean {
  if (selector === undefined || selector === null) return false;
  const { matchLabels, matchExpressions } = objectOf(selector);
  return matchesMap(labels, matchLabels) && listOf(matchExpressions).every((each) => matchesExpression(labels, each));
}

/** One requirement on labels, as selectors and node affinities have them. */
export function matchesExpression(labels: Readonly<Record<string, string>> | undefined, expression: Json): boolean {
  const value = labels?.[textOf(expression.key)];
  const values = Array.isArray(expression.values) ? expression.values.map(String) : [];
  switch (expression.operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return Number(value) > Number(values[0]);
    case 'Lt':
      return Number(value) < Number(values[0]);
    default:
      return false;
  }
}

/** A label selector as one text: `app=web,tier in (a,b),!old`. */
export function selectorText(selector: unknown): string {
  const { matchLabels, matchExpressions } = objectOf(selector);
  const terms = [
    ...Object.entries(objectOf(matchLabels)).map(([key, value]) => `${key}=${String(value)}`),
    ...listOf(matchExpressions).map(({ key, operator, values }) =>
      values === undefined
        ? `${operator === 'DoesNotExist' ? '!' : ''}${String(key)}`
        : `${String(key)} ${String(operator).toLowerCase()} (${(values as string[]).join(',')})`,
    ),
  ];
  return terms.sort().join(',');
}
