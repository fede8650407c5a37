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
