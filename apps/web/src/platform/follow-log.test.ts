import { describe, expect, it, vi } from 'vitest';
import { endingOf, followLog, type LogEnding, logPath } from './follow-log.ts';

const source = { clusterId: 'clu_1', namespace: 'shop', pod: 'cart-1' };
const refusal = (status: number, detail: string) => async () => Response.json({ detail }, { status });

/** A followed log whose server is played by the test. */
function follow(ask: () => Promise<Response> = refusal(500, 'not to be asked')) {
  const socket = { close: vi.fn() } as unknown as WebSocket;
  const seen = { lines: [] as string[], markers: [] as string[], endings: [] as LogEnding[] };
  const stop = followLog(
    source,
    {
      lines: (lines) => seen.lines.push(...lines.map(({ text }) => text)),
      marker: ({ text }) => seen.markers.push(text),
      ended: (ending) => seen.endings.push(ending),
    },
    { open: () => socket, ask },
  );
  return {
    ...seen,
    stop,
    accept: () => socket.onopen?.({} as Event),
    say: (message: object) => socket.onmessage?.({ data: JSON.stringify(message) } as MessageEvent),
    close: (code: number, reason = '') => socket.onclose?.({ code, reason } as CloseEvent),
  };
}

describe('a followed log', () => {
  it('gives lines and why none comes, and ends with the container', () => {
    const log = follow();
    log.accept();
    log.say({ type: 'marker', text: 'not started yet', at: '2026-11-25T12:00:00Z' });
    log.say({ type: 'lines', lines: [{ text: 'hello' }] });
    log.say({ type: 'end', reason: 'The container ended.' });
    log.close(1000);
    expect(log).toMatchObject({ lines: ['hello'], markers: ['not started yet'] });
    expect(log.endings).toEqual([{ text: 'The container ended.', again: false }]);
  });

  it('that is refused says why and what to do, as the server does', async () => {
    const log = follow(refusal(429, 'You have 50 streams open. Close a tab.'));
    log.close(1006);
    await expect.poll(() => log.endings).toEqual([{ text: 'You have 50 streams open. Close a tab.', again: true }]);
  });

  it.each([
    ['nothing refuses any more', refusal(426, 'Open this as a WebSocket')],
    ['the server is away', () => Promise.reject(new TypeError('Failed to fetch'))],
  ])('that did not open is offered again when %s', async (_what, ask) => {
    const log = follow(ask);
    log.close(1006);
    await expect.poll(() => log.endings).toEqual([{ text: expect.stringContaining('connection'), again: true }]);
  });

  it('that could not be read may be tried again, and one that was left says nothing', () => {
    const failed = follow();
    failed.accept();
    failed.say({ type: 'end', reason: 'It did not start.', code: 'logs_unavailable' });
    expect(failed.endings).toEqual([{ text: 'It did not start.', again: true }]);
    const left = follow();
    left.accept();
    left.stop();
    left.close(1005);
    expect(left.endings).toEqual([]);
  });
});

describe('a close of the server', () => {
  it('is told apart: a lost right, a lost session, a slow reader, rights nobody can check, a cut', () => {
    expect(endingOf({ code: 1008, reason: 'no longer allowed' })).toMatchObject({ again: false });
    expect(endingOf({ code: 1008, reason: 'no longer allowed' }).text).toContain('no longer read');
    expect(endingOf({ code: 1008, reason: 'signed out' }).text).toContain('session');
    expect(endingOf({ code: 1013, reason: 'too slow' })).toMatchObject({ again: true });
    expect(endingOf({ code: 1013, reason: 'rights cannot be checked' }).text).toContain('rights');
    expect(endingOf({ code: 1006, reason: '' })).toMatchObject({ again: true });
  });
});

describe('where a log is followed', () => {
  it('is a pod, a workload in its cluster, or a workload over clusters, or some of its pods', () => {
    expect(logPath(source)).toBe('/api/v1/clusters/clu_1/namespaces/shop/pods/cart-1/logs/follow?tailLines=500');
    const workload = { namespace: 'shop', plural: 'deployments', name: 'cart' };
    expect(logPath({ ...workload, clusterId: 'clu_1' })).toBe(
      '/api/v1/clusters/clu_1/namespaces/shop/workloads/deployments/cart/logs/follow?tailLines=200',
    );
    expect(logPath({ ...workload, clusters: ['a', 'b'], pods: ['cart-1'], containers: [] })).toBe(
      '/api/v1/workloads/deployments/shop/cart/logs/follow?tailLines=200&clusters=a%2Cb&pods=cart-1',
    );
  });
});
