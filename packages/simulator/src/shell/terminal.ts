import { StringDecoder } from 'node:string_decoder';
import { createPipe, type Sink, type Source } from './pipe.ts';

/**
 * What stands between a person's keys and the programs of a pod: shows what is typed, hands over whole lines, and turns
 * Ctrl-C into an interruption.
 */
export interface Terminal {
  /** Keys as they come from the client. */
  type(bytes: Uint8Array): void;
  /** The client will type no more. */
  end(): void;
  /** What programs read. */
  input: Source;
  /** What programs write: each line goes back to the left. */
  out: Sink;
  /** Who is told of Ctrl-C from now on, also of one that was pressed since the last prompt. */
  onInterrupt(told: (() => void) | undefined): void;
  /** While a shell waits at its prompt, arrows bring back what was typed before. */
  prompt(text: string): Promise<void>;
}

export function createTerminal(send: (bytes: string) => Promise<void>, signal: AbortSignal): Terminal {
  const decoder = new StringDecoder('utf8');
  const outDecoder = new StringDecoder('utf8');
  const pipe = createPipe(signal);
  const history: string[] = [];
  let line: string[] = [];
  let place = 0;
  let isAtPrompt = false;
  let isInterrupted = false;
  let told: (() => void) | undefined;
  /** The rest of a key that takes several characters. */
  let pressed = '';

  // What is typed is shown at once; a client that does not read is the sender's to wait for.
  const show = (text: string) => void send(text).catch(() => undefined);

  function put(text: string): void {
    show(`${'\b \b'.repeat(line.length)}${text}`);
    line = [...text];
  }

  function enter(): void {
    show('\r\n');
    const text = line.join('');
    if (isAtPrompt && text.trim() !== '' && history.at(-1) !== text) history.push(text);
    line = [];
    isAtPrompt = false;
    hand(`${text}\n`);
  }

  function hand(text: string): void {
    // More than a pipe takes is more than a person types: it waits for who reads.
    void pipe.write(text).catch(() => undefined);
  }

  function interrupt(): void {
    show('^C\r\n');
    line = [];
    if (isAtPrompt) hand('\n');
    else if (told !== undefined) told();
    else isInterrupted = true;
    isAtPrompt = false;
  }

  function recall(step: number): void {
    if (!isAtPrompt) return;
    place = Math.min(history.length, Math.max(0, place + step));
    put(history[place] ?? '');
  }

  function key(character: string): unknown {
    if (pressed !== '') {
      pressed += character;
      if (pressed === '\u001b[' || pressed === '\u001bO') return;
      if (/[A-Za-z~]$/.test(pressed)) {
        if (pressed.endsWith('A')) recall(-1);
        if (pressed.endsWith('B')) recall(1);
        pressed = '';
      }
      return;
    }
    switch (character) {
      case '\u001b':
        pressed = character;
        return;
      case '\r':
      case '\n':
        return enter();
      case '\u0003':
        return interrupt();
      case '\u0004':
        if (line.length === 0) pipe.end();
        return;
      case '\u007f':
      case '\b':
        if (line.pop() !== undefined) show('\b \b');
        return;
      case '\u0015':
        return put('');
      case '\u0017':
        return put(line.join('').replace(/\S*\s*$/, ''));
      case '\u000c':
        return;
      default:
        if (character < ' ' && character !== '\t') return;
        line.push(character);
        show(character);
    }
  }

  return {
    type(bytes) {
      for (const character of decoder.write(Buffer.from(bytes))) key(character);
    },
    end: () => pipe.end(),
    input: pipe,
    async out(bytes) {
      const text = typeof bytes === 'string' ? bytes : outDecoder.write(Buffer.from(bytes));
      await send(text.replace(/\r?\n/g, '\r\n'));
    },
    onInterrupt(next) {
      told = next;
      if (isInterrupted) next?.();
      isInterrupted = false;
    },
    async prompt(text) {
      isAtPrompt = true;
      isInterrupted = false;
      place = history.length;
      await send(text + line.join(''));
    },
  };
}
