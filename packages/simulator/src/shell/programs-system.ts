import { Interrupted } from './pipe.ts';
import { Failed, optionsOf, type Process, type Program, pathOf } from './process.ts';

/** Programs that tell of the container and wait. */
export const systemPrograms: readonly (readonly [string, Program])[] = [
  ['[', bracket],
  ['clear', ({ out }) => out('\u001b[H\u001b[2J').then(() => 0)],
  ['curl', curl],
  ['date', date],
  ['false', () => 1],
  ['free', free],
  ['help', help],
  ['hostname', ({ container, out }) => out(`${container.podName}\n`).then(() => 0)],
  ['id', ({ out }) => out('uid=0(root) gid=0(root) groups=0(root)\n').then(() => 0)],
  ['kill', () => 0],
  ['nproc', ({ container, out }) => out(`${Math.max(1, Math.ceil(container.cpuCores))}\n`).then(() => 0)],
  ['printenv', printenv],
  ['ps', ps],
  ['sleep', sleep],
  ['stty', stty],
  ['test', test],
  ['true', () => 0],
  ['uname', uname],
  ['uptime', uptime],
  ['wget', wget],
  ['whoami', ({ out }) => out('root\n').then(() => 0)],
];

async function help({ out }: Process): Promise<number> {
  await out(
    'This container is simulated: its shell knows pipes, redirections, variables, if, for and while, and the programs in /bin. What you write to files stays until the container is started anew.\n',
  );
  return 0;
}

async function printenv({ args, env, out }: Process): Promise<number> {
  const [name] = args;
  if (name !== undefined && !env.has(name)) return 1;
  for (const [each, value] of env)
    if (name === undefined) await out(`${each}=${value}\n`);
    else if (each === name) await out(`${value}\n`);
  return 0;
}

async function ps({ container, out }: Process): Promise<number> {
  await out('PID   USER     TIME  COMMAND\n');
  const seconds = Math.floor((container.now() - container.startedAtMs) / 100_000);
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  await out(
    `    1 root     ${time.padStart(5)} ${container.command}\n    7 root      0:00 sh\n    8 root      0:00 ps\n`,
  );
  return 0;
}

async function date({ args, container, out }: Process): Promise<number> {
  const now = new Date(container.now());
  const format = args.find((each) => each.startsWith('+'));
  const two = (value: number) => String(value).padStart(2, '0');
  const parts: Readonly<Record<string, string>> = {
    Y: String(now.getUTCFullYear()),
    m: two(now.getUTCMonth() + 1),
    d: two(now.getUTCDate()),
    H: two(now.getUTCHours()),
    M: two(now.getUTCMinutes()),
    S: two(now.getUTCSeconds()),
    s: String(Math.floor(now.getTime() / 1000)),
    F: now.toISOString().slice(0, 10),
    T: now.toISOString().slice(11, 19),
  };
  const text =
    format === undefined
      ? now.toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) (.*) GMT$/, '$1 $3 $2 $5 UTC $4')
      : format.slice(1).replace(/%([A-Za-z])/g, (all, letter: string) => parts[letter] ?? all);
  await out(`${text}\n`);
  return 0;
}

async function uname({ args, container, out }: Process): Promise<number> {
  const parts = { s: 'Linux', n: container.podName, r: '6.12.48', m: 'x86_64' };
  const letters = args.join('');
  const shown = letters.includes('a')
    ? Object.values(parts)
    : Object.entries(parts).flatMap(([letter, value]) => (letters.includes(letter) ? [value] : []));
  await out(`${shown.length === 0 ? parts.s : shown.join(' ')}\n`);
  return 0;
}

async function uptime({ container, out }: Process): Promise<number> {
  const minutes = Math.floor((container.now() - container.startedAtMs) / 60_000);
  const time = new Date(container.now()).toISOString().slice(11, 19);
  await out(` ${time} up ${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')},  0 users\n`);
  return 0;
}

async function free({ container, out }: Process): Promise<number> {
  const total = Math.round(container.memoryBytes / 1024);
  const used = Math.round(total * 0.6);
  const cells = [total, used, total - used].map((each) => String(each).padStart(12)).join('');
  await out(`              total        used        free\nMem:   ${cells}\n`);
  return 0;
}

async function stty({ args, size, out }: Process): Promise<number> {
  const { rows, columns } = size();
  if (args[0] === 'size') await out(`${rows} ${columns}\n`);
  return 0;
}

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

