/** What an operation on files says when it cannot be done. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

export type File = { kind: 'file'; bytes: Buffer; mode: number; changedAtMs: number; isFixed?: boolean };
export type Folder = { kind: 'folder'; entries: Map<string, FileNode>; mode: number; changedAtMs: number };
export type FileNode = File | Folder;

/** The files of one simulated container, in memory; paths are absolute. */
export interface FileTree {
  find(path: string): FileNode | undefined;
  /** @throws FileError for what is not there, or a folder */
  read(path: string): Buffer;
  /** Makes the file, not its folder. @throws FileError, also where there is no room left */
  write(path: string, bytes: Uint8Array, options?: { append?: boolean; mode?: number; changedAtMs?: number }): void;
  /** With the folders above it; nothing where it is there already. */
  makeFolder(path: string): void;
  remove(path: string): void;
  /** Puts a file that comes from the cluster; nobody inside changes it. */
  mount(path: string, bytes: Uint8Array): void;
}

/** All that one container may write. */
const mostBytes = 32 * 2 ** 20;

export function createFileTree(now: () => number): FileTree {
  const root: Folder = { kind: 'folder', entries: new Map(), mode: 0o755, changedAtMs: now() };
  let used = 0;

  function find(path: string): FileNode | undefined {
    let node: FileNode | undefined = root;
    for (const name of stepsOf(path)) node = node?.kind === 'folder' ? node.entries.get(name) : undefined;
    return node;
  }

  function folderOf(path: string): Folder {
    const above = find(parentOf(path));
    if (above === undefined) throw new FileError('No such file or directory');
    if (above.kind !== 'folder') throw new FileError('Not a directory');
    return above;
  }

  function makeFolder(path: string): void {
    let node = root;
    for (const name of stepsOf(path)) {
      const next = node.entries.get(name) ?? {
        kind: 'folder' as const,
        entries: new Map<string, FileNode>(),
        mode: 0o755,
        changedAtMs: now(),
      };
      if (next.kind !== 'folder') throw new FileError('File exists');
      node.entries.set(name, next);
      node = next;
    }
  }

  const write: FileTree['write'] = (path, bytes, options = {}) => {
    if (path === '/dev/null') return;
    const folder = folderOf(path);
    const name = baseOf(path);
    const before = folder.entries.get(name);
    if (before?.kind === 'folder' || name === '') throw new FileError('Is a directory');
    if (before?.isFixed === true) throw new FileError('Read-only file system');
    const content = options.append === true && before !== undefined ? Buffer.concat([before.bytes, bytes]) : bytes;
    const more = content.length - (before?.bytes.length ?? 0);
    if (used + more > mostBytes) throw new FileError('No space left on device');
    used += more;
    const mode = options.mode ?? before?.mode ?? 0o644;
    const changedAtMs = options.changedAtMs ?? now();
    folder.entries.set(name, { kind: 'file', bytes: Buffer.from(content), mode, changedAtMs });
  };

  return {
    find,
    read(path) {
      if (path === '/dev/null') return Buffer.alloc(0);
      const node = find(path);
      if (node === undefined) throw new FileError('No such file or directory');
      if (node.kind === 'folder') throw new FileError('Is a directory');
      return node.bytes;
    },
    write,
    makeFolder,
    remove(path) {
      const folder = folderOf(path);
      const node = folder.entries.get(baseOf(path));
      if (node === undefined) throw new FileError('No such file or directory');
      for (const file of filesBelow(node)) {
        if (file.isFixed === true) throw new FileError('Read-only file system');
        used -= file.bytes.length;
      }
      folder.entries.delete(baseOf(path));
    },
    mount(path, bytes) {
      makeFolder(parentOf(path));
      const file = { kind: 'file' as const, bytes: Buffer.from(bytes), mode: 0o644, changedAtMs: now(), isFixed: true };
      folderOf(path).entries.set(baseOf(path), file);
    },
  };
}

function filesBelow(node: FileNode): File[] {
  return node.kind === 'file' ? [node] : [...node.entries.values()].flatMap(filesBelow);
}

/** An absolute path without `.`, `..` and doubled slashes. */
export function resolvePath(from: string, path: string): string {
  const steps: string[] = [];
  for (const step of (path.startsWith('/') ? path : `${from}/${path}`).split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '' && step !== '.') steps.push(step);
  }
  return `/${steps.join('/')}`;
}

export function stepsOf(path: string): string[] {
  return path.split('/').filter((step) => step !== '');
}

export function parentOf(path: string): string {
  return `/${stepsOf(path).slice(0, -1).join('/')}`;
}

export function baseOf(path: string): string {
  return stepsOf(path).at(-1) ?? '';
}
