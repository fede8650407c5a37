import { describe, expect, it } from 'vitest';
import { createFileTree, FileError } from './file-tree.ts';
import { createPipe, nothing, readAll, sourceOf } from './pipe.ts';
import type { Container } from './process.ts';
import { NoProgram, startProgram } from './start-program.ts';
import { createTerminal } from './terminal.ts';

const nowMs = Date.UTC(2026, 10, 25, 12, 0, 0);

function container(): Container {
  const files = createFileTree(() => nowMs);
  for (const folder of ['/tmp', '/app/logs', '/bin', '/root']) files.makeFolder(folder);
  files.write('/bin/sh', Buffer.alloc(0), { mode: 0o755 });
  files.write('/app/VERSION', Buffer.from('1.2\n'));
  files.mount('/etc/config/app.yaml', Buffer.from('log: info\n'));
  return {
    name: 'app',
    podName: 'web-1',
    namespace: 'shop',
    podIp: '10.244.0.7',
    node: 'node-1',
    image: 'registry.example/web:1.2',
    command: '/app/web',
    startedAtMs: nowMs - 60_000,
    cpuCores: 1,
    memoryBytes: 2 ** 28,
    now: () => nowMs,
    files,
    ask: (port, path) => (port === 8080 ? { status: 200, body: `you asked for ${path}\n` } : undefined),
  };
}

async function run(command: string[], options: { input?: string; inside?: Container } = {}) {
  const out = createPipe();
  const err = createPipe();
  const said = Promise.all([readAll(out), readAll(err)]);
  const code = await startProgram({
    command,
    container: options.inside ?? container(),
    env: new Map([
      ['HOME', '/root'],
      ['COLOUR', 'red'],
    ]),
    folder: '/app',
    isTerminal: false,
    signal: new AbortController().signal,
    size: () => ({ columns: 80, rows: 24 }),
    input: options.input === undefined ? nothing : sourceOf(Buffer.from(options.input)),
    out: out.write,
    err: err.write,
    terminal: undefined,
  });
  out.end();
  err.end();
  const [text, wrong] = (await said).map(String);
  return { code, out: text, err: wrong };
}

const script = (text: string, input?: string) => run(['sh', '-c', text], input === undefined ? {} : { input });

describe('the shell of a simulated container', () => {
  it.each([
    ['echo one   two', 'one two\n'],
    [`echo 'a  b' "c  $COLOUR" \\$COLOUR`, 'a  b c  red $COLOUR\n'],
    [`echo $\{ABSENT:-none} $(echo deep | tr a-z A-Z)`, 'none DEEP\n'],
    ['cat VERSION | sed s/1/9/', '9.2\n'],
    ['false || echo no; true && echo yes', 'no\nyes\n'],
    ['echo a > /tmp/x; echo b >> /tmp/x; cat < /tmp/x', 'a\nb\n'],
    ['if [ -f VERSION ]; then echo there; else echo gone; fi', 'there\n'],
    ['for each in a b; do echo $each; done', 'a\nb\n'],
    [`n=0; while [ $n != xx ]; do n=$\{n}x; n=$(echo $n | sed s/0//); done; echo $n`, 'xx\n'],
    ['cd logs && pwd', '/app/logs\n'],
    ['(cd /; pwd); pwd', '/\n/app\n'],
    ['ls', 'VERSION\nlogs\n'],
    ['echo /app/V*', '/app/VERSION\n'],
    ['echo /a*/?ERS*N nothing*', '/app/VERSION nothing*\n'],
    ["find / -name 'VER*'", '/app/VERSION\n'],
    ['seq 3 | sort -r | head -2', '3\n2\n'],
    ['seq 10 | tail -n +9', '9\n10\n'],
    ['printf "%s-%d\\n" a 1', 'a-1\n'],
    ['grep -n b /etc/config/app.yaml || echo none', 'none\n'],
    ['wget -qO- localhost:8080/healthz', 'you asked for /healthz\n'],
    ['echo to stderr >&2; echo to stdout', 'to stdout\n'],
    ['echo both 2>&1', 'both\n'],
    ['env | grep COLOUR', 'COLOUR=red\n'],
    ['sh -c "echo $0 $1"', 'sh\n'],
    ['! false; echo $?', '0\n'],
  ])('%s', async (text, expected) => {
    expect((await script(text)).out).toBe(expected);
  });

  it('ends with the code of its last command, and says what it does not know', async () => {
    expect(await script('exit 7')).toMatchObject({ code: 7 });
    expect(await script('absent')).toEqual({ code: 127, out: '', err: 'sh: absent: not found\n' });
    expect(await script('cat /nope')).toEqual({
      code: 1,
      out: '',
      err: 'cat: /nope: No such file or directory\n',
    });
    expect(await script('echo "open')).toMatchObject({ code: 2, err: 'sh: unterminated quoted string\n' });
    expect(await script('echo x > /nope/y')).toMatchObject({ code: 1 });
    await expect(run(['nope'])).rejects.toThrow(NoProgram);
    await expect(run(['/opt/sh'])).rejects.toThrow(NoProgram);
  });

  it('reads what it is fed', async () => {
    expect((await script('read word; echo got $word; cat', 'first\nrest\n')).out).toBe('got first\nrest\n');
    expect((await run(['sh'], { input: 'echo a\nexit 3\necho b\n' })).out).toBe('a\n');
    expect((await run(['head', '-c', '3'], { input: 'abcdef' })).out).toBe('abc');
  });

  it('leaves alone what the cluster mounts', async () => {
    expect(await script('echo x > /etc/config/app.yaml')).toMatchObject({
      err: 'sh: /etc/config/app.yaml: Read-only file system\n',
    });
    expect((await script('cat /etc/config/app.yaml')).out).toBe('log: info\n');
  });

  it('is held to its size, its depth and its time', async () => {
    const { files } = container();
    expect(() => files.write('/tmp/big', Buffer.alloc(40 * 2 ** 20))).toThrow(FileError);
    const { code, err } = await script(`a='eval $a'; eval $a`);
    expect([code, err]).toEqual([2, 'sh: too many scripts inside each other\n']);
    const slow = await script(`echo ${'a'.repeat(40)}b | grep -E '(a+)+$'`);
    expect(slow).toMatchObject({ code: 2, err: 'grep: the pattern takes too long\n' });
    expect(await script('seq 1 999999999 > /dev/null')).toMatchObject({ code: 1 });
  });

  it('packs and unpacks, with long names, and nothing above its folder', async () => {
    const inside = container();
    const long = 'n'.repeat(120);
    await run(['sh', '-c', `mkdir /tmp/in; echo text > /tmp/in/${long}; tar -C /tmp -cf /tmp/a.tar in`], { inside });
    const { out } = await run(['sh', '-c', `mkdir /out; tar xf /tmp/a.tar -C /out; cat /out/in/${long}`], { inside });
    expect(out).toBe('text\n');
    const listed = await run(['tar', 'tf', '/tmp/a.tar'], { inside });
    expect(listed.out).toBe(`in\n/in/${long}\n`.replace('in\n/', 'in/\n'));
    expect(await run(['tar', 'xf', '-'], { input: 'no archive at all'.repeat(40) })).toMatchObject({ code: 1 });
  });
});

