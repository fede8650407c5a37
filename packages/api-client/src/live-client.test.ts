import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLiveClient } from './live-client.ts';

/** The server's end of each connection a client made. */
function fakeServer() {
  const sockets: (WebSocket & { sent: { type: string; id: string; cursor?: string }[] })[] = [];
  return {
    sockets,
    open(): WebSocket {
      const sent: unknown[] = [];
      const socket = { readyState: 0, sent, send: (text: string) => sent.push(JSON.parse(text)) };
      sockets.push(socket as never);
      return socket as never;
    },
    accept(index: number) {
      const socket = sockets[index] as unknown as { readyState: number; onopen: () => void };
      socket.readyState = 1;
      socket.onopen();
    },
    lose(index: number) {
      const socket = sockets[index] as unknown as { readyState: number; onclose: () => void };
      socket.readyState = 3;
      socket.onclose();
    },
    say(index: number, message: object) {
      (sockets[index] as unknown as { onmessage: (event: object) => void }).onmessage({
        data: JSON.stringify(message),
      });
    },
  };
}

describe('the live client', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function start() {
    const server = fakeServer();
    return { server, client: createLiveClient(() => 'ws://here', 'live', server.open) };
  }

  it('carries all views over one connection', () => {
    const { server, client } = start();
    client.subscribe('clusters.index', {}, {});
    client.subscribe('inventory.objects', { mode: 'page' }, {});
    server.accept(0);
    expect(server.sockets).toHaveLength(1);
    expect(server.sockets[0]?.sent.map((message) => message.type)).toEqual(['subscribe', 'subscribe']);
  });

  it('subscribes anew within two seconds of losing the connection, and says that the rows start over', () => {
    const { server, client } = start();
    const restart = vi.fn();
    client.subscribe('clusters.index', {}, { restart });
    server.accept(0);
    server.lose(0);
    vi.advanceTimersByTime(2000);
    expect(server.sockets).toHaveLength(2);
    server.accept(1);
    expect(server.sockets[1]?.sent).toMatchObject([{ type: 'subscribe', view: 'clusters.index' }]);
    expect(restart).toHaveBeenCalledTimes(2);
  });

  it('asks with the cursor it has, and without one that the server refuses', () => {
    const { server, client } = start();
    client.subscribe('inventory.objects', {}, {});
    server.accept(0);
    const id = server.sockets[0]?.sent[0]?.id ?? '';
    server.say(0, { type: 'snapshot', id, rows: [], final: true, cursor: 'first' });
    server.say(0, { type: 'delta', id, puts: [], dels: [], cursor: 'second' });
    server.say(0, { type: 'delta', id, puts: [], dels: [] });
    server.lose(0);
    vi.advanceTimersByTime(2000);
    server.accept(1);
    expect(server.sockets[1]?.sent).toMatchObject([{ type: 'subscribe', id, cursor: 'second' }]);
    server.say(1, { type: 'error', id, code: 'invalid_cursor', detail: 'of another list' });
    expect(server.sockets[1]?.sent.at(-1)).not.toHaveProperty('cursor');
  });

  it('asks again when the server could not keep up', () => {
    const { server, client } = start();
    client.subscribe('clusters.index', {}, {});
    server.accept(0);
    const id = server.sockets[0]?.sent[0]?.id ?? '';
    server.say(0, { type: 'resync', id, reason: 'slow' });
    expect(server.sockets[0]?.sent.map((message) => message.type)).toEqual(['subscribe', 'subscribe']);
  });

  it('asks again a little later when the database was away, and says nothing of it', () => {
    const { server, client } = start();
    const error = vi.fn();
    client.subscribe('clusters.index', {}, { error });
    server.accept(0);
    const id = server.sockets[0]?.sent[0]?.id ?? '';
    server.say(0, { type: 'error', id, code: 'database_unavailable', detail: 'away' });
    expect(server.sockets[0]?.sent).toHaveLength(1);
    vi.advanceTimersByTime(2000);
    expect(server.sockets[0]?.sent.map((message) => message.type)).toEqual(['subscribe', 'subscribe']);
    expect(error).not.toHaveBeenCalled();
  });

  it('hands on what will not pass, and asks no more', () => {
    const { server, client } = start();
    const error = vi.fn();
    client.subscribe('clusters.index', {}, { error });
    server.accept(0);
    const id = server.sockets[0]?.sent[0]?.id ?? '';
    server.say(0, { type: 'error', id, code: 'forbidden', detail: 'not yours' });
    vi.advanceTimersByTime(10_000);
    expect(server.sockets[0]?.sent).toHaveLength(1);
    expect(error).toHaveBeenCalledWith('forbidden', 'not yours');
  });

  it('hands nothing to a view that was left', () => {
    const { server, client } = start();
    const delta = vi.fn();
    const leave = client.subscribe('clusters.index', {}, { delta });
    server.accept(0);
    const id = server.sockets[0]?.sent[0]?.id ?? '';
    leave();
    server.say(0, { type: 'delta', id, puts: [{}], dels: [] });
    expect(delta).not.toHaveBeenCalled();
    expect(server.sockets[0]?.sent.at(-1)).toEqual({ type: 'unsubscribe', id });
  });

  it('neither reconnects nor complains while nobody looks at anything live', () => {
    const { server, client } = start();
    const states: boolean[] = [];
    const leave = client.subscribe('clusters.index', {}, {});
    server.accept(0);
    client.onState((open) => states.push(open));
    leave();
    server.lose(0);
    vi.advanceTimersByTime(10_000);
    expect(server.sockets).toHaveLength(1);
    expect(states).toEqual([true, true]);
  });

  it('says when it is away', () => {
    const { server, client } = start();
    const states: boolean[] = [];
    client.subscribe('clusters.index', {}, {});
    server.accept(0);
    client.onState((open) => states.push(open));
    server.lose(0);
    vi.advanceTimersByTime(2000);
    server.accept(1);
    expect(states).toEqual([true, false, true]);
  });
});
