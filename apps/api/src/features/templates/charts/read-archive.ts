import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type AppError, invalid } from '../../../platform/errors.ts';

export const archiveLimits = { unpackedBytes: 20 * 1_048_576, fileBytes: 5 * 1_048_576, files: 2000, pathLength: 300 };

const block = 512;
const unzip = promisify(gunzip);

/**
 * Files of a chart archive (`helm package`), by path below the folder that all of them are in. Only plain files are
 * taken, and only by paths that stay inside: what helm is given later was put there file by file, so no link, device or
 * path of the archive reaches the disk.
 * @throws AppError 422 `chart_invalid` | `chart_too_large` naming the entry
 */
export async function readArchive(archive: Buffer): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  let root: string | undefined;
  for (const { path, data } of entriesOf(await unpack(archive))) {
    const [folder = '', ...rest] = segmentsOf(path);
    root ??= folder;
    if (folder !== root || rest.length === 0)
      throw bad(`${named(path)} is not in the folder ${named(root)}: a chart archive holds one folder.`);
    const file = rest.join('/');
    if (files.has(file)) throw bad(`${named(path)} stands in the archive twice.`);
    files.set(file, data);
    if (files.size > archiveLimits.files) throw tooLarge(`holds more than ${archiveLimits.files} files`);
  }
  for (const file of files.keys()) {
    const folders = file.split('/').slice(0, -1);
    const clash = folders.map((_, index) => folders.slice(0, index + 1).join('/')).find((folder) => files.has(folder));
    if (clash !== undefined) throw bad(`${named(clash)} is a file and a folder.`);
  }
  if (!files.has('Chart.yaml'))
    throw bad('There is no Chart.yaml in its folder. Take the file that "helm package" or "helm pull" makes.');
  return files;
}

async function unpack(archive: Buffer): Promise<Buffer> {
  try {
    return await unzip(archive, { maxOutputLength: archiveLimits.unpackedBytes });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge(`is larger than ${archiveLimits.unpackedBytes / 1_048_576} MiB unpacked`);
    throw bad('It is no .tgz file. Take the file that "helm package" or "helm pull" makes.');
  }
}

type Entry = { path: string; data: Buffer };

/** Plain files of a tar; folders are left out, everything else is refused. */
function* entriesOf(tar: Buffer): Generator<Entry> {
  let longPath: string | undefined;
  for (let at = 0; at + block <= tar.length; ) {
    const header = tar.subarray(at, at + block);
    if (header.every((byte) => byte === 0)) return;
    checkSum(header);
    const size = numberAt(header, 124, 12);
    const data = tar.subarray(at + block, at + block + size);
    if (data.length < size) throw bad('The archive ends in the middle of a file.');
    at += block + Math.ceil(size / block) * block;
    const path = longPath ?? pathOf(header);
    const type = String.fromCharCode(header[156] ?? 0);
    longPath = undefined;
    if (type === 'x') longPath = paxPath(data);
    else if (type === 'L') longPath = textOf(data);
    else if (type === '0' || type === '\0') {
      if (size > archiveLimits.fileBytes) throw tooLarge(`has a file, ${named(path)}, of more than 5 MiB`);
      yield { path, data };
    } else if (type === '1' || type === '2') {
      throw bad(`${named(path)} is a link: a chart may hold files and folders alone.`);
    } else if (type !== '5' && type !== 'g') {
      throw bad(`${named(path)} is neither a file nor a folder.`);
    }
  }
}

function checkSum(header: Buffer): void {
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (numberAt(header, 148, 8) !== sum) throw bad('The archive is damaged: a checksum does not fit.');
}

function numberAt(header: Buffer, from: number, length: number): number {
  const text = textOf(header.subarray(from, from + length)).trim();
  if (!/^[0-7]{1,11}$/.test(text)) throw bad('The archive is damaged: a size cannot be read.');
  return Number.parseInt(text, 8);
}

function pathOf(header: Buffer): string {
  const name = textOf(header.subarray(0, 100));
  const isUstar = header.subarray(257, 262).toString('latin1') === 'ustar';
  const prefix = isUstar ? textOf(header.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** The path of a pax record; one that would give a file another size or holes is refused. */
function paxPath(data: Buffer): string | undefined {
  let path: string | undefined;
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const length = Number(data.subarray(at, space).toString('latin1'));
    const record = data.subarray(space + 1, at + length - 1).toString('utf8');
    const equals = record.indexOf('=');
    if (space < 0 || !Number.isInteger(length) || length < 5 || equals < 1) throw bad('The archive is damaged.');
    const key = record.slice(0, equals);
    if (key === 'size' || key.startsWith('GNU.sparse'))
      throw bad('The archive has a file that is too large or sparse.');
    if (key === 'path') path = record.slice(equals + 1);
    at += length;
  }
  return path;
}

/**
 * The parts of a path that stays where it is unpacked.
 * @throws AppError 422
 */
function segmentsOf(path: string): string[] {
  const segments = path.replace(/^\.\//, '').split('/');
  const isOdd =
    path.length > archiveLimits.pathLength ||
    path.includes('\\') ||
    segments.some((part) => part === '' || part === '.' || part === '..' || part.length > 200 || hasControl(part));
  if (isOdd) throw bad(`${named(path)} is no path inside of a chart.`);
  return segments;
}

function hasControl(text: string): boolean {
  return [...text].some((char) => char < ' ' || char === '\x7f');
}

function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.subarray(0, end < 0 ? bytes.length : end).toString('utf8');
}

function named(path: string): string {
  return JSON.stringify(path.slice(0, 120));
}

function bad(detail: string): AppError {
  return invalid('chart_invalid', detail, '/archive');
}

function tooLarge(what: string): AppError {
  return invalid('chart_too_large', `The chart ${what}.`, '/archive');
}
