import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { identifyProcess, isSameProcess } from './process-identity.ts';
import { createRunFolder, endDeadRuns, readState, writeState } from './run-folder.ts';

let folder: string;
const children: ReturnType<typeof spawn>[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quarterdeck-run-folder-'));
  vi.stubEnv('QUARTERDECK_CACHE_DIR', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function startIdleProcess() {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  children.push(child);
  return identifyProcess(child.pid!)!;
}

/** A run with one process, recorded as `recorded`; its runner is gone when `dead`. */
function recordRun(recorded: Parameters<typeof isSameProcess>[0], dead: boolean) {
  const dataFolder = join(folder, 'data');
  mkdirSync(dataFolder);
  const run = createRunFolder(dataFolder);
  writeState(run, { ...readState(run)!, processes: [recorded] });
  if (!dead) return { run, dataFolder };
  const [pid] = basename(run).split('-');
  const ownerless = join(dirname(run), `${pid}-earlier-boot-1`);
  renameSync(run, ownerless);
  return { run: ownerless, dataFolder };
}

test('what a dead run recorded is ended and its data removed', async () => {
  const leftover = startIdleProcess();
  const { run, dataFolder } = recordRun(leftover, true);
  await endDeadRuns();
  expect(isSameProcess(leftover)).toBe(false);
  expect(existsSync(run) || existsSync(dataFolder)).toBe(false);
});

test('a stranger that got the number of a dead process is left alone', async () => {
  const stranger = startIdleProcess();
  const { run } = recordRun({ ...stranger, startedAt: 'earlier-boot' }, true);
  await endDeadRuns();
  expect(isSameProcess(stranger)).toBe(true);
  expect(existsSync(run)).toBe(false);
});

test('a run whose test run lives is left alone', async () => {
  const inUse = startIdleProcess();
  const { run, dataFolder } = recordRun(inUse, false);
  await endDeadRuns();
  expect(isSameProcess(inUse)).toBe(true);
  expect(existsSync(run) && existsSync(dataFolder)).toBe(true);
});
