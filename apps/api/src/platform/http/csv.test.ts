import { describe, expect, it } from 'vitest';
import { csvLine } from './csv.ts';

describe('S51: a CSV cell', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '=HYPERLINK("http://e")'])(
    'that starts like a formula is text: %j',
    (cell) => {
      expect(csvLine([cell])).toBe(`"'${cell.replaceAll('"', '""')}"\r\n`);
    },
  );

  it('with commas, quotes and line ends keeps to its cell', () => {
    expect(csvLine(['a,b', 'say "hi"', 'x\ny', undefined, 'plain'])).toBe('"a,b","say ""hi""","x\ny",,plain\r\n');
  });
});
