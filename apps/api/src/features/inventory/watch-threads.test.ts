import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { WatchOrder } from './thread-messages.ts';
import { createWatchThreads } from './watch-threads.ts';

const order: WatchOrder = {
  clusterId: 'clu_1',
  slug: 'alpha',
  fence: { clusterNo: 1, epoch: '1' },
  endpoint: { server: 'https://alpha.example', credential: { kind: 'token', token: 'token-of-the-test' } },
  spreadMs: 0,
};
/** Ends a watch when told to, and answers pings. */
const well = `const { parentPort } = require('node:worker_threads');
parentPort.on('message', ({ do: what, watch }) => {
  if (what === 'ping') parentPort.postMessage({ is: 'alive' });
  if (what === 'stop') parentPort.postMessage({ is: 'ended', watch, how: 'stopped' });
  if (what === 'close') parentPort.close();
});`;
/** Takes no message any more, as one that never leaves a loop. */
const hanging = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)';

const started: Worker[] = [];
let errors: string[] = [];

function open(code: string, threads: number) {
  const logger = { error: (_about: object, message: string) => errors.push(message) } as unknown as Logger;
  const start = () => {
    const worker = new Worker(code, { eval: true });
    started.push(worker);
    return worker;
  };
  return createWatchThreads({ database: { url: 'postgresql://nowhere' }, addressAllow: [], logger, threads, start });
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  errors = [];
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(started.splice(0).map((worker) => worker.terminate()));
});

describe('threads that watch clusters', () => {
  it('are opened as clusters come, the first ahead, up to their number, and share them evenly', async () => {
    const watches = open(well, 2);
    expect(started).toHaveLength(1);
    const given = Array.from({ length: 5 }, () => watches.watch(order));
    expect(started).toHaveLength(2);
    await Promise.all(given.map((watch) => watch.stop()));
    expect(await Promise.all(given.map(({ ended }) => ended))).toEqual(Array(5).fill('stopped'));
    await watches.close();
    watches.watch(order);
    expect(started).toHaveLength(3);
  });

  it('that hang are not waited for by who stops', async () => {
    const watches = open(hanging, 1);
    const [first, second] = [watches.watch(order), watches.watch(order)];
    const stopping = first.stop();
    vi.advanceTimersByTime(4000);
    await stopping;
    expect(await Promise.all([first.ended, second.ended])).toEqual(['thread_lost', 'thread_lost']);
  });

  it('that hang are ended when they have left four pings unanswered, and their clusters with them', async () => {
    const watches = open(hanging, 1);
    const watch = watches.watch(order);
    vi.advanceTimersByTime(40_000);
    expect(errors).toEqual([]);
    vi.advanceTimersByTime(10_000);
    expect(await watch.ended).toBe('thread_lost');
    expect(errors).toEqual(['a watch thread hangs and is ended']);
  });

  it('that fail are told of, and the next cluster gets a new one', async () => {
    const watches = open("throw new Error('broken')", 1);
    expect(await watches.watch(order).ended).toBe('thread_lost');
    expect(errors).toEqual(['a watch thread failed']);
    watches.watch(order);
    expect(started).toHaveLength(2);
  });
});
