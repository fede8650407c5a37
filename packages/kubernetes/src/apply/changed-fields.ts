/** Keys by which items of Kubernetes' lists are told apart, most telling first. */
const itemKeys = ['name', 'containerPort', 'port', 'mountPath', 'key', 'type', 'ip'];
const most = 50;

/** Where two objects differ, each place once, as deep as it goes: `.spec.template.spec.containers[name="app"].image`. */
export function changedFields(before: unknown, after: unknown): string[] {
  const found: string[] = [];
  compare(before, after, '', found);
  return found;
}

function compare(before: unknown, after: unknown, path: string, found: string[]): void {
  if (found.length >= most || JSON.stringify(before) === JSON.stringify(after)) return;
  if (isRecord(before) && isRecord(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      compare(before[key], after[key], `${path}.${key}`, found);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const key = keyOf([...before, ...after]);
    if (key !== undefined) {
      for (const name of new Set([...before, ...after].map((item: Record<string, unknown>) => item[key]))) {
        const of = (items: readonly unknown[]) => items.find((item) => (item as Record<string, unknown>)[key] === name);
        compare(of(before), of(after), `${path}[${key}=${JSON.stringify(name)}]`, found);
      }
      return;
    }
  }
  found.push(path === '' ? '.' : path);
}

/** The key that every item of a list has. */
function keyOf(items: readonly unknown[]): string | undefined {
  if (!items.every(isRecord)) return undefined;
  return itemKeys.find((key) => items.every((item) => item[key] !== undefined));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