async function sleep({ args, signal }: Process): Promise<number> {
  const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(args[0] ?? '');
  if (match === null) throw new Failed(`sleep: invalid number '${args[0] ?? ''}'`);
  const ms = Math.min(2 ** 31 - 1, Number(match[1]) * (units[match[2] || 's'] ?? 1) * 1000);
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new Interrupted());
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  return 0;
}

function bracket(process: Process): number {
  if (process.args.at(-1) !== ']') throw new Failed('[: missing ]', 2);
  return test({ ...process, args: process.args.slice(0, -1) });
}

/** Conditions on texts, numbers and files. */
function test(process: Process): number {
  return Number(!holds(process, process.args));
}

function holds(process: Process, args: readonly string[]): boolean {
  for (const [word, join] of [
    ['-o', (a: boolean, b: boolean) => a || b],
    ['-a', (a: boolean, b: boolean) => a && b],
  ] as const) {
    const place = args.indexOf(word);
    if (place > 0) return join(holds(process, args.slice(0, place)), holds(process, args.slice(place + 1)));
  }
  const [first = '', second, third = ''] = args;
  if (first === '!') return !holds(process, args.slice(1));
  if (args.length < 2) return first !== '';
  if (args.length === 2) return isOf(process, first, second ?? '');
  const [a, b] = [Number(first), Number(third)];
  switch (second) {
    case '=':
    case '==':
      return first === third;
    case '!=':
      return first !== third;
    case '-eq':
      return a === b;
    case '-ne':
      return a !== b;
    case '-lt':
      return a < b;
    case '-le':
      return a <= b;
    case '-gt':
      return a > b;
    case '-ge':
      return a >= b;
    default:
      throw new Failed(`sh: ${second}: unknown operand`, 2);
  }
}

function isOf(process: Process, flag: string, value: string): boolean {
  const node = process.container.files.find(pathOf(process, value));
  switch (flag) {
    case '-z':
      return value === '';
    case '-n':
      return value !== '';
    case '-t':
      return process.isTerminal;
    case '-e':
    case '-r':
    case '-w':
      return node !== undefined;
    case '-f':
      return node?.kind === 'file';
    case '-d':
      return node?.kind === 'folder';
    case '-s':
      return node?.kind === 'file' && node.bytes.length > 0;
    case '-x':
      return node !== undefined && (node.mode & 0o111) !== 0;
    default:
      throw new Failed(`sh: ${flag}: unknown operand`, 2);
  }
}

async function curl(process: Process): Promise<number> {
  const { flags, rest } = optionsOf('curl', process.args, 'sSfiLkvo:X:H:m:w:');
  const { host, port, path } = urlOf('curl', rest[0]);
  const answer = isHere(process, host) ? process.container.ask(port, path) : undefined;
  if (answer === undefined)
    throw new Failed(`curl: (7) Failed to connect to ${host} port ${port}: Could not connect to server`, 7);
  if (flags.has('f') && answer.status >= 400)
    throw new Failed(`curl: (22) The requested URL returned error: ${answer.status}`, 22);
  if (flags.has('i') || flags.has('v')) await process.out(`HTTP/1.1 ${answer.status}\n\n`);
  await process.out(answer.body);
  return 0;
}

async function wget(process: Process): Promise<number> {
  const { rest } = optionsOf('wget', process.args, 'qSO:T:t:');
  const { host, port, path } = urlOf('wget', rest[0]);
  const answer = isHere(process, host) ? process.container.ask(port, path) : undefined;
  if (answer === undefined) throw new Failed(`wget: can't connect to remote host: Connection refused`);
  if (answer.status >= 400) throw new Failed(`wget: server returned error: HTTP/1.1 ${answer.status}`);
  await process.out(answer.body);
  return 0;
}

function urlOf(program: string, text = ''): { host: string; port: number; path: string } {
  const url = URL.parse(/^https?:\/\//.test(text) ? text : `http://${text}`);
  if (url === null || text === '') throw new Failed(`${program}: bad address '${text}'`);
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  return { host: url.hostname, port, path: `${url.pathname}${url.search}` };
}

/** Nothing of a simulated cluster listens but the container's own server. */
function isHere({ container }: Process, host: string): boolean {
  return ['localhost', '127.0.0.1', container.podIp, container.podName].includes(host);
}
