import { describe, expect, it } from 'vitest';
import { createNotices } from './notices.ts';

function memory() {
  const held = new Map<string, string>();
  return {
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => void held.set(key, value),
  };
}
const done = { kind: 'success', text: 'cart production #2 is healthy', to: '/releases/2', seen: false } as const;

describe('notices', () => {
  it('outlive the page, newest first', () => {
    const storage = memory();
    const notices = createNotices(storage, 'k');
    notices.add(done);
    notices.add({ ...done, kind: 'error', text: 'cart production #3 failed', to: '/releases/3' });
    expect(
      createNotices(storage, 'k')
        .all()
        .map((notice) => notice.text),
    ).toEqual(['cart production #3 failed', 'cart production #2 is healthy']);
  });

  it('go after seven days', () => {
    const storage = memory();
    const start = Date.parse('2026-11-01T00:00:00Z');
    createNotices(storage, 'k', () => start).add(done);
    const after = (days: number) => createNotices(storage, 'k', () => start + days * 24 * 3_600_000).all();
    expect(after(6.9)).toHaveLength(1);
    expect(after(7.1)).toHaveLength(0);
  });

  it('are said once, though two tabs see the same end', () => {
    const storage = memory();
    createNotices(storage, 'k').add(done);
    const other = createNotices(storage, 'k');
    other.add(done);
    expect(other.all()).toHaveLength(1);
  });

  it('start over where the browser’s store is broken', () => {
    const storage = memory();
    storage.setItem('k', 'not json');
    expect(createNotices(storage, 'k').all()).toEqual([]);
  });
});
