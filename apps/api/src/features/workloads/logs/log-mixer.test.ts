import { systemClock } from '@quarterdeck/kubernetes';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../platform/errors.ts';
import type { ContainerLog, ContainerPart } from './container-log.ts';
import { createLogMixer, type MixedPart, type MixerOptions, type SourceState } from './log-mixer.ts';
import { randomOf } from './scripted-container.fixture.ts';

const stampOf = (ms: number) => new Date(1_800_000_000_000 + ms).toISOString().replace('Z', '000000');
const options: MixerOptions = {
  clock: systemClock,
  bounds: { windowMs: 5, lines: 200, characters: 100_000 },
  history: { lines: 5000, characters: 1_000_000 },
  historyMs: 60_000,
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

function logOf(history: readonly string[], follow: () => AsyncGenerator<ContainerPart>): ContainerLog {
  return {
    history: async () => ({
      lines: history.map((text, index) => ({ stamp: stampOf(index), text })),
      cut: false,
      state: { kind: 'running', instance: 0 },
    }),
    follow,
  };
}
const lines = (texts: readonly string[], ms = 0) => ({ lines: texts.map((text) => ({ stamp: stampOf(ms), text })) });

async function collect(parts: AsyncIterable<MixedPart>, each: (part: MixedPart) => unknown = () => {}) {
  const all: MixedPart[] = [];
  for await (const part of parts) {
    all.push(part);
    await each(part);
  }
  return all;
}
const textsOf = (parts: readonly MixedPart[], source?: number) =>
  parts.flatMap((part) =>
    part.kind === 'lines'
      ? part.lines.filter((line) => source === undefined || line.source === source).map(({ text }) => text)
      : [],
  );

describe('a mix of logs', () => {
  it('holds every line of every source once and in its order, however late each is', async () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const random = randomOf(seed);
      const mixer = createLogMixer(options, new AbortController().signal);
      const written = Array.from({ length: 6 }, (_, source) =>
        Array.from({ length: 20 }, (_line, index) => `${source}/${index}`),
      );
      for (const [source, all] of written.entries()) {
        const before = Math.floor(random() * 10);
        const log = logOf(all.slice(0, before), async function* () {
          for (let at = before; at < all.length; at += 2) {
            for (let wait = random() * 5; wait > 0; wait -= 1) await turn();
            yield lines(all.slice(at, at + 2), at * 10 + Math.floor(random() * 40));
          }
        });
        mixer.add(source, log, { onState() {} });
      }
      mixer.close();
      const parts = await collect(mixer.parts());
      for (const [source, all] of written.entries()) expect(textsOf(parts, source), `seed ${seed}`).toEqual(all);
    }
  });

  it('begins with what was written before, merged by time, and says when that is cut', async () => {
    const mixer = createLogMixer({ ...options, history: { lines: 3, characters: 1000 } }, new AbortController().signal);
    async function* nothing() {}
    mixer.add(1, logOf(['a0', 'a1'], nothing), { onState() {} });
    mixer.add(2, logOf(['b0', 'b1'], nothing), { onState() {} });
    mixer.close();
    const parts = await collect(mixer.parts());
    expect(parts.map(({ kind }) => kind).filter((kind) => kind !== 'changed')).toEqual(['note', 'lines']);
    expect(textsOf(parts)).toEqual(['b0', 'a1', 'b1']);
  });

  it('goes on without a source that does not answer, and names the one that fails', async () => {
    const leaving = new AbortController();
    const mixer = createLogMixer({ ...options, historyMs: 20 }, leaving.signal);
    const states: [number, SourceState, string | undefined][] = [];
    const told = (source: number) => (state: SourceState, why?: AppError) =>
      void states.push([source, state, why?.message]);
    const never = logOf([], async function* () {});
    mixer.add(1, { ...never, history: () => new Promise(() => {}) }, { onState: told(1) });
    const failing = { ...never, history: () => Promise.reject(new AppError('cluster_forbidden', 403, 'Not yours.')) };
    mixer.add(2, failing, { onState: told(2) });
    const log = logOf(['before'], async function* () {
      yield lines(['after']);
    });
    mixer.add(3, log, { onState: told(3) });
    const parts = await collect(mixer.parts(), (part) => {
      if (part.kind === 'lines' && part.lines.some(({ text }) => text === 'after')) leaving.abort();
    });
    expect(textsOf(parts)).toEqual(['before', 'after']);
    expect(states).toContainEqual([2, 'failed', 'Not yours.']);
    expect(states.some(([source]) => source === 1)).toBe(false);
  });

  it('tells a word of a source between the lines it stands between', async () => {
    const mixer = createLogMixer(options, new AbortController().signal);
    const log = logOf([], async function* () {
      yield lines(['last'], 10);
      yield { note: { kind: 'restarted', text: 'The container restarted.' } };
      yield lines(['first'], 20);
    });
    mixer.add(1, log, { onState() {} });
    mixer.close();
    const parts = (await collect(mixer.parts())).filter(({ kind }) => kind !== 'changed');
    expect(parts).toMatchObject([
      { kind: 'lines', lines: [{ text: 'last' }] },
      { kind: 'note', note: { kind: 'restarted' }, source: 1 },
      { kind: 'lines', lines: [{ text: 'first' }] },
    ]);
  });

  it('leaves lines out for a reader that is behind, and tells how many', async () => {
    const total = 3000;
    let isWritten = false;
    const mixer = createLogMixer({ ...options, behindMs: 1 }, new AbortController().signal);
    const log = logOf(['before'], async function* () {
      for (let at = 0; at < total; at += 10)
        yield lines(
          Array.from({ length: 10 }, (_, index) => String(at + index)),
          at,
        );
      isWritten = true;
    });
    mixer.add(1, log, { onState() {} });
    mixer.close();
    const parts = await collect(mixer.parts(), async (part) => {
      // The reader holds the first lines until everything was written.
      if (part.kind === 'lines' && part.lines[0]?.text === 'before')
        await expect.poll(() => isWritten, { timeout: 60_000 }).toBe(true);
    });
    const gaps = parts.flatMap((part) => (part.kind === 'note' && part.note.kind === 'gap' ? (part.count ?? 0) : []));
    const given = textsOf(parts).slice(1);
    expect(gaps.length).toBeGreaterThan(0);
    expect(gaps.reduce((sum, count) => sum + count, 0) + given.length).toBe(total);
    expect(given).toEqual(given.toSorted((a, b) => Number(a) - Number(b)));
    expect(given.at(-1)).toBe(String(total - 1));
  });

  it('leaves nothing out for a reader that keeps up, however much comes at once', async () => {
    const mixer = createLogMixer({ ...options, behindMs: 1 }, new AbortController().signal);
    const all = Array.from({ length: 3000 }, (_, index) => String(index));
    const log = logOf([], async function* () {
      for (let at = 0; at < all.length; at += 100) yield lines(all.slice(at, at + 100), at);
    });
    mixer.add(1, log, { onState() {} });
    mixer.close();
    expect(textsOf(await collect(mixer.parts()))).toEqual(all);
  });
});
