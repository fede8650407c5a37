import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { endRun } from './run-folder.ts';

/** A program to run; kept by the supervisor, so that it can be started again as it was. */
export type ProgramSpec = {
  id: string;
  program: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  logFile: string;
};

export type ProcessStatus = {
  pid: number | undefined;
  running: boolean;
  exitCode: number | null;
  signal: NodeJS.Signals | null;
};

export type SupervisorRequest =
  | { action: 'start'; spec: ProgramSpec }
  | { action: 'restart' | 'stop' | 'status'; id: string }
  | { action: 'signal'; id: string; signal: NodeJS.Signals };

/** The hold on the processes of a fleet, from the process that started it or from another one. */
export interface Supervisor {
  socket: string;
  start(spec: ProgramSpec): Promise<ProcessStatus>;
  restart(id: string): Promise<ProcessStatus>;
  /** Ends it with SIGKILL and waits until it is gone. */
  stop(id: string): Promise<ProcessStatus>;
  signal(id: string, signal: NodeJS.Signals): Promise<void>;
  status(id: string): Promise<ProcessStatus>;
}

/** Speaks with a running supervisor. */
export function connectSupervisor(socket: string): Supervisor {
  const ask = <T>(request: SupervisorRequest) => post(socket, request) as Promise<T>;
  return {
    socket,
    start: (spec) => ask({ action: 'start', spec }),
    restart: (id) => ask({ action: 'restart', id }),
    stop: (id) => ask({ action: 'stop', id }),
    status: (id) => ask({ action: 'status', id }),
    signal: async (id, signal) => {
      await ask({ action: 'signal', id, signal });
    },
  };
}

/** Starts a supervisor that lives as long as this process, at most. */
export async function startSupervisor(
  runFolder: string,
  dataFolder: string,
): Promise<Supervisor & { close(): Promise<void> }> {
  const socket = join(dataFolder, 'supervisor.sock');
  const errors = openSync(join(dataFolder, 'supervisor.log'), 'a');
  // A session of its own: Ctrl-C in the terminal must reach the test run only, which then lets go of the pipe.
  const script = fileURLToPath(new URL('./supervisor.ts', import.meta.url));
  const child = spawn(process.execPath, [script, runFolder, socket], {
    cwd: dataFolder,
    detached: true,
    // Options meant for the test runner, such as a debugger's port, would break or slow a second process.
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['pipe', 'pipe', errors],
  });
  const { stdin, stdout } = child;
  if (!stdin || !stdout) throw new Error('the supervisor has no pipes');
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the supervisor ended with ${code}`)));
    stdout.once('data', () => resolve());
  });
  child.unref();
  stdout.destroy();
  (stdin as typeof stdin & { unref(): void }).unref();

  return {
    ...connectSupervisor(socket),
    async close() {
      child.ref();
      stdin.end();
      await ended;
      // Usually gone already; not so when somebody killed the supervisor itself.
      await endRun(runFolder);
    },
  };
}

async function post(socketPath: string, body: SupervisorRequest): Promise<unknown> {
  const answer = await new Promise<{ result?: unknown; error?: string }>((resolve, reject) => {
    const request = httpRequest({ socketPath, method: 'POST', path: '/', agent: false }, (response) =>
      json(response).then((parsed) => resolve(parsed as { result?: unknown; error?: string }), reject),
    );
    request.on('error', reject);
    request.end(JSON.stringify(body));
  });
  if (answer.error) throw new Error(answer.error);
  return answer.result;
}
