import { at, type Json, listOf, textOf } from '../objects/types.ts';
import { ago, columnsOf, type Printer } from './columns.ts';

/** What the kinds of definitions show: the columns that their definition asks for, or their age. */
export function customPrinter(columns: readonly Json[]): Printer {
  const asked = columns.length > 0 ? columns : [{ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }];
  return {
    columns: [
      ...columnsOf('Name'),
      ...asked.map(({ name, type, format, priority }) => ({
        name: textOf(name),
        type: textOf(type),
        format: textOf(format),
        priority: Number(priority ?? 0),
      })),
    ],
    cells: (object, nowMs) => [
      object.metadata.name,
      ...asked.map(({ type, jsonPath }) => {
        const value = valueAt(object, textOf(jsonPath));
        return type === 'date' && value !== null ? ago(value, nowMs) : value;
      }),
    ],
  };
}

/** `.a.b[0]`, `.a['b']` and `.list[?(@.type=="Ready")].status`; `null` where it leads nowhere. */
export function valueAt(object: unknown, path: string): unknown {
  let value = object;
  const steps = path.matchAll(/\.?([\w-]+)|\['([^']+)'\]|\[(\d+)\]|\[\?\(@\.([\w.-]+)\s*==\s*["']([^"']*)["']\)\]/g);
  for (const [, plainName, quotedName, index, field, wanted] of steps) {
    const name = plainName ?? quotedName;
    if (name !== undefined) value = at(value, name);
    else if (index !== undefined) value = Array.isArray(value) ? value[Number(index)] : undefined;
    else value = listOf(value).find((each) => String(at(each, ...(field ?? '').split('.'))) === wanted);
  }
  if (value === undefined || value === null) return null;
  return typeof value === 'object' ? JSON.stringify(value) : value;
}
