import type { ClusterAnswer, LiveServerMessage } from '@quarterdeck/contracts';

export type LiveHandlers = {
  snapshot?: (rows: unknown[], final: boolean) => void;
  delta?: (puts: unknown[], dels: string[]) => void;
  hint?: (added: number, removed: number) => void;
  clusters?: (clusters: ClusterAnswer[]) => void;
  error?: (code: string, detail: string) => void;
  /**
   * The view is asked for anew, after a lost connection or because the server wants it: a snapshot follows, or, where
   * the server knows what the client has, the `delta` to it.
   */
  restart?: () => void;
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

type Subscription = {
  message: object;
  /** Up to where the rows are known. */
  cursor: string | undefined;
  handlers: LiveHandlers;
};

const firstRetryMs = 500;
const spreadMs = 1500;
const openState = 1;
/** What passes by itself: the view is asked for again. */
const passing = new Set(['database_unavailable', 'unavailable', 'internal']);

/**
 * @param url asked at each connection
 * @param open makes the socket; the browser's own unless a test brings another
 */
export function createLiveClient(
  url: () => string,
  protocol: string,
  open: (url: string, protocol: string) => WebSocket = (to, name) => new WebSocket(to, name),
): LiveClient {
  const subscriptions = new Map<string, Subscription>();
  const listeners = new Set<(open: boolean) => void>();
  let socket: WebSocket | undefined;
  let number = 0;

  const isOpen = () => socket?.readyState === openState;
  /** Nobody asked for anything: then there is nothing to reconnect, and nothing to be sorry about. */
  const isWell = () => subscriptions.size === 0 || isOpen();

  function tell(): void {
    for (const listener of listeners) listener(isWell());
  }

  /** By chance, so that a restarted server is not stormed by every tab at once. */
  function soon(work: () => void): void {
    setTimeout(work, firstRetryMs + Math.random() * spreadMs);
  }

  function connect(): void {
    const current = open(url(), protocol);
    socket = current;
    current.onopen = () => {
      for (const subscription of subscriptions.values()) ask(current, subscription);
      tell();
    };
    current.onmessage = (event) => dispatch(JSON.parse(String(event.data)) as LiveServerMessage);
    current.onclose = () => {
      if (socket === current) socket = undefined;
      tell();
      soon(() => {
        if (socket === undefined && subscriptions.size > 0) connect();
      });
    };
  }

  function dispatch(message: LiveServerMessage): void {
    const subscription = message.id === undefined ? undefined : subscriptions.get(message.id);
    if (subscription === undefined) return;
    const { handlers } = subscription;
    if (message.type === 'snapshot' || message.type === 'delta')
      subscription.cursor = message.cursor ?? subscription.cursor;
    if (message.type === 'snapshot') handlers.snapshot?.(message.rows, message.final);
    else if (message.type === 'delta') handlers.delta?.(message.puts, message.dels);
    else if (message.type === 'hint') handlers.hint?.(message.added, message.removed);
    else if (message.type === 'clusters') handlers.clusters?.(message.clusters);
    else if (message.type === 'resync') askAgain(subscription);
    else if (message.type === 'error' && message.code === 'invalid_cursor') {
      subscription.cursor = undefined;
      askAgain(subscription);
    } else if (message.type === 'error' && passing.has(message.code)) soon(() => askAgain(subscription));
    else if (message.type === 'error') handlers.error?.(message.code, message.detail);
  }

  /** Unless somebody left the view meanwhile, or a new connection asked already. */
  function askAgain(subscription: Subscription): void {
    if (![...subscriptions.values()].includes(subscription) || !isOpen()) return;
    if (socket !== undefined) ask(socket, subscription);
  }

  function ask(to: WebSocket, { message, cursor, handlers }: Subscription): void {
    handlers.restart?.();
    to.send(JSON.stringify(cursor === undefined ? message : { ...message, cursor }));
  }

  return {
    subscribe(view, options, handlers) {
      number += 1;
      const id = `s${number}`;
      const message = { type: 'subscribe', id, view, mode: options.mode ?? 'set', params: options.params ?? {} };
      subscriptions.set(id, { message, cursor: undefined, handlers });
      if (socket === undefined) connect();
      else if (isOpen()) socket.send(JSON.stringify(message));
      return () => {
        subscriptions.delete(id);
        if (isOpen()) socket?.send(JSON.stringify({ type: 'unsubscribe', id }));
      };
    },
    onState(listener) {
      listeners.add(listener);
      listener(isWell());
      return () => void listeners.delete(listener);
    },
  };
}
