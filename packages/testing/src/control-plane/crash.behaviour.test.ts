import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type FleetData, waitFor, whyUnavailable } from '../index.ts';
import { isSameProcess, killProcess } from './process-identity.ts';
import { endDeadRuns, readState } from './run-folder.ts';

const program = `
  const { startControlPlanes } = await import(${JSON.stringify(new URL('../index.ts', import.meta.url).href)});
  const fleet = await startControlPlanes({ count: 1, nodes: 1 });
  console.log(JSON.stringify(fleet.data));
  setInterval(() => {}, 1000);
`;

describe.skipIf(await whyUnavailable())('a test run that ends without cleaning up', () => {
  let runner: ChildProcess | undefined;
  afterEach(() => runner?.kill('SIGKILL'));

  async function startRunner() {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    runner = child;
    const [line] = await once(child.stdout, 'data');
    const { runFolder, socket } = JSON.parse(String(line)) as FleetData;
    return { child, runFolder, dataFolder: dirname(socket), processes: readState(runFolder)?.processes ?? [] };
  }

  test('takes its processes and data with it when it is killed', async () => {
    const { child, runFolder, dataFolder, processes } = await startRunner();
    const names = processes.map(({ executable }) => executable.split('/').at(-1)).sort();
    expect(names).toEqual(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok', 'node']);
    expect(processes.every(isSameProcess)).toBe(true);

    child.kill('SIGKILL');
    await waitFor('all processes to end', () => !processes.some(isSameProcess));
    await waitFor('the data to be removed', () => !existsSync(dataFolder) && !existsSync(runFolder));
  });

  test('is cleaned up by the next run when the supervisor was killed as well', async () => {
    const { child, runFolder, dataFolder, processes } = await startRunner();
    const [supervisor, ...others] = processes;
    if (supervisor) killProcess(supervisor);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(others.every(isSameProcess)).toBe(true);

    await endDeadRuns();
    expect(others.some(isSameProcess)).toBe(false);
    expect(existsSync(dataFolder) || existsSync(runFolder)).toBe(false);
  });
});
