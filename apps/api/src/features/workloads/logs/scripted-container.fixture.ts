import { AppError } from '../../../platform/errors.ts';
import type { ContainerPort, LogAsk } from './container-log.ts';
import type { Pod } from './pod-containers.ts';

/** 0 up to 1, the same for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed * 2_654_435_761;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * A container that restarts, behind a cluster that cuts followed logs in the middle of a line, ends them for no reason,
 * or leaves them open without a word after a rotation. Stamps repeat. Everything follows from the seed.
 */
export function scriptedContainer(seed: number) {
  const random = randomOf(seed);
  const upTo = (most: number) => Math.floor(random() * most);
  let clock = Date.parse('2026-11-26T10:00:00Z');
  let nanos = 0;
  const instances = Array.from({ length: 1 + upTo(3) }, (_, instance) =>
    Array.from({ length: 1 + upTo(30) }, (_line, number) => {
      // Equal stamps, the same second, or later.
      const step = upTo(4);
      if (step === 1) nanos += 1;
      if (step > 1) [clock, nanos] = [clock + step * 400, 0];
      const at = new Date(clock).toISOString().replace('Z', `${String(nanos).padStart(6, '0')}Z`);
      return { at, text: `${instance}/${number} ä` };
    }),
  );
  let current = 0;
  let written = 0;
  let isOver = false;
  const seen = { opened: 0, cut: 0, stalled: 0, restartedUnseen: 0 };

  const lines = () => instances[current] ?? [];
  const textOf = (from: readonly { at: string; text: string }[]) =>
    from.map(({ at, text }) => `${at} ${text}\n`).join('');

  function write(count: number): void {
    written = Math.min(lines().length, written + count);
  }

  /** The container ends; whether another instance comes. */
  function finish(): void {
    write(Number.POSITIVE_INFINITY);
    if (current + 1 < instances.length) [current, written] = [current + 1, 0];
    else isOver = true;
  }

  function asked({ previous, sinceTime, tailLines }: LogAsk) {
    const all = previous === true ? (instances[current - 1] ?? []) : lines().slice(0, written);
    const since = all.filter(({ at }) => sinceTime === undefined || at.slice(0, 19) >= sinceTime.slice(0, 19));
    return tailLines === undefined ? since : since.slice(-tailLines);
  }

  async function* stream(ask: LogAsk, closed: Promise<void>): AsyncGenerator<Uint8Array, void, undefined> {
    const bytes = (text: string) => new TextEncoder().encode(text);
    function* sliced(text: string): Generator<Uint8Array> {
      const all = bytes(text);
      for (let start = 0; start < all.length; ) {
        const end = start + 1 + upTo(40);
        yield all.subarray(start, end);
        start = end;
      }
    }
    yield* sliced(textOf(asked(ask)));
    for (;;) {
      const event = random();
      const before = written;
      const fresh = lines().slice(before, before + 1 + upTo(4));
      if (event < 0.15) {
        seen.cut += 1;
        yield bytes(
          textOf(fresh)
            .slice(0, upTo(60))
            .replace(/\n[^\n]*$/, '\n'),
        );
        write(fresh.length + upTo(3));
        if (random() < 0.3 && current + 1 < instances.length) {
          seen.restartedUnseen += 1;
          finish();
        }
        throw new AppError('cluster_unreachable', 503, 'cut');
      }
      if (event < 0.25 && fresh.length > 0) {
        seen.stalled += 1;
        write(fresh.length);
        await closed;
        return;
      }
      if (event < 0.32) return;
      if (fresh.length === 0) {
        finish();
        return;
      }
      write(fresh.length);
      yield* sliced(textOf(fresh));
    }
  }

  const port: ContainerPort = {
    async look(): Promise<Pod> {
      const state = isOver ? { terminated: { exitCode: 0 } } : { running: {} };
      return {
        spec: { containers: [{ name: 'app' }], restartPolicy: isOver ? 'Never' : 'Always' },
        status: { phase: 'Running', containerStatuses: [{ name: 'app', restartCount: current, state }] },
      };
    },
    changed: async () => {},
    read: async (ask) => textOf(asked(ask)),
    async open(ask) {
      seen.opened += 1;
      let close = () => {};
      const closed = new Promise<void>((resolve) => {
        close = resolve;
      });
      return { chunks: stream(ask, closed), close };
    },
  };
  return { port, seen, all: instances.flat().map(({ text }) => text), writeSome: () => write(upTo(20)) };
}
