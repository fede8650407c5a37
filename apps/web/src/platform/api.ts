import { type Client, createClient, createLiveClient, ProblemError } from '@quarterdeck/api-client';
import type { ProblemLike } from '@quarterdeck/ui';
import { stepUp } from './step-up.ts';

const idleMs = 60_000;
let lastInput = performance.now();
for (const kind of ['pointerdown', 'keydown', 'wheel'] as const) {
  // Not in tests, which have no window.
  globalThis.addEventListener?.(
    kind,
    () => {
      lastInput = performance.now();
    },
    { passive: true, capture: true },
  );
}

/** Refreshing while nobody is there says so: it must not keep a forgotten session alive. */
const client = createClient({
  fetch: (url, options = {}) => {
    const isIdle = performance.now() - lastInput > idleMs;
    const headers = new Headers(options.headers);
    if (isIdle) headers.set('x-quarterdeck-background', '1');
    return fetch(url, { ...options, headers });
  },
});

/** The API; what needs a fresh proof of who one is asks for it, and then goes on. */
export const api: Client = {
  async call(endpoint, input, options) {
    try {
      return await client.call(endpoint, input, options);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.problem.code !== 'step_up_required') throw error;
      if (!(await stepUp.ask())) throw error;
      return client.call(endpoint, input, options);
    }
  },
};

export const live = createLiveClient(
  () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/v1/live`,
  'quarterdeck.live.v1',
);

/** What to show of anything a query or mutation failed with. */
export function problemOf(error: unknown): ProblemLike {
  if (error instanceof ProblemError) return error.problem;
  return {
    title: 'Something failed here',
    detail: error instanceof Error ? error.message : String(error),
    code: 'portal',
    requestId: '',
  };
}

/** What a problem says of a field of the body, or of what is in it, by JSON pointer. */
export function errorsOf(problem: ProblemLike | undefined): (pointer: string) => string | undefined {
  return (pointer) =>
    problem?.errors?.find((error) => error.pointer === pointer || error.pointer.startsWith(`${pointer}/`))?.detail;
}
