import { describe, expect, it } from 'vitest';
import { createHeaderDecoder, encodeHeaders } from './headers.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('headers of HTTP/2', () => {
  it('are read as the examples of the standard say, each answer by what those before it left', () => {
    const decoder = createHeaderDecoder();
    const place = 'https://www.example.com';
    // RFC 7541, C.6: in Huffman code. The third names fields of the second by their numbers.
    const answers = [
      '4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
      '4883 640e ffc1 c0bf',
      '88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
    ].map((block) => decoder.decode(hex(block)));
    const date = (second: number) => `Mon, 21 Oct 2013 20:13:${second} GMT`;
    const common = { 'cache-control': 'private', location: place };
    expect(answers).toEqual([
      { ':status': '302', date: date(21), ...common },
      { ':status': '307', date: date(21), ...common },
      {
        ':status': '200',
        date: date(22),
        ...common,
        'content-encoding': 'gzip',
        'set-cookie': 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
      },
    ]);
  });

  it('are written so that they read the same, long ones and repeated ones', () => {
    const long = 'x'.repeat(40_000);
    const block = encodeHeaders([
      [':path', long],
      ['impersonate-group', 'one'],
      ['impersonate-group', 'two'],
      ['impersonate-group', 'three'],
      ['authorization', 'Bearer token'],
    ]);
    expect(createHeaderDecoder().decode(block)).toEqual({
      ':path': long,
      'impersonate-group': ['one', 'two', 'three'],
      authorization: 'Bearer token',
    });
  });

  it.each(['a\r\nb', 'a\0', 'Ċ', '語'])('hold no line break, nor what would become one: %j', (value) => {
    expect(() => encodeHeaders([['impersonate-user', value]])).toThrow(TypeError);
    expect(() => encodeHeaders([[value, 'x']])).toThrow(TypeError);
  });

  it.each([
    ['name a field that is not known', 'be'],
    ['end early', '0085 aec3'],
    ['have a number without an end', '7fff ffff ffff ffff'],
    ['ask for a larger table than was offered', '3fe2 1f'],
    ['end within a symbol', '0081 fe 00'],
    ['hold an end mark', '0084 ffff ffff 00'],
  ])('that %s are refused', (_what, block) => {
    expect(() => createHeaderDecoder().decode(hex(block))).toThrow();
  });

  it('that name one long field again and again are refused before they fill the memory', () => {
    const decoder = createHeaderDecoder();
    const field = Buffer.concat([hex('40 01 61 7f a1 1e'), Buffer.alloc(4000, 'v')]);
    expect(decoder.decode(field).a).toHaveLength(4000);
    expect(() => decoder.decode(Buffer.alloc(60_000, 0xbe))).toThrow('too large');
  });
});
