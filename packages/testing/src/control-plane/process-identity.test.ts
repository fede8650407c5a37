import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { identifyProcess, isSameProcess, killProcess } from './process-identity.ts';

const children: ReturnType<typeof spawn>[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function startIdleProcess() {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  children.push(child);
  return { child, identity: identifyProcess(child.pid!)! };
}

test('a process is recognised while it lives and not afterwards', async () => {
  const { child, identity } = startIdleProcess();
  expect(isSameProcess(identity)).toBe(true);

  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isSameProcess(identity)).toBe(false);
});

test('exactly the recorded process is ended', async () => {
  const { child, identity } = startIdleProcess();
  killProcess(identity);
  await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
});

test('a process that merely reuses the number is left alone', () => {
  const { child, identity } = startIdleProcess();
  killProcess({ ...identity, startedAt: 'another-1' });
  killProcess({ ...identity, executable: '/usr/bin/other' });
  expect(isSameProcess(identity)).toBe(true);
  expect(child.killed).toBe(false);
});
