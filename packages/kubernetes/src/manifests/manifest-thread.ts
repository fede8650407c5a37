import { parentPort } from 'node:worker_threads';
import { type Manifest, ManifestError, readManifests } from './read-manifests.ts';

export type ToManifestThread = { text: string; most: number };
export type FromManifestThread =
  | { manifests: Manifest[] }
  | { refusal: { detail: string; line: number | undefined } }
  | { failure: string };

/** A thread that reads one text after the other, for `createManifestReader`. */
parentPort?.on('message', ({ text, most }: ToManifestThread) => {
  parentPort?.postMessage(answerTo(text, most));
});

function answerTo(text: string, most: number): FromManifestThread {
  try {
    return { manifests: readManifests(text, { most }) };
  } catch (error) {
    if (error instanceof ManifestError) return { refusal: { detail: error.message, line: error.line } };
    return { failure: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}
