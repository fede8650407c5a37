import { baseOf } from './file-tree.ts';
import { parse } from './parse.ts';
import { BrokenPipe, Interrupted, readAll, readLine, type Sink, type Source } from './pipe.ts';
import { Failed, onFile, type Process, type Program, pathOf } from './process.ts';
import { filePrograms } from './programs-files.ts';
import { systemPrograms } from './programs-system.ts';
import { textPrograms } from './programs-text.ts';
import { createShell, Exit, runScript, type Setting, type Shell } from './shell.ts';
import { tarProgram } from './tar-program.ts';
import type { Terminal } from './terminal.ts';
import { SyntaxFault, Unfinished } from './tokens.ts';

/** What the container has no program for. */
export class NoProgram extends Error {
  override readonly name = 'NoProgram';
}

/** The first process of an exec, as the kubelet starts it. */
export type Start = Omit<Process, 'args' | 'out' | 'err' | 'input'> & {
  command: readonly string[];
  input: Source;
  out: Sink;
  err: Sink;
  /** The person's terminal, where there is one: shells talk with it. */
  terminal: Terminal | undefined;
};

const programs: ReadonlyMap<string, Program> = new Map<string, Program>([
  ...filePrograms,
  ...textPrograms,
  ...systemPrograms,
  ['tar', tarProgram],
]);
const shells = new Set(['sh', 'bash', 'ash']);

/** Names that a container has programs for, as they stand in its `/bin`. */
export const programNames: readonly string[] = [...programs.keys(), ...shells].sort();

/**
 * Runs a command in a container.
 * @returns its exit code
 * @throws NoProgram when there is none of the name
 */
export async function startProgram(start: Start): Promise<number> {
  const [name = '', ...args] = start.command;
  const program = withShells(start.terminal).get(name.includes('/') ? baseOf(name) : name);
  if (program === undefined || (name.includes('/') && start.container.files.find(pathOf(start, name)) === undefined))
    throw new NoProgram(name);
  try {
    return await program({ ...start, args });
  } catch (error) {
    if (error instanceof Failed) {
      await start.err(`${error.message}\n`).catch(() => undefined);
      return error.code;
    }
    if (error instanceof Interrupted) return 130;
    if (error instanceof BrokenPipe) return 141;
    throw error;
  }
}

/** All programs, with shells that know this terminal. */
function withShells(terminal: Terminal | undefined): ReadonlyMap<string, Program> {
  const all = new Map(programs);
  const shell: Program = (process) => runShell(process, all, process.isTerminal ? terminal : undefined);
  for (const name of shells) all.set(name, shell);
  // They start another program of the container.
  all.set('env', (process) => env(process, all));
  all.set('time', (process) => another(process, process.args, all));
  all.set('timeout', (process) => another(process, process.args.slice(1), all));
  all.set('nohup', (process) => another(process, process.args, all));
  all.set('xargs', async (process) => {
    const words = (await readAll(process.input)).toString('utf8').split(/\s+/);
    return another(process, [...process.args, ...words.filter((word) => word !== '')], all);
  });
  all.set('which', (process) => which(process, all));
  return all;
}

async function another(process: Process, [name = '', ...args]: string[], all: ReadonlyMap<string, Program>) {
  const program = all.get(name);
  if (program === undefined) throw new Failed(`can't execute '${name}': No such file or directory`, 127);
  return program({ ...process, args });
}

async function env(process: Process, all: ReadonlyMap<string, Program>): Promise<number> {
  const rest = [...process.args];
  const { env: given } = process;
  const own = new Map(given);
  while (rest[0]?.includes('=')) {
    const [name = '', ...value] = (rest.shift() ?? '').split('=');
    own.set(name, value.join('='));
  }
  if (rest.length > 0) return another({ ...process, env: own }, rest, all);
  for (const [name, value] of own) await process.out(`${name}=${value}\n`);
  return 0;
}

async function which({ args, out }: Process, all: ReadonlyMap<string, Program>): Promise<number> {
  for (const name of args) if (all.has(name)) await out(`/bin/${name}\n`);
  return args.every((name) => all.has(name)) ? 0 : 1;
}

async function runShell(process: Process, all: ReadonlyMap<string, Program>, terminal: Terminal | undefined) {
  const setting: Setting = { ...process, programs: all };
  const flags = process.args.filter((each) => /^-[a-z]+$/.test(each)).join('');
  const [first, ...rest] = process.args.filter((each) => !/^-{1,2}[a-z]+$/.test(each));
  const args = flags.includes('c') ? (rest.length > 0 ? rest : ['sh']) : [first ?? 'sh', ...rest];
  const { env: given, folder } = process;
  const shell = createShell(given, folder, args);
  try {
    if (flags.includes('c')) return await runScript(shell, first ?? '', process, setting);
    if (first !== undefined) {
      const script = onFile('sh', first, () => process.container.files.read(pathOf(process, first)));
      return await runScript(shell, script.toString('utf8'), process, setting);
    }
    return await talk(shell, process, setting, terminal);
  } catch (error) {
    if (error instanceof Exit) return error.code;
    if (!(error instanceof SyntaxFault)) throw error;
    await process.err(`sh: ${error.message}\n`);
    return 2;
  }
}

/** Line by line, with a prompt where somebody sees it. */
async function talk(shell: Shell, process: Process, setting: Setting, terminal: Terminal | undefined) {
  let text = '';
  for (;;) {
    await terminal?.prompt(text === '' ? `${shell.folder} # ` : '> ');
    const line = await readLine(process.input);
    if (line === undefined) {
      if (text !== '') await process.err('sh: syntax error: unexpected end of file\n');
      return shell.last;
    }
    text = text === '' ? line : `${text}\n${line}`;
    try {
      parse(text);
    } catch (error) {
      if (error instanceof Unfinished) continue;
      if (!(error instanceof SyntaxFault)) throw error;
      await process.err(`sh: ${error.message}\n`);
      shell.last = 2;
      text = '';
      continue;
    }
    const script = text;
    text = '';
    await once(shell, script, process, setting, terminal);
  }
}

/** One entry; Ctrl-C ends it and not the shell. */
async function once(
  shell: Shell,
  script: string,
  process: Process,
  setting: Setting,
  terminal: Terminal | undefined,
): Promise<void> {
  if (terminal === undefined) {
    await runScript(shell, script, process, setting);
    return;
  }
  const stop = new AbortController();
  const outer = () => stop.abort();
  setting.signal.addEventListener('abort', outer);
  terminal.onInterrupt(outer);
  const input = readableUntil(process.input, stop.signal);
  try {
    await runScript(shell, script, { ...process, input }, { ...setting, signal: stop.signal });
  } catch (error) {
    if (!(error instanceof Interrupted) || setting.signal.aborted) throw error;
    shell.last = 130;
  } finally {
    terminal.onInterrupt(undefined);
    setting.signal.removeEventListener('abort', outer);
  }
}

/** The same source for a program that may be interrupted while it waits; what comes later is not lost. */
function readableUntil(source: Source, signal: AbortSignal): Source {
  return {
    unread: (bytes) => source.unread(bytes),
    read: () =>
      new Promise((resolve, reject) => {
        const stop = () => reject(new Interrupted());
        if (signal.aborted) return stop();
        signal.addEventListener('abort', stop, { once: true });
        source.read().then(
          (bytes) => {
            signal.removeEventListener('abort', stop);
            if (signal.aborted && bytes !== undefined) source.unread(bytes);
            resolve(bytes);
          },
          (error: unknown) => reject(error instanceof Error ? error : new Interrupted()),
        );
      }),
  };
}
