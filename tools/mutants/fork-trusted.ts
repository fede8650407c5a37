import { mutate } from './mutate.ts';

/** A pipeline of a merge request is a pipeline like another, and a reference of one a branch. */
export default mutate<typeof import('../../apps/api/src/features/pipelines/events/gitlab.ts')>({
  readGitLabEvent: (real) => (body) => {
    const text = JSON.stringify(body).replaceAll('merge_request_event', 'push').replaceAll('refs/merge-requests/', '');
    return real.readGitLabEvent({ ...(JSON.parse(text) as object), merge_request: null });
  },
});
