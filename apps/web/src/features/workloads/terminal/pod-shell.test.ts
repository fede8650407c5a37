import { describe, expect, it } from 'vitest';
import { endingOf, openShell, type ShellEnding, shellPath } from './pod-shell.ts';

const place = { clusterId: 'clu_1', namespace: 'shop', pod: 'cart-1', container: 'app' };

/** The browser's end of a socket, driven by hand. */
function setUp(answer: { status: number; body?: object } | 'away' = 'away') {
  const sent: number[][] = [];
  const socket = {
    readyState: 1,
    binaryType: '',
    send: (frame: Uint8Array) => void sent.push([...frame]),
    close: () => void 0,
  } as unknown as WebSocket;
  const output: string[] = [];
  const endings: ShellEnding[] = [];
  let asked = '';
  const shell = openShell(
    place,
    {
      opened: () => void output.push('(open)'),
      output: (bytes) => void output.push(new TextDecoder().decode(bytes)),
      ended: (ending) => void endings.push(ending),
    },
    {
      open: () => socket,
      async ask(path) {
        asked = path;
        if (answer === 'away') throw new TypeError('offline');
        return { status: answer.status, json: async () => answer.body };
      },
    },
  );
  const frame = (channel: number, text: string) => {
    const bytes = new Uint8Array([channel, ...new TextEncoder().encode(text)]);
    socket.onmessage?.({ data: bytes.buffer } as MessageEvent);
  };
  return { shell, socket, sent, output, endings, frame, asked: () => asked };
}

describe('a shell in a pod', () => {
  it('is asked for by the container, bash before sh', () => {
    const url = new URL(shellPath(place), 'http://x');
    expect(url.pathname).toBe('/k8s/clusters/clu_1/api/v1/namespaces/shop/pods/cart-1/exec');
    expect(url.searchParams.get('container')).toBe('app');
    expect(url.searchParams.getAll('command')).toHaveLength(3);
  });

  it('puts what is typed and the size into their channels, and shows what comes back', () => {
    const { shell, socket, sent, output, frame } = setUp();
    socket.onopen?.({} as Event);
    shell.send('é');
    shell.resize(80, 24);
    frame(1, 'hello');
    frame(2, 'oops');
    expect(sent[0]).toEqual([0, 0xc3, 0xa9]);
    expect(sent[1]?.[0]).toBe(4);
    expect(new TextDecoder().decode(new Uint8Array(sent[1]?.slice(1) ?? []))).toBe('{"Width":80,"Height":24}');
    expect(output).toEqual(['(open)', 'hello', 'oops']);
  });

  it('tells once how it ended, and sends nothing after that', () => {
    const { shell, socket, sent, endings, frame } = setUp();
    frame(
      3,
      '{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"7"}]}}',
    );
    socket.onclose?.({} as CloseEvent);
    shell.send('x');
    expect(endings).toEqual([{ kind: 'exit', code: 7 }]);
    expect(sent).toEqual([]);
  });

  it.each([
    ['{"status":"Success"}', { kind: 'exit', code: 0 }],
    ['{"status":"Failure","message":"no such file"}', { kind: 'failed', detail: 'no such file' }],
    [
      '{"status":"Failure","reason":"Timeout","message":"Nothing was typed."}',
      { kind: 'refused', detail: 'Nothing was typed.' },
    ],
    ['nonsense', { kind: 'failed', detail: '' }],
  ])('reads the last word %s', (text, ending) => expect(endingOf(text)).toEqual(ending));

  it('that is closed without a word is asked about: a right that went is told from a line that was cut', async () => {
    const refused = setUp({ status: 403, body: { message: 'Needs workloads:exec in shop.' } });
    refused.socket.onclose?.({} as CloseEvent);
    await expect.poll(() => refused.endings).toEqual([{ kind: 'refused', detail: 'Needs workloads:exec in shop.' }]);
    expect(refused.asked()).toBe(shellPath(place));
    const cut = setUp({ status: 400 });
    cut.socket.onclose?.({} as CloseEvent);
    await expect.poll(() => cut.endings).toEqual([{ kind: 'cut' }]);
    const away = setUp();
    away.socket.onclose?.({} as CloseEvent);
    await expect.poll(() => away.endings).toEqual([{ kind: 'cut' }]);
  });

  it('that one closes oneself ends without a word', async () => {
    const { shell, socket, endings } = setUp();
    shell.close();
    socket.onclose?.({} as CloseEvent);
    expect(endings).toEqual([]);
  });
});
