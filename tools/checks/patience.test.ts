import { describe, expect, it } from 'vitest';
import { projectFiles, readProjectFile } from './sources.ts';

const minuteMs = 60_000;
/** A test of the wait itself. */
const meant = new Set(['packages/testing/src/control-plane/wait-for.test.ts']);

/** What stands between the bracket at `start` and the one that closes it. */
function argumentsAt(source: string, start: number): string {
  let depth = 0;
  for (let at = start; at < source.length; at += 1) {
    if ('([{'.includes(source[at] ?? '')) depth += 1;
    if (')]}'.includes(source[at] ?? '')) depth -= 1;
    if (depth === 0) return source.slice(start + 1, at);
  }
  return '';
}

/** Waits for a condition that give up before a minute is over, in words. */
function hasty(source: string): string[] {
  return [...source.matchAll(/(expect\s*\.poll|\bvi\.wait(?:For|Until)|(?<![.\w])waitFor)\(/g)].flatMap((call) => {
    const given = argumentsAt(source, call.index + call[0].length - 1);
    // Its own options come last; what the condition asks with has limits of its own.
    const options = /\{[^{}]*\}\s*,?\s*$/.exec(given)?.[0] ?? '';
    const bound = /\btimeout(?:Ms)?: ?([\d_]+)/.exec(options)?.[1]?.replaceAll('_', '');
    const place = `line ${source.slice(0, call.index).split('\n').length}`;
    if (bound !== undefined) return Number(bound) < minuteMs ? [`${place}: gives up after ${bound} ms`] : [];
    return call[0].startsWith('vi.') ? [`${place}: gives up after a second, unless told`] : [];
  });
}

describe('a wait of a test', () => {
  it('that is hasty is seen, and one that is not is left alone', () => {
    expect(hasty('expect.poll(async () => (await read()).state, { timeout: 5000 }).toBe(1)')).toHaveLength(1);
    expect(hasty("waitFor('it', () => seen, {\n  timeoutMs: 20_000,\n})")).toHaveLength(1);
    expect(hasty('vi.waitFor(() => expect(heard).toEqual([]))')).toHaveLength(1);
    const patient = ['expect.poll(state, { interval: 5 })', "waitFor('it', async () => ask({ timeoutMs: 300 }))"];
    expect(hasty([...patient, 'vi.waitFor(look, { timeout: 60_000 })'].join(';\n'))).toEqual([]);
  });

  it('lasts a minute at least: a busy machine is no fault of the product', () => {
    const files = projectFiles(/\.(test|spec|fixture)\.tsx?$/).filter(
      (file) => !file.startsWith('tools/') && !meant.has(file),
    );
    expect(files.flatMap((file) => hasty(readProjectFile(file)).map((found) => `${file} ${found}`))).toEqual([]);
  });
});
