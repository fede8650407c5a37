import { access, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createHelm, helmLimits } from './run-helm.ts';

/** Programs in helm's place that do just what a hostile chart makes of it. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'quarterdeck-helm-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let count = 0;
async function standIn(script: string): Promise<string> {
  count += 1;
  const program = path.join(folder, `helm-${count}`);
  await writeFile(program, `#!${process.execPath}\nconst fs = require('node:fs');\n${script}\n`);
  await chmod(program, 0o755);
  return program;
}

const files = new Map([['Chart.yaml', Buffer.from('name: demo\n')]]);
const render = (program: string, limits = {}, signal?: AbortSignal) =>
  createHelm(program, { ...helmLimits, ...limits }).render(files, 'a: 1\n', signal);
const isThere = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );
const tells = (file: string) => `fs.writeFileSync(${JSON.stringify(file)}, process.pid + ' ' + process.cwd());`;

/** The process that told where it is, and its folder, are gone. */
async function expectGone(file: string): Promise<void> {
  const [pid = '', cwd = ''] = (await readFile(file, 'utf8')).split(' ');
  await expect.poll(() => isThere(`/proc/${pid}/exe`)).toBe(false);
  await expect.poll(() => isThere(cwd)).toBe(false);
}

describe('helm', () => {
  it('gets the chart, the values and fixed arguments, and nothing of ours: an empty home, no variables', async () => {
    vi.stubEnv('QUARTERDECK_TEST_SECRET', 'keyring');
    const program = await standIn(`
      const [,, ...args] = process.argv;
      const { env } = require('node:process');
      const home = fs.readdirSync(env.HOME);
      const chart = fs.readFileSync(args[2] + '/Chart.yaml', 'utf8');
      const values = fs.readFileSync(args[6], 'utf8');
      console.log(JSON.stringify({ args, home, chart, values, names: Object.keys(env).sort() }));`);
    const seen = JSON.parse(await render(program));
    vi.unstubAllEnvs();
    expect(seen).toMatchObject({ home: [], chart: 'name: demo\n', values: 'a: 1\n' });
    expect(seen.names).toEqual(['GOMAXPROCS', 'GOMEMLIMIT', 'HOME', 'PATH', 'TMPDIR']);
    expect(seen.args.filter((word: string) => word.startsWith('--'))).toEqual([
      '--namespace',
      '--values',
      '--include-crds',
      '--skip-tests',
      '--skip-schema-validation',
    ]);
  });

  it('is ended when it takes too long, with its folder', async () => {
    const file = path.join(folder, 'slow');
    const program = await standIn(`${tells(file)} for (;;) {}`);
    await expect(render(program, { timeMs: 1000 })).rejects.toMatchObject({
      status: 422,
      code: 'chart_too_slow',
      message: 'helm was not done after 1 seconds.',
    });
    await expectGone(file);
  });

  it.each(['stdout', 'stderr'])('is ended when it writes too much to %s', async (stream) => {
    const file = path.join(folder, stream);
    const flood = `for (;;) try { fs.writeSync(process.${stream}.fd, 'x'.repeat(4096)); } catch (e) { if (e.code !== 'EAGAIN') throw e; }`;
    const program = await standIn(`${tells(file)} ${flood}`);
    await expect(render(program, { outputBytes: 1_048_576 })).rejects.toMatchObject({
      code: 'chart_too_large',
      message: 'The chart renders to more than 1 MiB.',
    });
    await expectGone(file);
  });

  it.runIf(process.platform === 'linux')('is ended when it takes too much memory', async () => {
    const program = await standIn('const held = []; setInterval(() => held.push(Buffer.alloc(20_000_000, 1)), 20);');
    await expect(render(program, { memoryBytes: 200 * 1_048_576 })).rejects.toMatchObject({
      code: 'chart_too_large',
      message: 'The chart takes more than 200 MiB of memory.',
    });
  });

  it('is quoted when it refuses a chart, without paths of this machine', async () => {
    const program = await standIn(
      'console.error("WARNING: odd\\nError: " + process.argv[4] + "/templates/x.yaml:3: no such function"); process.exit(1);',
    );
    await expect(render(program)).rejects.toMatchObject({
      code: 'chart_invalid',
      message: 'helm says: Error: chart/templates/x.yaml:3: no such function',
    });
  });

  it('that is not there is named with its setting', async () => {
    await expect(render('/nowhere/helm')).rejects.toMatchObject({
      status: 503,
      code: 'helm_unavailable',
      message: 'helm could not be run: QUARTERDECK_HELM names /nowhere/helm (ENOENT).',
    });
  });

  it('is ended when whoever asked is gone, and does not run more often than it may at once', async () => {
    const file = path.join(folder, 'waiting');
    const program = await standIn(`${tells(file)} setInterval(() => {}, 1000);`);
    const helm = createHelm(program, { ...helmLimits, atOnce: 1 });
    const leaving = new AbortController();
    const first = helm.render(files, '', leaving.signal);
    const refused = expect(first).rejects.toThrow('abort');
    await expect.poll(() => isThere(file)).toBe(true);
    await expect(helm.render(files, '')).rejects.toMatchObject({ status: 429, retryAfterSeconds: 20 });
    leaving.abort();
    await refused;
    await expectGone(file);
    await expect(helm.render(files, '', AbortSignal.abort())).rejects.toThrow('abort');
  });
});
