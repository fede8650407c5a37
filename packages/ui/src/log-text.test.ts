import { describe, expect, it } from 'vitest';
import { plainText } from './log-text.ts';

const esc = '\u001b';

describe('S50 a line of a log', () => {
  it.each([
    ['colours', `${esc}[31mred${esc}[0m`, 'red'],
    ['a movement that overwrites the line above', `${esc}[1A${esc}[2Kok`, 'ok'],
    ['a link (OSC 8)', `${esc}]8;;https://evil.example${esc}\\text${esc}]8;;${esc}\\`, 'text'],
    ['a clipboard (OSC 52), ended by BEL', `${esc}]52;c;ZXZpbA==\u0007done`, 'done'],
    ['a clipboard (OSC 52), ended by ST', `${esc}]52;c;ZXZpbA==${esc}\\done`, 'done'],
    ['a clipboard that never ends', `before${esc}]52;c;ZXZpbA==`, 'before'],
    ['8-bit forms', `\u009b31mred\u009d52;c;eA==\u009cx`, 'redx'],
    ['a device string', `${esc}P1$r0m${esc}\\x`, 'x'],
    ['carriage returns and backspaces', 'fine\rfake\b\b', 'finefake'],
    ['a null and a bell', 'a\u0000b\u0007', 'ab'],
    ['an unfinished command', `text${esc}[`, 'text'],
    ['a full reset', `${esc}cx`, 'x'],
  ])('shows nothing of %s', (_what, given, shown) => expect(plainText(given)).toBe(shown));

  it('spells out what would turn the text around or hide in it', () => {
    expect(plainText('user\u202etxt.exe')).toBe('user⟨U+202E⟩txt.exe');
    expect(plainText('pay\u200bpal')).toBe('pay⟨U+200B⟩pal');
  });

  it('keeps tabs, accents and pictures', () => expect(plainText('a\tZoë 🙂')).toBe('a\tZoë 🙂'));

  it('takes a megabyte of half commands in no time', () => {
    const started = performance.now();
    plainText(`${esc}]`.repeat(500_000));
    plainText(`${esc}[`.repeat(500_000));
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
