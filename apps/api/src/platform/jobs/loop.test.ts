import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../telemetry/logger.ts';
import { startLoop } from './loop.ts';

const logger = createLogger({
  level: 'silent',
  destination: new Writable({ write: (_chunk, _encoding, done) => done() }),
});

describe('a loop', () => {
  it('runs at once, again when woken, and not after it stopped', async () => {
    let runs = 0;
    const loop = startLoop({
      name: 'test',
      everyMs: 60_000,
      logger,
      run: async () => {
        runs += 1;
      },
    });
    await expect.poll(() => runs).toBe(1);
    loop.wake();
    await expect.poll(() => runs).toBe(2);
    await loop.stop();
    loop.wake();
    expect(runs).toBe(2);
  });

  it('goes on after a turn that threw', async () => {
    let runs = 0;
    const loop = startLoop({
      name: 'test',
      everyMs: 5,
      logger,
      run: async () => {
        runs += 1;
        if (runs === 1) throw new Error('once');
      },
    });
    await expect.poll(() => runs).toBeGreaterThan(2);
    await loop.stop();
  });

  it('does a wake-up that came during a run', async () => {
    const seen: number[] = [];
    let release = () => {};
    const loop = startLoop({
      name: 'test',
      everyMs: 60_000,
      logger,
      run: async () => {
        seen.push(seen.length);
        if (seen.length > 1) return;
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      },
    });
    await expect.poll(() => seen).toHaveLength(1);
    loop.wake();
    release();
    await expect.poll(() => seen).toHaveLength(2);
    await loop.stop();
  });
});
