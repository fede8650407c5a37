import { gzipSync } from 'node:zlib';

/** One entry of a tar as an attacker may write it; `type`: its letter, a plain file unless given. */
export type TarEntry = { path: string; text?: string; type?: string; link?: string };

/** A chart archive of plain files below `folder`, as `helm package` makes it. */
export function chartArchive(files: Record<string, string>, folder = 'demo'): Buffer {
  return tarGz(Object.entries(files).map(([path, text]) => ({ path: `${folder}/${path}`, text })));
}

/** A gzipped tar of just these entries, without a look at their paths. */
export function tarGz(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, text = '', type = '0', link = '' }) => {
    const data = Buffer.from(text);
    const header = Buffer.alloc(512);
    header.write(path, 0, 100);
    header.write('0000644', 100);
    header.write('0000000', 108);
    header.write('0000000', 116);
    header.write(data.length.toString(8).padStart(11, '0'), 124);
    header.write('00000000000', 136);
    header.write('        ', 148);
    header.write(type, 156);
    header.write(link, 157, 100);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, data, Buffer.alloc((512 - (data.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}
