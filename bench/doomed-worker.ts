import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { productEnvironment } from '../tools/run/product.mjs';

export type DoomedOptions = {
  databaseUrl: string;
  keyring: string;
  addressAllow: string[];
  /** Half of it, rounded down, is the number of the effect; odd ones end after it, even ones before. Never: -1. */
  point: number;
  /** New runs that must have come to the point. */
  runs: number;
};
export type ToDoomed = 'start';
export type FromDoomed = { ready: true } | { killedAt: number; releaseIds: string[] };

/** A worker in a process of its own that is ready to start, and then ends at its point. */
export type DoomedWorker = {
  start(): void;
  /** Resolves when it has ended at its point. @throws Error when it ended otherwise */
  ended: Promise<{ killedAt: number; releaseIds: string[] }>;
  kill(): Promise<void>;
};

export async function prepareDoomedWorker(options: DoomedOptions): Promise<DoomedWorker> {
  const file = fileURLToPath(new URL('./doomed-worker.process.ts', import.meta.url));
  const child: ChildProcess = fork(file, [JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...productEnvironment() },
  });
  const exited = once(child, 'exit');
  let told: Extract<FromDoomed, { killedAt: number }> | undefined;
  const ready = new Promise<void>((resolve, reject) => {
    child.on('message', (message: FromDoomed) => {
      if ('ready' in message) resolve();
      else told = message;
    });
    void exited.then(([code]) => reject(new Error(`the worker ended with ${code}`)));
  });
  await ready;
  const ended = exited.then(() => {
    if (told === undefined) throw new Error('the worker ended before its point');
    return told;
  });
  // Who kills it does not ask.
  ended.catch(() => {});
  return {
    start: () => void child.send('start' satisfies ToDoomed),
    ended,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
