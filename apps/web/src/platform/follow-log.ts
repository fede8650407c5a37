import { ProblemError, problemIn } from '@quarterdeck/api-client';
import type { LogSourcesTold } from '@quarterdeck/contracts/workload-logs';
import { t } from './platform.messages.ts';

/** `source` names one of several. */
export type LogLine = { at?: string | undefined; text: string; source?: number | undefined };

/** One pod of one cluster. */
export type LogSource = { clusterId: string; namespace: string; pod: string };

/** All pods of a workload, in one cluster or in every one that holds it, or some of them by name. */
export type WorkloadLogAddress = {
  clusterId?: string | undefined;
  namespace: string;
  plural: string;
  name: string;
  clusters?: readonly string[];
  pods?: readonly string[];
  containers?: readonly string[];
};

/** What a view of logs may be of. */
export type LogAddress = LogSource | WorkloadLogAddress;

/** A word in between. */
export type LogMarker = { text: string; at: string; kind: string; source?: number | undefined };

/** Why a log goes on no further, in words, and whether it makes sense to open it again. */
export type LogEnding = { text: string; again: boolean };

type Handlers = {
  lines: (lines: LogLine[]) => void;
  /** Why no line comes just now, or what happened between two. */
  marker: (marker: LogMarker) => void;
  /** What is read by now, and what is missing. */
  sources?: (told: LogSourcesTold) => void;
  ended: (ending: LogEnding) => void;
};

type Message =
  | { type: 'lines'; lines: LogLine[] }
  | ({ type: 'marker' } & LogMarker)
  | ({ type: 'sources' } & LogSourcesTold)
  | { type: 'end'; reason: string; code?: string };

/** What a test brings instead of the browser's own. */
type Browser = { open: (path: string, protocol: string) => WebSocket; ask: (path: string) => Promise<Response> };

const protocol = 'quarterdeck.logs.v1';
/** Of one pod, and of each of many. */
const tailLines = { pod: 500, workload: 200 };
const upgradeRequired = 426;

const browser: Browser = {
  open(path, name) {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    return new WebSocket(`${scheme}://${location.host}${path}`, name);
  },
  ask: (path) => fetch(path, { headers: { accept: 'application/json' } }),
};

/** Where a log is followed. */
export function logPath(of: LogAddress): string {
  const namespace = encodeURIComponent(of.namespace);
  if ('pod' in of) {
    const pod = encodeURIComponent(of.pod);
    return `/api/v1/clusters/${of.clusterId}/namespaces/${namespace}/pods/${pod}/logs/follow?tailLines=${tailLines.pod}`;
  }
  const [plural, name] = [of.plural, of.name].map(encodeURIComponent);
  const query = new URLSearchParams({ tailLines: String(tailLines.workload) });
  for (const key of ['clusters', 'pods', 'containers'] as const) {
    const names = of[key] ?? [];
    if (names.length > 0) query.set(key, names.join(','));
  }
  return of.clusterId === undefined
    ? `/api/v1/workloads/${plural}/${namespace}/${name}/logs/follow?${query}`
    : `/api/v1/clusters/${of.clusterId}/namespaces/${namespace}/workloads/${plural}/${name}/logs/follow?${query}`;
}

/** Follows a log: the last lines, then each as it is written, until it ends or the returned function is called. */
export function followLog(of: LogAddress, handlers: Handlers, { open, ask }: Browser = browser): () => void {
  const path = logPath(of);
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
    if (message.type === 'marker') handlers.marker(message);
    if (message.type === 'sources') handlers.sources?.(message);
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