describe('a terminal', () => {
  function typing() {
    let seen = '';
    const stop = new AbortController();
    const terminal = createTerminal(async (text) => {
      seen += text;
    }, stop.signal);
    const ended = startProgram({
      command: ['sh'],
      container: container(),
      env: new Map([['HOME', '/root']]),
      folder: '/app',
      isTerminal: true,
      signal: stop.signal,
      size: () => ({ columns: 120, rows: 40 }),
      input: terminal.input,
      out: terminal.out,
      err: terminal.out,
      terminal,
    });
    return { type: (text: string) => terminal.type(Buffer.from(text)), seen: () => seen, stop, ended };
  }

  it('shows what is typed, takes back what is rubbed out, and ends with exit', async () => {
    const { type, seen, ended } = typing();
    await expect.poll(seen).toBe('/app # ');
    type('echo hellx\u007fo\r');
    await expect.poll(seen).toContain('hello\r\n/app # ');
    type('stty size\r');
    await expect.poll(seen).toContain('40 120\r\n');
    type('exit 5\r');
    expect(await ended).toBe(5);
  });

  it('brings back what was typed before', async () => {
    const { type, seen, ended } = typing();
    await expect.poll(seen).toBe('/app # ');
    type('echo once\r');
    await expect.poll(seen).toContain('once\r\n/app # ');
    type('\u001b[A\r');
    await expect.poll(() => seen().split('\r\nonce\r\n').length).toBe(3);
    type('\u0004');
    expect(await ended).toBe(0);
  });

  it('ends what runs by Ctrl-C and stays', async () => {
    const { type, seen, ended } = typing();
    await expect.poll(seen).toBe('/app # ');
    type('sleep 600\r');
    await expect.poll(seen).toContain('sleep 600\r\n');
    type('\u0003');
    await expect.poll(seen).toMatch(/\^C\r\n\/app # $/);
    type('cat\r');
    type('\u0003');
    type('echo $?\r');
    await expect.poll(seen).toContain('130\r\n');
    type('exit\r');
    expect(await ended).toBe(0);
  });

  it('goes with its client', async () => {
    const { stop, seen, ended } = typing();
    await expect.poll(seen).toBe('/app # ');
    stop.abort();
    expect(await ended).toBe(130);
  });
});
