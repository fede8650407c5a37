import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProgramSpec, Supervisor } from './supervisor-client.ts';
import { waitFor } from './wait-for.ts';

/** What every part of a fleet needs to start. */
export type Setup = {
  supervisor: Supervisor;
  dataFolder: string;
  stagesFolder: string;
  /** Describes one of the built programs to the supervisor. */
  program(id: string, name: string, args: string[]): ProgramSpec;
};

export function createSetup(supervisor: Supervisor, dataFolder: string, bin: string, stagesFolder: string): Setup {
  return {
    supervisor,
    dataFolder,
    stagesFolder,
    program: (id, name, args) => ({
      id,
      program: join(bin, name),
      args,
      cwd: dataFolder,
      // Nothing of the developer's own Kubernetes or KWOK settings, nor a proxy between two loopback ports.
      env: { HOME: dataFolder, TMPDIR: dataFolder, PATH: process.env.PATH ?? '' },
      logFile: join(dataFolder, `${id.replaceAll('/', '-')}.log`),
    }),
  };
}

/** Waits for a condition that a program should bring about; fails at once, with the end of its log, when it ends. */
export async function waitForProgram(
  { supervisor, dataFolder }: Pick<Setup, 'supervisor' | 'dataFolder'>,
  id: string,
  what: string,
  probe: () => Promise<unknown>,
): Promise<void> {
  let ended = false;
  try {
    await waitFor(
      what,
      async () => {
        ended = !(await supervisor.status(id)).running;
        return ended || (await probe());
      },
      { timeoutMs: 180_000 },
    );
  } catch (error) {
    throw new Error(`${id} did not get ready: ${await logEnd(dataFolder, id)}`, { cause: error });
  }
  if (ended) throw new Error(`${id} ended: ${await logEnd(dataFolder, id)}`);
}

async function logEnd(dataFolder: string, id: string): Promise<string> {
  const text = await readFile(join(dataFolder, `${id.replaceAll('/', '-')}.log`), 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-8).join('\n');
}
