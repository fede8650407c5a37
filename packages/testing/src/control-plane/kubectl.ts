import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Said = { code: number; out: string; err: string };

/** A kubectl that goes on until it is ended. */
export type Running = { out: () => string; err: () => string; end(): Promise<void> };

/** The real kubectl with one kubeconfig, a home of its own and nothing else of this machine's settings. */
export type Kubectl = {
  folder: string;
  run(args: readonly string[], input?: string): Promise<Said>;
  start(args: readonly string[]): Running;
  /** As a person at a terminal, who types each line once they have read what comes before it. */
  atTerminal(args: readonly string[], dialogue: readonly { seen: string; typed: string }[]): Promise<string>;
  close(): Promise<void>;
};

export async function createKubectl(program: string, kubeconfig: string): Promise<Kubectl> {
  const folder = await mkdtemp(join(tmpdir(), 'quarterdeck-kubectl-'));
  await writeFile(join(folder, 'config'), kubeconfig, { mode: 0o600 });
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: folder, KUBECONFIG: join(folder, 'config'), TERM: 'dumb' };
  const running = new Set<ChildProcessWithoutNullStreams>();

  function launch(command: string, args: readonly string[]) {
    const child = spawn(command, args, { env, cwd: folder });
    running.add(child);
    const said = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said.out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said.err += text;
    });
    const ended = new Promise<number>((resolve) =>
      child.once('close', (code) => {
        running.delete(child);
        resolve(code ?? -1);
      }),
    );
    return { child, said, ended };
  }

  return {
    folder,
    run: (args, input) =>
      new Promise((resolve) => {
        const child = execFile(program, args, { env, cwd: folder, maxBuffer: 50_000_000 }, (error, out, err) =>
          resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err }),
        );
        child.stdin?.end(input ?? '');
      }),
    start(args) {
      const { child, said, ended } = launch(program, args);
      return {
        out: () => said.out,
        err: () => said.err,
        async end() {
          child.kill('SIGINT');
          await ended;
        },
      };
    },
    async atTerminal(args, dialogue) {
      const command = [program, ...args].map((word) => `'${word}'`).join(' ');
      const { child, said, ended } = launch('script', ['-qec', command, '/dev/null']);
      const left = [...dialogue];
      child.stdout.on('data', () => {
        if (left[0] !== undefined && said.out.includes(left[0].seen)) child.stdin.write(`${left.shift()?.typed}\n`);
      });
      await ended;
      return said.out;
    },
    async close() {
      for (const child of running) child.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
