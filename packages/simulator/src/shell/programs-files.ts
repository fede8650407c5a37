import { baseOf, type FileNode, type FileTree, parentOf } from './file-tree.ts';
import { fitsPattern } from './pattern.ts';
import { readAll } from './pipe.ts';
import { Failed, onFile, optionsOf, type Process, type Program, pathOf } from './process.ts';

/** Programs that look at files and change them. */
export const filePrograms: readonly (readonly [string, Program])[] = [
  ['cat', cat],
  ['chmod', () => 0],
  ['chown', () => 0],
  ['cp', cp],
  ['df', df],
  ['du', du],
  ['find', find],
  ['ls', ls],
  ['mkdir', mkdir],
  ['mv', mv],
  ['pwd', ({ folder, out }) => out(`${folder}\n`).then(() => 0)],
  ['rm', rm],
  ['rmdir', rm],
  ['stat', stat],
  ['tee', tee],
  ['touch', touch],
];

/** Does something for each name; the ones that fail are said, and the others go on. */
async function forEach(process: Process, names: readonly string[], work: (name: string) => unknown): Promise<number> {
  let code = 0;
  for (const name of names) {
    try {
      await work(name);
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      await process.err(`${error.message}\n`);
      code = 1;
    }
  }
  return code;
}

async function cat(process: Process): Promise<number> {
  const names = process.args.length === 0 ? ['-'] : process.args;
  return forEach(process, names, async (name) => {
    if (name !== '-') {
      await process.out(onFile('cat', name, () => process.container.files.read(pathOf(process, name))));
      return;
    }
    for (let chunk = await process.input.read(); chunk !== undefined; chunk = await process.input.read())
      await process.out(chunk);
  });
}

async function ls(process: Process): Promise<number> {
  const { flags, rest } = optionsOf('ls', process.args, 'la1dhRFt');
  const { files } = process.container;
  const names = rest.length === 0 ? ['.'] : rest;
  return forEach(process, names, async (name) => {
    const node = files.find(pathOf(process, name));
    if (node === undefined) throw new Failed(`ls: ${name}: No such file or directory`);
    const isInside = node.kind === 'folder' && !flags.has('d');
    const inside = node.kind === 'folder' ? [...node.entries].sort(([a], [b]) => (a < b ? -1 : 1)) : [];
    const shown: [string, FileNode][] = isInside
      ? [
          ...(flags.has('a')
            ? ([
                ['.', node],
                ['..', node],
              ] as [string, FileNode][])
            : []),
          ...inside.filter(([each]) => flags.has('a') || !each.startsWith('.')),
        ]
      : [[name, node]];
    if (names.length > 1 && isInside) await process.out(`${name}:\n`);
    if (flags.has('l')) for (const [each, of] of shown) await process.out(`${longLine(each, of)}\n`);
    else if (shown.length > 0)
      await process.out(`${shown.map(([each]) => each).join(process.isTerminal && !flags.has('1') ? '  ' : '\n')}\n`);
  });
}

function longLine(name: string, node: FileNode): string {
  const letters = [...'rwxrwxrwx'].map((letter, index) => ((node.mode >> (8 - index)) & 1 ? letter : '-')).join('');
  const size = node.kind === 'file' ? node.bytes.length : 4096;
  const time = new Date(node.changedAtMs).toISOString().replace('T', ' ').slice(0, 16);
  const kind = node.kind === 'folder' ? 'd' : '-';
  return `${kind}${letters} ${node.kind === 'folder' ? 2 : 1} root root ${String(size).padStart(8)} ${time} ${name}`;
}

function mkdir(process: Process): Promise<number> {
  const { flags, rest } = optionsOf('mkdir', process.args, 'pm:');
  const { files } = process.container;
  return forEach(process, rest, (name) => {
    const path = pathOf(process, name);
    if (!flags.has('p')) {
      if (files.find(path) !== undefined) throw new Failed(`mkdir: can't create directory '${name}': File exists`);
      if (files.find(parentOf(path)) === undefined)
        throw new Failed(`mkdir: can't create directory '${name}': No such file or directory`);
    }
    onFile('mkdir', name, () => files.makeFolder(path));
  });
}

function rm(process: Process): Promise<number> {
  const { flags, rest } = optionsOf('rm', process.args, 'rRfp');
  const { files } = process.container;
  return forEach(process, rest, (name) => {
    const path = pathOf(process, name);
    const node = files.find(path);
    if (node === undefined && flags.has('f')) return;
    if (node?.kind === 'folder' && node.entries.size > 0 && !flags.has('r') && !flags.has('R'))
      throw new Failed(`rm: '${name}' is a directory`);
    onFile('rm', name, () => files.remove(path));
  });
}

function touch(process: Process): Promise<number> {
  const { files } = process.container;
  return forEach(process, process.args, (name) =>
    onFile('touch', name, () => files.write(pathOf(process, name), Buffer.alloc(0), { append: true })),
  );
}

/** Where something goes: into a folder under its own name, or under the name that is given. */
function targetOf(files: FileTree, from: string, to: string): string {
  return files.find(to)?.kind === 'folder' ? `${to === '/' ? '' : to}/${baseOf(from)}` : to;
}

