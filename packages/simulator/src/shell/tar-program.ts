import { gunzipSync, gzipSync } from 'node:zlib';
import { type FileNode, parentOf, resolvePath } from './file-tree.ts';
import { readAll } from './pipe.ts';
import { Failed, onFile, type Process, pathOf } from './process.ts';
import { type Member, readTar, TarFault, writeTar } from './tar.ts';

type Wish = {
  does: 'c' | 'x' | 't';
  file: string;
  folder: string;
  isZipped: boolean;
  isLoud: boolean;
  names: string[];
};

/** Packs and unpacks archives, which `kubectl cp` needs of every container. */
export async function tarProgram(process: Process): Promise<number> {
  const wish = wishOf(process);
  const inside = { ...process, folder: wish.folder };
  if (wish.does === 'c') return pack(inside, wish);
  const bytes =
    wish.file === '-'
      ? await readAll(process.input)
      : onFile('tar', wish.file, () => process.container.files.read(pathOf(process, wish.file)));
  for (const member of membersOf(bytes, wish.isZipped)) {
    if (wish.names.length > 0 && !wish.names.some((name) => isBelow(member.name, name))) continue;
    if (wish.does === 't' || wish.isLoud) await process.out(`${member.name}\n`);
    if (wish.does === 'x') unpack(inside, member);
  }
  return 0;
}

/** `tar xf -`, `tar -xmf - -C /tmp`, and long options, which say nothing that matters here. */
function wishOf(process: Process): Wish {
  const wish: Wish = { does: 'x', file: '-', folder: process.folder, isZipped: false, isLoud: false, names: [] };
  let isFirst = true;
  let does: Wish['does'] | undefined;
  const rest = [...process.args];
  const next = (letter: string) => {
    const value = rest.shift();
    if (value === undefined) throw new Failed(`tar: option requires an argument: ${letter}`);
    return value;
  };
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word.startsWith('--')) {
      if (word === '--directory') wish.folder = resolvePath(wish.folder, next('C'));
      continue;
    }
    if (!isFirst && !word.startsWith('-')) {
      wish.names.push(word);
      continue;
    }
    isFirst = false;
    for (const letter of word.replace(/^-/, '')) {
      if (letter === 'c' || letter === 'x' || letter === 't') does = letter;
      else if (letter === 'f') wish.file = next('f');
      else if (letter === 'C') wish.folder = resolvePath(wish.folder, next('C'));
      else if (letter === 'z') wish.isZipped = true;
      else if (letter === 'v') wish.isLoud = true;
      else if (!'mpokhO'.includes(letter)) throw new Failed(`tar: unrecognized option: ${letter}`);
    }
  }
  if (does === undefined) throw new Failed('tar: need at least one option');
  return { ...wish, does };
}

function membersOf(bytes: Buffer, isZipped: boolean): Member[] {
  try {
    return readTar(
      isZipped || bytes.readUInt16BE(0) === 0x1f8b ? gunzipSync(bytes, { maxOutputLength: 64 * 2 ** 20 }) : bytes,
    );
  } catch (error) {
    if (error instanceof TarFault) throw new Failed(`tar: ${error.message}`);
    throw new Failed('tar: short read');
  }
}

function isBelow(name: string, wanted: string): boolean {
  const [a, b] = [name.replace(/\/$/, ''), wanted.replace(/\/$/, '')];
  return a === b || a.startsWith(`${b}/`);
}

function unpack(process: Process, member: Member): void {
  // What leads out of the folder is refused, as real ones do.
  if (member.name.split('/').includes('..')) throw new Failed(`tar: name with '..' skipped: '${member.name}'`);
  const path = pathOf(process, member.name.replace(/^\/+/, ''));
  const { files } = process.container;
  onFile('tar', member.name, () => {
    if (member.kind === 'folder') files.makeFolder(path);
    else {
      files.makeFolder(parentOf(path));
      files.write(path, member.bytes, { mode: member.mode, changedAtMs: member.changedAtMs });
    }
  });
}

async function pack(process: Process, wish: Wish): Promise<number> {
  const members: Member[] = [];
  let code = 0;
  for (const name of wish.names) {
    const node = process.container.files.find(pathOf(process, name));
    if (node === undefined) {
      await process.err(`tar: ${name}: No such file or directory\n`);
      code = 1;
      continue;
    }
    if (name.startsWith('/')) await process.err("tar: removing leading '/' from member names\n");
    collect(members, name.replace(/^\/+/, ''), node);
  }
  const bytes = writeTar(members);
  const archive = wish.isZipped ? gzipSync(bytes) : bytes;
  if (wish.file === '-') await process.out(archive);
  else onFile('tar', wish.file, () => process.container.files.write(pathOf(process, wish.file), archive));
  return code;
}

function collect(members: Member[], name: string, node: FileNode): void {
  const { kind, mode, changedAtMs } = node;
  members.push({ name, kind, mode, changedAtMs, bytes: node.kind === 'file' ? node.bytes : Buffer.alloc(0) });
  if (node.kind === 'folder')
    for (const [inner, each] of node.entries)
      collect(members, name === '' ? inner : `${name.replace(/\/$/, '')}/${inner}`, each);
}
