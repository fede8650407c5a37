import { describe, expect, it } from 'vitest';
import { maxLine, parseLine, shownText, timeOf } from './log-line.ts';

const esc = '\u001b';

describe('a line of a log', () => {
  it('has its time in UTC, to the nanosecond, however the node writes it', () => {
    expect(parseLine('2026-11-26T10:00:00.12Z hello')).toEqual({
      stamp: '2026-11-26T10:00:00.120000000',
      text: 'hello',
    });
    expect(parseLine('2026-11-26T18:00:00.123456789+08:00 hello')).toEqual({
      stamp: '2026-11-26T10:00:00.123456789',
      text: 'hello',
    });
    expect(timeOf('2026-11-26T10:00:00.123456789')).toBe('2026-11-26T10:00:00.123Z');
  });

  it('may have none', () => {
    expect(parseLine('unable to retrieve container logs')).toEqual({
      stamp: '',
      text: 'unable to retrieve container logs',
    });
    expect(timeOf('')).toBeUndefined();
  });

  it('is cut where it is longer than anybody reads', () => {
    expect(parseLine(`2026-11-26T10:00:00Z ${'x'.repeat(100_000)}`).text).toHaveLength(maxLine);
  });
});

describe('escapes in a line', () => {
  it('pass when they are colours', () => {
    expect(shownText(`${esc}[1;31mred${esc}[0m and ${esc}[38;2;1;2;3mmore`)).toBe(
      `${esc}[1;31mred${esc}[0m and ${esc}[38;2;1;2;3mmore`,
    );
  });

  it.each([
    ['a cleared screen', `a${esc}[2Jb`],
    ['a moved cursor', `a${esc}[10;10Hb`],
    ['a title', `a${esc}]0;title\u0007b`],
    ['a clipboard', `a${esc}]52;c;ZXZpbA==\u0007b`],
    ['a device string', `a${esc}Pq#0${esc}\\b`],
    ['a reset', `a${esc}cb`],
    ['a carriage return and a bell', 'a\r\u0007b'],
    ['a control of one byte', 'a\u009bb'],
  ])('are taken out when they are %s', (_what, line) => {
    expect(shownText(line)).not.toMatch(/[^\P{Cc}\t]/u);
    expect(shownText(line)).toMatch(/^a.*b$/);
  });

  it('cannot be put together from what is left around a colour', () => {
    for (const line of [`${esc}${esc}[0m]0;x\u0007`, `${esc}]0;a${esc}[0mb\u0007`, `${esc}[${esc}[31m2J`]) {
      const [, ...others] = shownText(line).split(esc);
      for (const other of others) expect(other).toMatch(/^\[[0-9;:]*m/);
    }
  });
});
