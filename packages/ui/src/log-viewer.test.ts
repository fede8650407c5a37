import { describe, expect, it } from 'vitest';
import { partsOf, textOf } from './log-viewer.tsx';

describe('what was looked for in a line', () => {
  it('is every second part, in whatever case', () => {
    expect(partsOf('Error: no error', 'ERROR')).toEqual(['', 'Error', ': no ', 'error', '']);
    expect(partsOf('fine', 'error')).toEqual(['fine']);
    expect(partsOf('fine', '')).toEqual(['fine']);
    expect(partsOf('İstanbul error', 'error').join('')).toBe('İstanbul error');
  });
});

describe('lines that are copied', () => {
  it('have their exact time, whose they are and nothing that a terminal would obey', () => {
    const source = { name: 'bj cart-1', hue: 3 };
    const rows = [{ at: '2026-11-26T10:00:00.123Z', source, text: '\u001b[31mred\u001b[0m' }, { text: 'no time' }];
    expect(textOf(rows)).toBe('2026-11-26T10:00:00.123Z bj cart-1 red\nno time\n');
  });
});
