// A process of its own between a test run and the control planes it uses. The run holds the other end of its
// standard input; when that closes, however the run ended, everything here ends too. It listens on a Unix
// socket in the data folder, so that test files in further processes can stop and start API servers.
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { identifyProcess } from './process-identity.ts';
import { endRun, readState, writeState } from './run-folder.ts';
import type { ProcessStatus, ProgramSpec, SupervisorRequest } from './supervisor-client.ts';

type Supervised = { spec: ProgramSpec; child: ChildProcess; ended: Promise<void> };

const [runFolder = '', socket = ''] = process.argv.slice(2);
const supervised = new Map<string, Supervised>();
let closing = false;

function start(spec: ProgramSpec): ProcessStatus {
  if (closing) throw new Error('the supervisor is ending');
  const running = supervised.get(spec.id);
  if (running && isRunning(running.child)) throw new Error(`${spec.id} is running already`);
  const log = openSync(spec.logFile, 'a');
  const child = spawn(spec.program, spec.args, { cwd: spec.cwd, env: spec.env, stdio: ['ignore', log, log] });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  supervised.set(spec.id, { spec, child, ended });
  if (child.pid) record(child.pid);
  return status(spec.id);
}

function record(pid: number): void {
  const identity = identifyProcess(pid);
  const state = readState(runFolder);
  if (identity && state) writeState(runFolder, { ...state, processes: [...state.processes, identity] });
}

async function stop(id: string): Promise<ProcessStatus> {
  const { child, ended } = find(id);
  if (isRunning(child)) child.kill('SIGKILL');
  await ended;
  return status(id);
}

function status(id: string): ProcessStatus {
  const { child } = find(id);
  return { pid: child.pid, running: isRunning(child), exitCode: child.exitCode, signal: child.signalCode };
}

function find(id: string): Supervised {
  const found = supervised.get(id);
  if (!found) throw new Error(`no process ${id}`);
  return found;
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function handle(request: SupervisorRequest): Promise<unknown> {
  switch (request.action) {
    case 'start':
      return start(request.spec);
    case 'restart':
      return start(find(request.id).spec);
    case 'stop':
      return await stop(request.id);
    case 'signal':
      return find(request.id).child.kill(request.signal);
    case 'status':
      return status(request.id);
  }
}

async function close(): Promise<void> {
  if (closing) return;
  closing = true;
  await Promise.all([...supervised.keys()].map(stop));
  const state = readState(runFolder);
  if (state) {
    writeState(runFolder, { ...state, processes: state.processes.filter(({ pid }) => pid !== process.pid) });
    await endRun(runFolder);
  }
  process.exit(0);
}

const server = createServer(async (incoming: IncomingMessage, answer) => {
  try {
    answer.end(JSON.stringify({ result: await handle((await json(incoming)) as SupervisorRequest) }));
  } catch (error) {
    answer.statusCode = 500;
    answer.end(JSON.stringify({ error: String(error) }));
  }
});

process.stdin.resume();
process.stdin.once('close', close);
process.stdin.once('error', close);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, close);
record(process.pid);
server.listen(socket, () => process.stdout.write('ready\n'));
