import { contextOf } from './bundle.fixture.ts';
import type { Bundle } from './bundle-types.ts';
import { RenderError } from './errors.ts';
import { fillParameters } from './parameters.ts';
import { renderBundle } from './render.ts';

/** Pieces of what people who attack templates type: expressions, YAML, shells, SQL, markup, odd Unicode. */
const pieces = [
  ...['${params.replicas}', '${', '$${', '}', '{{ .Values.x }}', '{%raw%}', '$if', '$for', '$each', '$merge', '$$'],
  ...['\n---\nkind: Pod', '\n  - name: x', ': ', '- ', '*a', '&a', '!!js/function x', '|', '>', '? ', '# ', '<<: *a'],
  ...[
    '; rm -rf /',
    '`id`',
    '$(id)',
    '&& id',
    '|| id',
    '\\',
    "'",
    '"',
    "'; DROP TABLE release; --",
    '%00',
    '../../etc/passwd',
  ],
  ...[
    '<script>',
    ']]>',
    '&lt;',
    '{"kind":"Secret"}',
    '[1,2]',
    'null',
    'true',
    '0644',
    'yes',
    '~',
    '__proto__',
    'constructor',
  ],
  ...[
    '\u0000',
    '\u0007',
    '\u2028',
    '\ufeff',
    '\u202e',
    '\ud83d\ude00',
    '\ud800',
    'ﬁ',
    'İ',
    'a'.repeat(60),
    ' ',
    '\t',
    '\r\n',
  ],
];

/** The same numbers for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export function hostileText(random: () => number): string {
  const count = 1 + Math.floor(random() * 5);
  return Array.from({ length: count }, () => pieces[Math.floor(random() * pieces.length)] ?? '').join('');
}

type Path = readonly (string | number)[];

/** Every text in parameters, by its path. */
export function textsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value === 'string') return [path];
  if (Array.isArray(value)) return value.flatMap((item, index) => textsIn(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => textsIn(item, [...path, key]));
}

export function withText(value: unknown, [key, ...rest]: Path, text: string): unknown {
  if (key === undefined) return text;
  if (Array.isArray(value)) return value.map((item, index) => (index === key ? withText(item, rest, text) : item));
  return Object.fromEntries(
    Object.entries(value as object).map(([name, item]) => [name, name === key ? withText(item, rest, text) : item]),
  );
}

/** What a render is made of: every key, and of values only their type. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.entries(value).map(([key, item]) => [key, shapeOf(item)]);
}

/** Shapes with a plain word in a place, by parameters and place: an empty text there may leave a key out. */
const calmShapes = new WeakMap<object, Map<string, string>>();

function calmShape(bundle: Bundle, params: object, path: Path): string {
  const known = calmShapes.get(params) ?? new Map<string, string>();
  calmShapes.set(params, known);
  const key = path.join('/');
  const shape =
    known.get(key) ??
    JSON.stringify(shapeOf(render(bundle, withText(params, path, 'plain')) ?? render(bundle, params)));
  known.set(key, shape);
  return shape;
}

/**
 * Renders with one text replaced by a hostile one.
 * @returns `refused`: the schema or the renderer said no, in words · `same`: as many nodes as before, of the same kinds ·
 *   `differs`: the text became more than one value
 */
export function tryHostile(bundle: Bundle, params: unknown, path: Path, text: string): 'refused' | 'same' | 'differs' {
  const hostile = render(bundle, withText(params, path, text));
  if (hostile === undefined) return 'refused';
  return calmShape(bundle, params as object, path) === JSON.stringify(shapeOf(hostile)) ? 'same' : 'differs';
}

function render(bundle: Bundle, params: unknown): unknown {
  const { value, errors } = fillParameters(bundle, params as Record<string, unknown>);
  if (errors.length > 0) return undefined;
  try {
    return renderBundle(bundle, contextOf(value));
  } catch (error) {
    if (error instanceof RenderError) return undefined;
    throw error;
  }
}
