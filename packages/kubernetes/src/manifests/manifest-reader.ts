import { Worker } from 'node:worker_threads';
import type { FromManifestThread, ToManifestThread } from './manifest-thread.ts';
import { type Manifest, ManifestError, maxManifestBytes } from './read-manifests.ts';

const mostWaiting = 16;
const idleMs = 60_000;
const heapMb = 256;

/** Reads text of strangers apart from everything else, one at a time: 1 MiB of brackets keeps a core for seconds. */
export interface ManifestReader {
  /** As `readManifests`. @throws ManifestError also where it takes too long, or too many wait */
  read(text: string, options: { most: number }): Promise<Manifest[]>;
  close(): Promise<void>;
}

type Waiting = {
  order: ToManifestThread;
  resolve: (manifests: Manifest[]) => void;
  reject: (error: Error) => void;
};

/**
 * @param start the thread, opened with the first text and closed when none came for a minute
 * @param limits `patienceMs`: what is read longer is refused, since others wait meanwhile
 */
export function createManifestReader(
  start: () => Worker = startManifestThread,
  { patienceMs }: { patienceMs: number } = { patienceMs: 5000 },
): ManifestReader {
  const waiting: Waiting[] = [];
  let reading: Waiting | undefined;
  let worker: Worker | undefined;
  let timer: NodeJS.Timeout | undefined;

  function open(): Worker {
    const opened = start();
    opened.unref();
    opened.on('message', (answer: FromManifestThread) => {
      if (worker === opened) settle(answer);
    });
    opened.on('error', (error: Error) => {
      if (worker === opened) giveUp(new ManifestError(`It cannot be read: ${error.message}`));
    });
    // Whatever ends a thread, nobody waits for it for ever.
    opened.on('exit', () => {
      if (worker === opened) giveUp(new ManifestError('It cannot be read.'));
    });
    return opened;
  }

  function next(): void {
    if (reading !== undefined) return;
    clearTimeout(timer);
    reading = waiting.shift();
    timer = setTimeout(reading === undefined ? dismiss : late, reading === undefined ? idleMs : patienceMs).unref();
    if (reading === undefined) return;
    worker ??= open();
    worker.postMessage(reading.order);
  }

  function settle(answer: FromManifestThread): void {
    const done = reading;
    reading = undefined;
    if ('manifests' in answer) done?.resolve(answer.manifests);
    else if ('refusal' in answer) done?.reject(new ManifestError(answer.refusal.detail, answer.refusal.line));
    else done?.reject(new Error(answer.failure));
    next();
  }

  function dismiss(): Promise<unknown> {
    const leaving = worker;
    worker = undefined;
    return leaving?.terminate() ?? Promise.resolve();
  }

  function giveUp(error: ManifestError): void {
    void dismiss();
    const done = reading;
    reading = undefined;
    done?.reject(error);
    next();
  }

  function late(): void {
    giveUp(new ManifestError('It takes too long to read: apply it in parts.'));
  }

  return {
    read(text, { most }) {
      if (Buffer.byteLength(text) > maxManifestBytes)
        return Promise.reject(new ManifestError('It is larger than 1 MiB.'));
      if (waiting.length >= mostWaiting)
        return Promise.reject(new ManifestError('Too many texts are being read just now: try again in a moment.'));
      return new Promise((resolve, reject) => {
        waiting.push({ order: { text, most }, resolve, reject });
        next();
      });
    },
    async close() {
      clearTimeout(timer);
      await dismiss();
    },
  };
}

function startManifestThread(): Worker {
  return new Worker(new URL('./manifest-thread.ts', import.meta.url), {
    name: 'manifests',
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  });
}
