import { argumentsOf, textOfWord, type Values } from './expand.ts';
import { FileError } from './file-tree.ts';
import { type Command, type List, type Pipeline, parse, type Redirect } from './parse.ts';
import { BrokenPipe, createPipe, Interrupted, nothing, readAll, readLine, type Sink, sourceOf } from './pipe.ts';
import { Failed, onFile, type Process, type Program, pathOf } from './process.ts';
import { SyntaxFault } from './tokens.ts';

/** What one shell keeps between commands. */
export type Shell = {
  env: Map<string, string>;
  exported: Set<string>;
  folder: string;
  last: number;
  args: string[];
  /** How many scripts are running inside each other. */
  depth: number;
};

/** The shell is told to end. */
export class Exit extends Error {
  override readonly name = 'Exit';
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** Standard streams of a part of a script. */
export type Streams = Pick<Process, 'input' | 'out' | 'err'>;
/** What all parts of one run share. */
export type Setting = Pick<Process, 'container' | 'isTerminal' | 'signal' | 'size'> & {
  programs: ReadonlyMap<string, Program>;
};

const level = 'SHLVL';

export function createShell(env: ReadonlyMap<string, string>, folder: string, args: string[] = []): Shell {
  const own = new Map(env).set(level, String(Number(env.get(level) ?? 0) + 1));
  return { env: own, exported: new Set(own.keys()), folder, last: 0, args, depth: Number(own.get(level)) };
}

const longestValue = 1_048_576;

function assign(shell: Shell, name: string, value: string): void {
  if (value.length > longestValue) throw new Failed(`sh: ${name}: out of memory`);
  shell.env.set(name, value);
}

const deepest = 40;

/** Runs a script. @throws Exit when it says so, SyntaxFault, Failed for one that calls itself without end */
export async function runScript(shell: Shell, script: string, streams: Streams, setting: Setting): Promise<number> {
  if (shell.depth >= deepest) throw new Failed('sh: too many scripts inside each other', 2);
  shell.depth += 1;
  try {
    return await runList(shell, parse(script), streams, setting);
  } finally {
    shell.depth -= 1;
  }
}

async function runList(shell: Shell, list: List, streams: Streams, setting: Setting): Promise<number> {
  for (const { join, pipeline } of list) {
    if ((join === 'and' && shell.last !== 0) || (join === 'or' && shell.last === 0)) continue;
    if (setting.signal.aborted) throw new Interrupted();
    shell.last = await runPipeline(shell, pipeline, streams, setting);
  }
  return shell.last;
}

async function runPipeline(
  shell: Shell,
  { commands, isNegated }: Pipeline,
  streams: Streams,
  setting: Setting,
): Promise<number> {
  const [only] = commands;
  const code =
    only !== undefined && commands.length === 1
      ? await runCommand(shell, only, streams, setting)
      : await runAll(shell, commands, streams, setting);
  return isNegated ? Number(code === 0) : code;
}

/** Every command of a pipe in a shell of its own, all at once; the last one's code counts. */
async function runAll(shell: Shell, commands: Command[], streams: Streams, setting: Setting): Promise<number> {
  const pipes = commands.slice(1).map(() => createPipe(setting.signal));
  const codes = await Promise.all(
    commands.map(async (command, index) => {
      const input = pipes[index - 1];
      const output = pipes[index];
      const own = { ...streams, input: input ?? streams.input, out: output?.write ?? streams.out };
      try {
        return await runCommand(apart(shell), command, own, setting);
      } catch (error) {
        if (error instanceof Exit) return error.code;
        if (error instanceof BrokenPipe && output !== undefined) return 141;
        throw error;
      } finally {
        output?.end();
        input?.close();
      }
    }),
  );
  return codes.at(-1) ?? 0;
}

function apart(shell: Shell): Shell {
  return { ...shell, env: new Map(shell.env), exported: new Set(shell.exported) };
}

async function runCommand(shell: Shell, command: Command, outer: Streams, setting: Setting): Promise<number> {
  let streams: Streams;
  try {
    streams = await redirected(shell, command.redirects, outer, setting);
  } catch (error) {
    return told(error, outer.err);
  }
  const run = (list: List) => runList(shell, list, streams, setting);
  switch (command.is) {
    case 'simple':
      return runSimple(shell, command, streams, setting);
    case 'group': {
      if (!command.isApart) return run(command.list);
      const own = apart(shell);
      return runList(own, command.list, streams, setting).catch((error: unknown) => {
        if (error instanceof Exit) return error.code;
        throw error;
      });
    }
    case 'if': {
      for (const branch of command.branches) if ((await run(branch.when)) === 0) return run(branch.run);
      shell.last = 0;
      return command.otherwise === undefined ? 0 : run(command.otherwise);
    }
    case 'loop': {
      let code = 0;
      while (((await run(command.when)) === 0) !== command.until) {
        code = await run(command.body);
        await breathe();
      }
      return code;
    }
    case 'for': {
      let code = 0;
      for (const value of await argumentsOf(command.words, valuesOf(shell, streams, setting), where(shell, setting))) {
        assign(shell, command.name, value);
        code = await run(command.body);
        await breathe();
      }
      return code;
    }
  }
}

/** A loop that never waits would keep everything else in this process from running. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function where(shell: Shell, { container }: Setting) {
  return { folder: shell.folder, container };
}

function valuesOf(shell: Shell, streams: Streams, setting: Setting): Values {
  return {
    variable(name) {
      if (name === '?') return String(shell.last);
      if (name === '$') return '7';
      if (name === '#') return String(Math.max(0, shell.args.length - 1));
      if (name === '@' || name === '*') return shell.args.slice(1).join(' ');
      if (/^\d$/.test(name)) return shell.args[Number(name)];
      return shell.env.get(name);
    },
    async said(source) {
      const pipe = createPipe(setting.signal);
      const all = readAll(pipe);
      try {
        shell.last = await runScript(apart(shell), source, { ...streams, input: nothing, out: pipe.write }, setting);
      } catch (error) {
        if (!(error instanceof Exit)) throw error;
        shell.last = error.code;
      } finally {
        pipe.end();
      }
      return (await all).toString('utf8').replace(/\n+$/, '');
    },
  };
}

async function redirected(shell: Shell, redirects: Redirect[], outer: Streams, setting: Setting): Promise<Streams> {
  let streams = outer;
  for (const { from, to } of redirects) {
    const values = valuesOf(shell, streams, setting);
    const { files } = setting.container;
    if ('input' in to) {
      const name = await textOfWord(to.input, values);
      streams = { ...streams, input: sourceOf(onFile('sh', name, () => files.read(pathOf(shell, name)))) };
      continue;
    }
    let sink: Sink;
    if ('stream' in to) sink = to.stream === 2 ? streams.err : streams.out;
    else {
      const name = await textOfWord(to.file, values);
      const path = pathOf(shell, name);
      const append = (bytes: string | Uint8Array, isNew = false) =>
        onFile('sh', name, () =>
          files.write(path, typeof bytes === 'string' ? Buffer.from(bytes) : bytes, { append: !isNew }),
        );
      append('', !to.append);
      sink = async (bytes) => append(bytes);
    }
    streams = from === 2 ? { ...streams, err: sink } : { ...streams, out: sink };
  }
  return streams;
}

async function runSimple(
  shell: Shell,
  command: Extract<Command, { is: 'simple' }>,
  streams: Streams,
  setting: Setting,
): Promise<number> {
  const values = valuesOf(shell, streams, setting);
  const assigned: [string, string][] = [];
  for (const [name, word] of command.assigned) assigned.push([name, await textOfWord(word, values)]);
  const [name, ...args] = await argumentsOf(command.words, values, where(shell, setting));
  if (name === undefined) {
    for (const [variable, value] of assigned) assign(shell, variable, value);
    return assigned.some(([, value]) => value === '') || command.words.length > 0 ? shell.last : 0;
  }
  const env = new Map([...shell.env].filter(([variable]) => shell.exported.has(variable)).concat(assigned));
  // Streams may be a whole process, whose signal is not this run's.
  const { input, out, err } = streams;
  const own: Process = { ...setting, input, out, err, args, env, folder: shell.folder };
  try {
    const builtIn = builtIns.get(name);
    if (builtIn !== undefined) return await builtIn(shell, own, setting);
    const program = setting.programs.get(name.replace(/^(\/usr)?(\/local)?\/s?bin\//, ''));
    if (program !== undefined) return await program(own);
    throw new Failed(`sh: ${name}: not found`, 127);
  } catch (error) {
    return told(error, streams.err);
  }
}

/** Says what went wrong in a command, and with which code it ends; what ends more than the command goes on. */
async function told(error: unknown, err: Sink): Promise<number> {
  if (!(error instanceof Failed) && !(error instanceof FileError) && !(error instanceof SyntaxFault)) throw error;
  await err(`${error.message}\n`);
  return error instanceof Failed ? error.code : error instanceof SyntaxFault ? 2 : 1;
}

type BuiltIn = (shell: Shell, process: Process, setting: Setting) => Promise<number> | number;

const builtIns: ReadonlyMap<string, BuiltIn> = new Map<string, BuiltIn>([
  [':', () => 0],
  ['set', () => 0],
  ['trap', () => 0],
  ['exit', (shell, { args }) => exit(args[0] === undefined ? shell.last : Number.parseInt(args[0], 10) || 0)],
  [
    'cd',
    (shell, { args, container }) => {
      const name = args[0] ?? shell.env.get('HOME') ?? '/';
      const path = pathOf(shell, name === '-' ? (shell.env.get('OLDPWD') ?? '.') : name);
      const node = container.files.find(path);
      if (node === undefined) throw new Failed(`sh: cd: can't cd to ${name}: No such file or directory`, 2);
      if (node.kind !== 'folder') throw new Failed(`sh: cd: can't cd to ${name}: Not a directory`, 2);
      shell.env.set('OLDPWD', shell.folder);
      shell.folder = path;
      shell.env.set('PWD', path);
      return 0;
    },
  ],
  [
    'export',
    (shell, { args }) => {
      for (const each of args) {
        const [name = '', ...value] = each.split('=');
        if (each.includes('=')) assign(shell, name, value.join('='));
        shell.exported.add(name);
      }
      return 0;
    },
  ],
  [
    'unset',
    (shell, { args }) => {
      for (const name of args) shell.env.delete(name);
      return 0;
    },
  ],
  [
    'read',
    async (shell, { args, input }) => {
      const line = await readLine(input);
      const names = args.filter((each) => !each.startsWith('-'));
      const words = (line ?? '').trim().split(/\s+/);
      for (const [index, name] of names.entries())
        shell.env.set(name, index === names.length - 1 ? words.slice(index).join(' ') : (words[index] ?? ''));
      return line === undefined ? 1 : 0;
    },
  ],
  ['eval', (shell, process, setting) => runScript(shell, process.args.join(' '), process, setting)],
  [
    'exec',
    async (_, process, setting) => {
      const [name, ...args] = process.args;
      if (name === undefined) return 0;
      const program = setting.programs.get(name.replace(/^(\/usr)?(\/local)?\/s?bin\//, ''));
      if (program === undefined) throw new Failed(`sh: exec: ${name}: not found`, 127);
      return exit(await program({ ...process, args }));
    },
  ],
  [
    'command',
    async (_, { args, out }, { programs }) => {
      const [flag, name = ''] = args;
      if (flag !== '-v') return 0;
      const known = builtIns.has(name) ? name : programs.has(name) ? `/bin/${name}` : undefined;
      if (known !== undefined) await out(`${known}\n`);
      return known === undefined ? 127 : 0;
    },
  ],
]);

function exit(code: number): never {
  throw new Exit(code);
}
