import type { ClusterAnswer, LiveServerMessage } from '@quarterdeck/contracts';

export type LiveHandlers = {
  snapshot?: (rows: unknown[], final: boolean) => void;
  delta?: (puts: unknown[], dels: string[]) => void;
  hint?: (added: number, removed: number) => void;
  clusters?: (clusters: ClusterAnswer[]) => void;
  error?: (code: string, detail: string) => void;
};

/** One WebSocket for all live views of a tab; reconnects by itself and subscribes anew. */
export interface LiveClient {
  subscribe(
    view: string,
    options: { mode?: 'set' | 'page'; params?: Record<string, unknown> },
    handlers: LiveHandlers,
  ): () => void;
  /** Told whether the socket is open, at once and at each change. */
  onState(listener: (open: boolean) => void): () => void;
}

type Subscription = { message: object; handlers: LiveHandlers };

const firstRetryMs = 500;
const spreadMs = 1500;

export function createLiveClient(url: () => string, protocol: string): LiveClient {
  const subscriptions = new Map<string, Subscription>();
  const listeners = new Set<(open: boolean) => void>();
  let socket: WebSocket | undefined;
  let number = 0;

  function connect(): void {
    const current = new WebSocket(url(), protocol);
    socket = current;
    current.onopen = () => {
      for (const subscription of subscriptions.values()) current.send(JSON.stringify(subscription.message));
      for (const listener of listeners) listener(true);
    };
    current.onmessage = (event) => dispatch(JSON.parse(String(event.data)) as LiveServerMessage);
    current.onclose = () => {
      socket = undefined;
      for (const listener of listeners) listener(false);
      // By chance, so that a restarted server is not stormed by every tab at once.
      if (subscriptions.size > 0)
        setTimeout(() => socket === undefined && connect(), firstRetryMs + Math.random() * spreadMs);
    };
  }

  function dispatch(message: LiveServerMessage): void {
    const subscription = message.id === undefined ? undefined : subscriptions.get(message.id);
    if (subscription === undefined) return;
    const { handlers } = subscription;
    if (message.type === 'snapshot') handlers.snapshot?.(message.rows, message.final);
    else if (message.type === 'delta') handlers.delta?.(message.puts, message.dels);
    else if (message.type === 'hint') handlers.hint?.(message.added, message.removed);
    else if (message.type === 'clusters') handlers.clusters?.(message.clusters);
    else if (message.type === 'resync') socket?.send(JSON.stringify(subscription.message));
    else if (message.type === 'error') handlers.error?.(message.code, message.detail);
  }

  return {
    subscribe(view, options, handlers) {
      number += 1;
      const id = `s${number}`;
      const message = { type: 'subscribe', id, view, mode: options.mode ?? 'set', params: options.params ?? {} };
      subscriptions.set(id, { message, handlers });
      if (socket === undefined) connect();
      else if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
      return () => {
        subscriptions.delete(id);
        if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: 'unsubscribe', id }));
      };
    },
    onState(listener) {
      listeners.add(listener);
      // Nobody asked for anything yet: there is nothing to reconnect.
      listener(subscriptions.size === 0 || socket?.readyState === WebSocket.OPEN);
      return () => void listeners.delete(listener);
    },
  };
}
