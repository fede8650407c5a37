import { createClient, createLiveClient, ProblemError } from '@quarterdeck/api-client';
import type { ProblemLike } from '@quarterdeck/ui';

export const api = createClient();

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
