/** A shell in a container: what its protocol tells, in the words of a terminal. */
export type ShellEvents = {
  opened: () => void;
  output: (bytes: Uint8Array) => void;
  /** Once, and nothing after it. */
  ended: (ending: ShellEnding) => void;
};
export type ShellEnding =
  | { kind: 'exit'; code: number }
  /** The cluster could not run it: no such command, no such container. */
  | { kind: 'failed'; detail: string }
  /** The portal or the cluster does not let one in, or not any more. */
  | { kind: 'refused'; detail: string }
  /** The connection went. */
  | { kind: 'cut' };

export type Shell = {
  send: (text: string) => void;
  resize: (columns: number, rows: number) => void;
  close: () => void;
};

export type ShellPlace = { clusterId: string; namespace: string; pod: string; container: string | undefined };

/** What a test brings instead of the browser's own. */
type Browser = {
  open: (path: string, protocols: string[]) => WebSocket;
  ask: (path: string) => Promise<Pick<Response, 'status' | 'json'>>;
};

/** Newest first: version 5 can also end the input. */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const channels = { input: 0, output: 1, errors: 2, status: 3, resize: 4 } as const;

const browser: Browser = {
  open: (path, names) => new WebSocket(`${location.origin.replace(/^http/, 'ws')}${path}`, names),
  ask: (path) => fetch(path, { headers: { accept: 'application/json' } }),
};

/** bash where there is one, else sh. */
const command = ['/bin/sh', '-c', 'command -v bash >/dev/null 2>&1 && exec bash || exec sh'];

export function shellPath({ clusterId, namespace, pod, container }: ShellPlace): string {
  const query = new URLSearchParams([
    ...command.map((word): [string, string] => ['command', word]),
    ['stdin', 'true'],
    ['stdout', 'true'],
    ['tty', 'true'],
    ...(container === undefined ? [] : ([['container', container]] as [string, string][])),
  ]);
  const names = [namespace, 'pods', pod].map(encodeURIComponent).join('/');
  return `/k8s/clusters/${clusterId}/api/v1/namespaces/${names}/exec?${query}`;
}

/** Opens a shell as oneself, through the portal; what is typed goes to the container, what it writes comes back. */
export function openShell(place: ShellPlace, events: ShellEvents, { open, ask }: Browser = browser): Shell {
  const path = shellPath(place);
  const socket = open(path, protocols);
  socket.binaryType = 'arraybuffer';
  const text = new TextEncoder();
  let isOver = false;
  function end(ending: ShellEnding): void {
    if (isOver) return;
    isOver = true;
    socket.close();
    events.ended(ending);
  }
  function send(channel: number, bytes: Uint8Array): void {
    if (isOver || socket.readyState !== 1) return;
    const frame = new Uint8Array(bytes.length + 1);
    frame[0] = channel;
    frame.set(bytes, 1);
    socket.send(frame);
  }
  socket.onopen = () => events.opened();
  socket.onmessage = (event) => {
    const frame = new Uint8Array(event.data as ArrayBuffer);
    const [channel] = frame;
    const bytes = frame.subarray(1);
    if (channel === channels.output || channel === channels.errors) events.output(bytes);
    if (channel === channels.status) end(endingOf(new TextDecoder().decode(bytes)));
  };
  socket.onclose = () => {
    if (!isOver) void whyClosed(() => ask(path)).then(end);
  };
  return {
    send: (typed) => send(channels.input, text.encode(typed)),
    resize: (columns, rows) => send(channels.resize, text.encode(JSON.stringify({ Width: columns, Height: rows }))),
    close() {
      isOver = true;
      socket.close();
    },
  };
}

type Status = {
  status?: string;
  message?: string;
  reason?: string;
  details?: { causes?: { reason?: string; message?: string }[] };
};

/** The last word of the cluster: how the shell ended. */
export function endingOf(text: string): ShellEnding {
  const status = parsed(text);
  if (status?.status === 'Success') return { kind: 'exit', code: 0 };
  // Not the cluster's word but the portal's, which closes what nobody uses.
  if (status?.reason === 'Timeout') return { kind: 'refused', detail: status.message ?? '' };
  const exit = status?.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (exit !== undefined && /^\d+$/.test(exit)) return { kind: 'exit', code: Number(exit) };
  return { kind: 'failed', detail: status?.message ?? '' };
}

function parsed(text: string): Status | undefined {
  try {
    return JSON.parse(text) as Status;
  } catch {
    return undefined;
  }
}

/**
 * Browsers hide the answer to a refused upgrade, and a right that goes closes the socket without a word; the same
 * address asked plainly tells which it was. What may still be asked for was only cut.
 */
async function whyClosed(ask: () => Promise<Pick<Response, 'status' | 'json'>>): Promise<ShellEnding> {
  try {
    const answer = await ask();
    // Allowed: only a WebSocket is missing.
    if (answer.status === 400) return { kind: 'cut' };
    const { message = '', detail = message } = (await answer.json()) as { message?: string; detail?: string };
    return { kind: 'refused', detail };
  } catch {
    return { kind: 'cut' };
  }
}
