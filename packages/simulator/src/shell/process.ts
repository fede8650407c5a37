import type { FileTree } from './file-tree.ts';
import { FileError, resolvePath } from './file-tree.ts';
import { Failed, type Sink, type Source } from './pipe.ts';

/** The container that a program runs in, as far as programs ask. */
export type Container = {
  name: string;
  podName: string;
  namespace: string;
  podIp: string;
  node: string;
  image: string;
  /** Command line of its first process. */
  command: string;
  startedAtMs: number;
  cpuCores: number;
  memoryBytes: number;
  now(): number;
  files: FileTree;
  /** What the container's own server says to a GET; `undefined` where nothing listens on the port. */
  ask(port: number, path: string): { status: number; body: string } | undefined;
};

export type Process = {
  /** Without the program's own name. */
  args: string[];
  input: Source;
  out: Sink;
  err: Sink;
  /** Whether standard input and output are a terminal. */
  isTerminal: boolean;
  env: Map<string, string>;
  /** An absolute path. */
  folder: string;
  container: Container;
  signal: AbortSignal;
  /** Columns and rows, where there is a terminal. */
  size(): { columns: number; rows: number };
};

/** @returns the exit code */
export type Program = (process: Process) => Promise<number> | number;

export { Failed };

export function pathOf({ folder }: Pick<Process, 'folder'>, path: string): string {
  return resolvePath(folder, path);
}

/** Does something with a path; what cannot be done is said as programs do: `cat: x: No such file or directory`. */
export function onFile<T>(program: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new Failed(`${program}: ${path}: ${error.message}`);
  }
}

/**
 * Takes letters such as `-rf` from the front of arguments.
 * @param known letters that stand alone; those followed by `:` take a value, as in `n:`
 * @throws Failed for others, with code 2
 */
export function optionsOf(program: string, args: readonly string[], known: string) {
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const rest = [...args];
  while (rest[0] !== undefined && /^-[^-]/.test(rest[0])) {
    const letters = rest.shift() ?? '';
    for (let index = 1; index < letters.length; index += 1) {
      const letter = letters[index] ?? '';
      const at = known.indexOf(letter);
      if (at < 0) throw new Failed(`${program}: unrecognized option: ${letter}`, 2);
      if (known[at + 1] !== ':') {
        flags.add(letter);
        continue;
      }
      const value = letters.slice(index + 1) || rest.shift();
      if (value === undefined) throw new Failed(`${program}: option requires an argument: ${letter}`, 2);
      values.set(letter, value);
      break;
    }
  }
  if (rest[0] === '--') rest.shift();
  return { flags, values, rest };
}
