import { ProblemError, problemIn } from '@quarterdeck/api-client';
import { t } from './platform.messages.ts';

export type LogLine = { at?: string | undefined; text: string };

/** One pod of one cluster; `cluster` is its name, for views that hold several. */
export type LogSource = { clusterId: string; cluster?: string; namespace: string; pod: string };

/** Why a log goes on no further, in words, and whether it makes sense to open it again. */
export type LogEnding = { text: string; again: boolean };

type Handlers = {
  lines: (lines: LogLine[]) => void;
  /** Why no line comes just now. */
  marker: (text: string, at: string) => void;
  ended: (ending: LogEnding) => void;
};

type Message =
  | { type: 'lines'; lines: LogLine[] }
  | { type: 'marker'; text: string; at: string }
  | { type: 'end'; reason: string; code?: string };

/** What a test brings instead of the browser's own. */
type Browser = { open: (path: string, protocol: string) => WebSocket; ask: (path: string) => Promise<Response> };

const protocol = 'quarterdeck.logs.v1';
const tailLines = 500;
const upgradeRequired = 426;

const browser: Browser = {
  open(path, name) {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    return new WebSocket(`${scheme}://${location.host}${path}`, name);
  },
  ask: (path) => fetch(path, { headers: { accept: 'application/json' } }),
};

/** Follows one pod: the last lines, then each as it is written, until it ends or the returned function is called. */
export function followLog(source: LogSource, handlers: Handlers, { open, ask }: Browser = browser): () => void {
  const { clusterId, namespace, pod } = source;
  const path = `/api/v1/clusters/${clusterId}/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/logs/follow?tailLines=${tailLines}`;
  const socket = open(path, protocol);
  let isOpen = false;
  let isOver = false;
  function end(ending: LogEnding): void {
    if (!isOver) handlers.ended(ending);
    isOver = true;
  }
  socket.onopen = () => {
    isOpen = true;
  };
  socket.onmessage = (event) => {
    const message = JSON.parse(String(event.data)) as Message;
    if (message.type === 'lines') handlers.lines(message.lines);
    if (message.type === 'marker') handlers.marker(message.text, message.at);
    if (message.type === 'end') end({ text: message.reason, again: message.code !== undefined });
  };
  socket.onclose = (event) => {
    if (isOver) return;
    if (isOpen) end(endingOf(event));
    else void whyRefused(() => ask(path)).then(end);
  };
  return () => {
    isOver = true;
    socket.close();
  };
}

/** What a close of the server means to the reader. */
export function endingOf({ code, reason }: Pick<CloseEvent, 'code' | 'reason'>): LogEnding {
  if (code === 1008) return { text: reason === 'signed out' ? t.logsSignedOut : t.logsNotAllowed, again: false };
  if (code === 1013) return { text: reason === 'too slow' ? t.logsTooSlow : t.logsUnchecked, again: true };
  return { text: t.logsCut, again: true };
}

/** Browsers hide the answer to a refused upgrade; the same address asked plainly gives it. */
async function whyRefused(ask: () => Promise<Response>): Promise<LogEnding> {
  try {
    const answer = await ask();
    if (answer.status === upgradeRequired) return { text: t.logsCut, again: true };
    throw new ProblemError(await problemIn(answer));
  } catch (error) {
    return { text: error instanceof ProblemError ? error.problem.detail : t.logsCut, again: true };
  }
}
