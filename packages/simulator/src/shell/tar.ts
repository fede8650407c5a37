/** One file or folder of an archive. */
export type Member = { name: string; kind: 'file' | 'folder'; mode: number; changedAtMs: number; bytes: Buffer };

/** No archive, or one that ends too early. */
export class TarFault extends Error {
  override readonly name = 'TarFault';
}

const block = 512;

/** Members of a tar archive (ustar, with the long names of pax and GNU); links and devices are left out. @throws TarFault */
export function readTar(bytes: Buffer): Member[] {
  const members: Member[] = [];
  let longName: string | undefined;
  for (let place = 0; place + block <= bytes.length; ) {
    const head = bytes.subarray(place, place + block);
    if (head.every((byte) => byte === 0)) break;
    const size = numberOf(head, 124, 12);
    if (sumOf(head) !== numberOf(head, 148, 8)) throw new TarFault('invalid tar header checksum');
    const content = bytes.subarray(place + block, place + block + size);
    if (content.length < size) throw new TarFault('short read');
    place += block + Math.ceil(size / block) * block;
    const type = String.fromCharCode(head[156] ?? 0);
    if (type === 'L') longName = textOf(content, 0, size);
    else if (type === 'x') longName = paxPath(content.toString('utf8')) ?? longName;
    else if (type !== 'g') {
      const prefix = textOf(head, 345, 155);
      const name = longName ?? `${prefix === '' ? '' : `${prefix}/`}${textOf(head, 0, 100)}`;
      longName = undefined;
      const isFolder = type === '5' || name.endsWith('/');
      if (!isFolder && type !== '0' && type !== '\0') continue;
      const changedAtMs = numberOf(head, 136, 12) * 1000;
      const mode = numberOf(head, 100, 8) & 0o777;
      members.push({ name, kind: isFolder ? 'folder' : 'file', mode, changedAtMs, bytes: Buffer.from(content) });
    }
  }
  return members;
}

function textOf(bytes: Buffer, from: number, length: number): string {
  const field = bytes.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString('utf8');
}

/** Octal, or binary where the first bit says so. */
function numberOf(bytes: Buffer, from: number, length: number): number {
  const field = bytes.subarray(from, from + length);
  if (((field[0] ?? 0) & 0x80) !== 0) return field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
  return Number.parseInt(textOf(bytes, from, length).trim() || '0', 8);
}

/** The checksum counts its own field as blanks. */
function sumOf(head: Buffer): number {
  return head.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 32 : byte), 0);
}

/** Records of pax: `<length> <key>=<value>\n`. */
function paxPath(text: string): string | undefined {
  return /^\d+ path=(.*)$/m.exec(text)?.[1];
}

/** An archive of these members, ustar with GNU's long names. */
export function writeTar(members: readonly Member[]): Buffer {
  return Buffer.concat([...members.flatMap(packed), Buffer.alloc(2 * block)]);
}

function packed(member: Member): Buffer[] {
  const name = Buffer.from(member.kind === 'folder' && !member.name.endsWith('/') ? `${member.name}/` : member.name);
  const type = member.kind === 'folder' ? '5' : '0';
  const { mode, changedAtMs } = member;
  const bytes = member.kind === 'folder' ? Buffer.alloc(0) : member.bytes;
  const long =
    name.length < 100
      ? []
      : withContent(
          headOf(Buffer.from('././@LongLink'), { type: 'L', size: name.length + 1 }),
          Buffer.concat([name, Buffer.alloc(1)]),
        );
  return [
    ...long,
    ...withContent(headOf(name.subarray(0, 99), { type, size: bytes.length, mode, changedAtMs }), bytes),
  ];
}

function withContent(head: Buffer, bytes: Buffer): Buffer[] {
  return [head, bytes, Buffer.alloc((block - (bytes.length % block)) % block)];
}

function headOf(
  name: Buffer,
  { type, size, mode = 0o644, changedAtMs = 0 }: { type: string; size: number; mode?: number; changedAtMs?: number },
): Buffer {
  const head = Buffer.alloc(block);
  const octal = (value: number, from: number, length: number) =>
    head.write(
      `${Math.floor(value)
        .toString(8)
        .padStart(length - 1, '0')}\0`,
      from,
      'latin1',
    );
  name.copy(head, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(changedAtMs / 1000, 136, 12);
  head.write(type, 156, 'latin1');
  head.write('ustar\u000000', 257, 'latin1');
  head.write('root', 265, 'latin1');
  head.write('root', 297, 'latin1');
  octal(sumOf(head), 148, 7);
  head.write(' ', 155, 'latin1');
  return head;
}
