import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../../../tools/testbed/build.mjs';
import { identifyProcess, isSameProcess, killProcess, type ProcessIdentity } from './process-identity.ts';
import { waitFor } from './wait-for.ts';

/** What one start of a fleet leaves behind when nobody cleans up. */
export type RunState = { runner: ProcessIdentity; dataFolder: string; processes: ProcessIdentity[] };

const runs = () => join(cacheFolder(), 'testbed-runs');

/** Makes the folder that tells later runs what to clean up. It names its runner, so that it never looks ownerless. */
export function createRunFolder(dataFolder: string): string {
  const runner = identifyProcess(process.pid);
  if (!runner) throw new Error('cannot tell the start time of this process');
  const folder = join(runs(), `${runner.pid}-${runner.startedAt}-${randomBytes(4).toString('hex')}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeState(folder, { runner, dataFolder, processes: [] });
  return folder;
}

export function readState(folder: string): RunState | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

export function writeState(folder: string, state: RunState): void {
  const draft = join(folder, `state.${process.pid}.draft`);
  writeFileSync(draft, JSON.stringify(state, undefined, 2), { mode: 0o600 });
  renameSync(draft, join(folder, 'state.json'));
}

/** Ends what the run recorded and removes its data. */
export async function endRun(folder: string): Promise<void> {
  const state = readState(folder);
  for (const identity of state?.processes ?? []) killProcess(identity);
  await waitFor('recorded processes to end', () => !state?.processes.some(isSameProcess));
  if (state) rmSync(state.dataFolder, { recursive: true, force: true, maxRetries: 3 });
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Ends what runs left behind whose test run is gone. */
export async function endDeadRuns(): Promise<void> {
  for (const name of listRuns()) {
    const [pid, ...started] = name.split('-').slice(0, -1);
    if (identifyProcess(Number(pid))?.startedAt === started.join('-')) continue;
    // What cannot be ended now, such as another user's, must not keep this run from starting.
    await endRun(join(runs(), name)).catch(() => {});
  }
}

function listRuns(): string[] {
  try {
    return readdirSync(runs());
  } catch {
    return [];
  }
}
