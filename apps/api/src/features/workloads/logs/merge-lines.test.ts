import { describe, expect, it } from 'vitest';
import { createLogMerge, mergeHistory, type SourceEntry } from './merge-lines.ts';
import { randomOf } from './scripted-container.fixture.ts';

const stampOf = (ms: number) => new Date(1_800_000_000_000 + ms).toISOString().replace('Z', '000000');
const line = (ms: number, text = String(ms)) => ({ stamp: stampOf(ms), text });
const bounds = { windowMs: 300, lines: 1000, characters: 100_000 };
const texts = (entries: readonly SourceEntry[]) => entries.map(({ text }) => text);

describe('lines of several sources', () => {
  it('are held for a window, and come in the order of their times', () => {
    const merge = createLogMerge(bounds);
    merge.add(1, [line(100, 'a1'), line(300, 'a3')], 0);
    merge.add(2, [line(200, 'b2')], 250);
    expect(merge.take(299)).toEqual([]);
    expect(merge.dueAt()).toBe(300);
    // What belongs before the line that is due goes along, although it came later.
    expect(texts(merge.take(300))).toEqual(['a1', 'b2', 'a3']);
    expect(merge.dueAt()).toBeUndefined();
  });

  it('that come after their window come after', () => {
    const merge = createLogMerge(bounds);
    merge.add(1, [line(300, 'a')], 0);
    expect(texts(merge.take(300))).toEqual(['a']);
    merge.add(2, [line(100, 'late')], 400);
    expect(texts(merge.take(700))).toEqual(['late']);
  });

  it('are neither lost nor given twice, and stay in the order of their source, whatever comes late', () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = randomOf(seed);
      const merge = createLogMerge({ ...bounds, lines: 20 + Math.floor(random() * 100) });
      const written = new Map<number, string[]>();
      const given: SourceEntry[] = [];
      let now = 0;
      for (let step = 0; step < 120; step += 1) {
        now += Math.floor(random() * 120);
        const source = 1 + Math.floor(random() * 5);
        const texts = written.get(source) ?? [];
        // Late by up to two seconds, stamps repeated, clocks set back, lines without a stamp.
        const lines = Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
          texts.push(`${source}/${texts.length}`);
          const stamp = random() < 0.1 ? '' : stampOf(Math.floor((now - random() * 2000) / 50) * 50);
          return { stamp, text: texts.at(-1) ?? '' };
        });
        written.set(source, texts);
        merge.add(source, lines, now);
        if (random() < 0.5) given.push(...merge.take(now));
      }
      given.push(...merge.take(Number.POSITIVE_INFINITY));
      for (const [source, lines] of written)
        expect(texts(given.filter((entry) => entry.source === source)), `seed ${seed}`).toEqual(lines);
    }
  });

  it('of sources that are in time come in one order over all of them', () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const random = randomOf(seed);
      const merge = createLogMerge(bounds);
      const arrivals = Array.from({ length: 200 }, (_, index) => {
        const at = index * 20;
        return { source: 1 + Math.floor(random() * 4), at, arrivesAt: at + Math.floor(random() * 290) };
      });
      // A source gives its lines in order.
      for (const [index, one] of arrivals.entries())
        for (const later of arrivals.slice(index + 1))
          if (later.source === one.source) later.arrivesAt = Math.max(later.arrivesAt, one.arrivesAt);
      const given: SourceEntry[] = [];
      for (const { source, at, arrivesAt } of arrivals.toSorted((a, b) => a.arrivesAt - b.arrivesAt)) {
        given.push(...merge.take(arrivesAt));
        merge.add(source, [line(at)], arrivesAt);
      }
      given.push(...merge.take(Number.POSITIVE_INFINITY));
      expect(texts(given), `seed ${seed}`).toEqual(arrivals.map(({ at }) => String(at)));
    }
  });

  it('are left out, the oldest first, when there is no room; words in between stay', () => {
    const merge = createLogMerge({ ...bounds, lines: 4 });
    merge.add(1, [{ ...line(0, 'word'), note: { kind: 'restarted', text: 'word' } }], 0);
    merge.add(1, [line(1), line(2), line(3), line(4)], 0);
    expect(merge.isFull).toBe(true);
    expect(merge.drop()).toBe(1);
    expect(texts(merge.take(0))).toEqual(['word', '2', '3', '4']);
  });
});

describe('what was written before', () => {
  const histories = [
    { source: 1, lines: [line(1, 'a1'), { stamp: '', text: 'a1 goes on' }, line(3, 'a3')] },
    { source: 2, lines: [line(1, 'b1'), line(2, 'b2')] },
  ];

  it('is in the order of time; what has none stays behind the line before it', () => {
    const { lines, cut } = mergeHistory(histories, { lines: 100, characters: 1000 });
    expect(texts(lines)).toEqual(['a1', 'a1 goes on', 'b1', 'b2', 'a3']);
    expect(cut).toBe(false);
  });

  it('is the newest of it, by lines and by characters', () => {
    expect(texts(mergeHistory(histories, { lines: 2, characters: 1000 }).lines)).toEqual(['b2', 'a3']);
    expect(mergeHistory(histories, { lines: 100, characters: 5 })).toMatchObject({ lines: [{}, {}], cut: true });
  });
});