function copyNode(files: FileTree, node: FileNode, to: string): void {
  if (node.kind === 'file') {
    files.write(to, node.bytes, { mode: node.mode });
    return;
  }
  files.makeFolder(to);
  for (const [name, inner] of [...node.entries]) copyNode(files, inner, `${to}/${name}`);
}

function twoPaths(name: string, process: Process, known: string) {
  const { flags, rest } = optionsOf(name, process.args, known);
  const [last, ...others] = rest.toReversed();
  if (last === undefined || others.length === 0) throw new Failed(`${name}: missing file operand`);
  return { flags, names: others.toReversed(), to: pathOf(process, last) };
}

function cp(process: Process): Promise<number> {
  const { flags, names, to } = twoPaths('cp', process, 'rRafp');
  const { files } = process.container;
  return forEach(process, names, (name) => {
    const from = pathOf(process, name);
    const node = files.find(from);
    if (node === undefined) throw new Failed(`cp: can't stat '${name}': No such file or directory`);
    if (node.kind === 'folder' && !['r', 'R', 'a'].some((flag) => flags.has(flag)))
      throw new Failed(`cp: omitting directory '${name}'`);
    onFile('cp', name, () => copyNode(files, node, targetOf(files, from, to)));
  });
}

function mv(process: Process): Promise<number> {
  const { names, to } = twoPaths('mv', process, 'fn');
  const { files } = process.container;
  return forEach(process, names, (name) => {
    const from = pathOf(process, name);
    const node = files.find(from);
    if (node === undefined) throw new Failed(`mv: can't rename '${name}': No such file or directory`);
    const target = targetOf(files, from, to);
    if (target === from) return;
    if (target.startsWith(`${from}/`)) throw new Failed(`mv: can't move '${name}' into itself`);
    onFile('mv', name, () => {
      copyNode(files, node, target);
      files.remove(from);
    });
  });
}

async function tee(process: Process): Promise<number> {
  const { flags, rest } = optionsOf('tee', process.args, 'a');
  const bytes = await readAll(process.input);
  for (const name of rest)
    onFile('tee', name, () => process.container.files.write(pathOf(process, name), bytes, { append: flags.has('a') }));
  await process.out(bytes);
  return 0;
}

async function stat(process: Process): Promise<number> {
  return forEach(process, process.args, async (name) => {
    const node = process.container.files.find(pathOf(process, name));
    if (node === undefined) throw new Failed(`stat: can't stat '${name}': No such file or directory`);
    const size = node.kind === 'file' ? node.bytes.length : 4096;
    const what = node.kind === 'file' ? 'regular file' : 'directory';
    await process.out(
      `  File: ${name}\n  Size: ${size}\t${what}\nModify: ${new Date(node.changedAtMs).toISOString()}\n`,
    );
  });
}

async function find(process: Process): Promise<number> {
  const places = process.args.slice(0, process.args.findIndex((each) => each.startsWith('-')) >>> 0);
  const after = (flag: string) => process.args[process.args.indexOf(flag) + 1 || process.args.length];
  const pattern = after('-name') ?? '*';
  const type = after('-type');
  const walk = async (shown: string, node: FileNode): Promise<void> => {
    const isOfType = type === undefined || (type === 'd') === (node.kind === 'folder');
    if (isOfType && fitsPattern(baseOf(shown) || shown, pattern)) await process.out(`${shown}\n`);
    if (node.kind === 'file') return;
    for (const [name, inner] of [...node.entries].sort(([a], [b]) => (a < b ? -1 : 1)))
      await walk(shown.endsWith('/') ? `${shown}${name}` : `${shown}/${name}`, inner);
  };
  return forEach(process, places.length === 0 ? ['.'] : places, async (place) => {
    const node = process.container.files.find(pathOf(process, place));
    if (node === undefined) throw new Failed(`find: ${place}: No such file or directory`);
    await walk(place, node);
  });
}

function sizeOf(node: FileNode): number {
  if (node.kind === 'file') return node.bytes.length;
  return [...node.entries.values()].reduce((sum, inner) => sum + sizeOf(inner), 4096);
}

async function du(process: Process): Promise<number> {
  const { rest } = optionsOf('du', process.args, 'shkac');
  return forEach(process, rest.length === 0 ? ['.'] : rest, async (name) => {
    const node = process.container.files.find(pathOf(process, name));
    if (node === undefined) throw new Failed(`du: ${name}: No such file or directory`);
    await process.out(`${Math.ceil(sizeOf(node) / 1024)}\t${name}\n`);
  });
}

async function df({ container, out }: Process): Promise<number> {
  const root = container.files.find('/');
  const used = Math.ceil((root === undefined ? 0 : sizeOf(root)) / 1024);
  const size = 32 * 1024;
  await out('Filesystem           1K-blocks      Used Available Use% Mounted on\n');
  const share = Math.round((used / size) * 100);
  await out(
    `overlay              ${String(size).padStart(9)} ${String(used).padStart(9)} ${String(size - used).padStart(9)} ${String(share).padStart(3)}% /\n`,
  );
  return 0;
}
