/**
 * The Huffman code of HTTP/2 headers (RFC 7541, appendix B). It is canonical: codes of one length are consecutive in the
 * order of their symbols, so the lengths say all. The end mark (256) is never sent whole.
 */
const symbolsOfLength: readonly (readonly [bits: number, symbols: readonly number[]])[] = [
  [5, text('012aceiost')],
  [6, text(' %-./3456789=A_bdfghlmnpru')],
  [7, text(':BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz')],
  [8, text('&*,;XZ')],
  [10, text('!"()?')],
  [11, text("'+|")],
  [12, text('#>')],
  [13, text('\0$@[]~')],
  [14, text('^}')],
  [15, text('<`{')],
  [19, [92, 195, 208]],
  [20, [128, 130, 131, 162, 184, 194, 224, 226]],
  [21, [153, 161, 167, 172, 176, 177, 179, 209, 216, 217, 227, 229, 230]],
  [22, [129, 132, 133, 134, 136, 146, 154, 156, 160, 163, 164, 169, 170, 173, 178, 181, ...[185, 186, 187, 189, 190]]],
  [22, [196, 198, 228, 232, 233]],
  [23, [1, 135, 137, 138, 139, 140, 141, 143, 147, 149, 150, 151, 152, 155, 157, 158, 165, 166, 168, 174, 175, 180]],
  [23, [182, 183, 188, 191, 197, 231, 239]],
  [24, [9, 142, 144, 145, 148, 159, 171, 206, 215, 225, 236, 237]],
  [25, [199, 207, 234, 235]],
  [26, [192, 193, 200, 201, 202, 205, 210, 213, 218, 219, 238, 240, 242, 243, 255]],
  [27, [203, 204, 211, 212, 214, 221, 222, 223, 241, 244, 245, 246, 247, 248, 250, 251, 252, 253, 254]],
  [
    28,
    [2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127, 220, 249],
  ],
  [30, [10, 13, 22, 256]],
];
const endMark = 256;

function text(symbols: string): number[] {
  return [...Buffer.from(symbols, 'latin1')];
}

/** Two children of each node: the number of another node, or a symbol as `-1 - symbol`. */
const tree: number[] = [0, 0];
fillTree();

function fillTree(): void {
  let code = 0;
  let length = 5;
  for (const [bits, symbols] of symbolsOfLength) {
    code <<= bits - length;
    length = bits;
    for (const symbol of symbols) {
      place(code, bits, symbol);
      code += 1;
    }
  }
}

function place(code: number, bits: number, symbol: number): void {
  let node = 0;
  for (let bit = bits - 1; bit > 0; bit -= 1) {
    const slot = node * 2 + ((code >> bit) & 1);
    if (tree[slot] === 0) {
      tree[slot] = tree.length / 2;
      tree.push(0, 0);
    }
    node = tree[slot] as number;
  }
  tree[node * 2 + (code & 1)] = -1 - symbol;
}

/** @throws Error where the bytes are no text in this code */
export function decodeHuffman(bytes: Uint8Array): string {
  // The shortest code has five bits.
  const decoded = Buffer.allocUnsafe(Math.ceil((bytes.length * 8) / 5));
  let length = 0;
  let node = 0;
  let pending = 0;
  let areOnes = true;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit -= 1) {
      const one = (byte >> bit) & 1;
      const next = tree[node * 2 + one] as number;
      pending += 1;
      areOnes &&= one === 1;
      if (next >= 0) {
        node = next;
        continue;
      }
      const symbol = -1 - next;
      if (symbol === endMark) throw new Error('an end mark within a header');
      decoded[length] = symbol;
      length += 1;
      node = 0;
      pending = 0;
      areOnes = true;
    }
  }
  if (pending > 7 || !areOnes) throw new Error('a header ends within a symbol');
  return decoded.toString('latin1', 0, length);
}
