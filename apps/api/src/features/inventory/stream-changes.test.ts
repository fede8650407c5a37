import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { KindKey } from './object-rows.ts';
import type { StreamChange } from './stream-batch.ts';
import { createStreamChanges } from './stream-changes.ts';

const at = (resourceVersion: string) => ({ resourceVersion, projection: '1' });

/** Writes that end when told, one after another. */
function createWrites() {
  const written: Record<KindKey, StreamChange>[] = [];
  const ends: (() => void)[] = [];
  let last: Promise<void> = Promise.resolve();
  const changes = createStreamChanges({
    write: (take) => {
      last = last.then(async () => {
        written.push(Object.fromEntries(take()));
        await new Promise<void>((resolve) => ends.push(resolve));
      });
      return last;
    },
  });
  const settle = () => vi.advanceTimersByTimeAsync(0);
  return {
    changes,
    written,
    settle,
    async end() {
      ends.shift()?.();
      await settle();
    },
  };
}

describe('what is new of many watches', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is written together while another write is under way', async () => {
    const { changes, written, settle, end } = createWrites();
    const stored: string[] = [];
    const put = (key: string, change: StreamChange) => void changes.put(key, change).then(() => stored.push(key));
    put('pods', { state: 'syncing' });
    await settle();
    put('jobs', { state: 'syncing' });
    put('nodes', { position: at('7'), skipped: 0 });
    put('jobs', { error: 'why' });
    await end();
    expect(stored).toEqual(['pods']);
    expect(written).toEqual([
      { pods: { state: 'syncing' } },
      { jobs: { state: 'syncing', error: 'why' }, nodes: { position: at('7'), skipped: 0 } },
    ]);
    await end();
    expect(stored.toSorted()).toEqual(['jobs', 'jobs', 'nodes', 'pods']);
  });

  it('waits half a minute where nothing hangs on it, or goes with the next change', async () => {
    const { changes, written, settle, end } = createWrites();
    changes.putLater('pods', at('7'));
    await vi.advanceTimersByTimeAsync(20_000);
    changes.putLater('nodes', at('8'));
    changes.putLater('pods', at('9'));
    expect(written).toEqual([]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(written).toEqual([{ pods: { position: at('9') }, nodes: { position: at('8') } }]);
    await end();
    changes.putLater('pods', at('10'));
    void changes.put('jobs', { state: 'streaming' });
    await settle();
    expect(written[1]).toEqual({ pods: { position: at('10') }, jobs: { state: 'streaming' } });
    await end();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(written).toHaveLength(2);
  });

  it('never moves a position back', async () => {
    const { changes, written, settle } = createWrites();
    changes.putLater('pods', at('7'));
    changes.putLater('nodes', at('7'));
    changes.overtake('nodes');
    void changes.put('pods', { position: at('8') });
    await settle();
    expect(written).toEqual([{ pods: { position: at('8') } }]);
  });

  it('is stored at the end, and nothing is written where nothing waits', async () => {
    const { changes, written, settle } = createWrites();
    await changes.flush();
    changes.putLater('pods', at('7'));
    void changes.flush();
    await settle();
    expect(written).toEqual([{ pods: { position: at('7') } }]);
  });
});
