import type { Random } from '@quarterdeck/testing';

const pieces = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\\u0000',
  '\\ud800',
  '0',
  '-1e999',
  'null',
  '""',
  '\u0000',
  '\n',
  '9'.repeat(40),
];

/** Bytes as somebody sends them who wants to see us fall over: cut, doubled, with something else in the middle. */
export function mutated(text: string, random: Random): Buffer {
  const bytes = Buffer.from(text);
  const at = () => random.below(bytes.length);
  const from = at();
  const to = Math.min(bytes.length, from + random.below(40));
  switch (random.below(6)) {
    case 0:
      return bytes.subarray(0, from);
    case 1:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
    case 3:
      return Buffer.concat([
        bytes.subarray(0, from),
        Buffer.from(pieces[random.below(pieces.length)] ?? ''),
        bytes.subarray(to),
      ]);
    case 4: {
      const flipped = Buffer.from(bytes);
      flipped[from] = random.below(256);
      return flipped;
    }
    default:
      return Buffer.concat([bytes.subarray(from, to), bytes]);
  }
}

const odd: readonly [unknown, ...unknown[]] = [
  null,
  true,
  0,
  -1,
  1.5,
  8e12,
  -8e12,
  2 ** 53,
  1e308,
  '',
  '\u0000',
  '\ud800',
  '../../etc/passwd',
  `refs/heads/${'x'.repeat(300)}`,
  'y'.repeat(100_000),
  '-271821-04-20T00:00:00Z',
  [],
  {},
  Array.from({ length: 2000 }, (_, n) => n),
  { length: 3, toString: null },
  JSON.parse(`${'['.repeat(60)}${']'.repeat(60)}`),
];

/** The same event with one of its values, wherever it stands, as its sender would never write it; it is JSON still. */
export function mutatedField(text: string, random: Random): Buffer {
  const body: unknown = JSON.parse(text);
  const places: [holder: Record<string, unknown>, key: string][] = [];
  const walk = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      places.push([value as Record<string, unknown>, key]);
      walk(inner);
    }
  };
  walk(body);
  const [holder, key] = places[random.below(places.length)] ?? [{}, ''];
  if (random.below(10) === 0) delete holder[key];
  else holder[key] = random.pick(odd);
  return Buffer.from(JSON.stringify(body));
}
