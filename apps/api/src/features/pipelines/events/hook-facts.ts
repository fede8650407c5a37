/** A pipeline or one of its jobs went well. */
export type BuildFact = {
  kind: 'build';
  gitlabProjectId: number;
  commit: string;
  ref: string;
  refType: 'branch' | 'tag';
  pipelineId: number;
  /** Name of the job; left out when the whole pipeline succeeded. */
  job?: string;
};

/** A commit arrived on a branch or tag. */
export type CommitFact = {
  kind: 'commit';
  gitlabProjectId: number;
  commit: string;
  ref: string;
  refType: 'branch' | 'tag';
};

/** An image arrived in the registry of the hook. */
export type ImageFact = {
  kind: 'image';
  /** Below the registry: `shop/web`. */
  path: string;
  tag: string;
  digest: string;
  pushedAt?: Date;
};

export type HookFact = BuildFact | CommitFact | ImageFact;

/** What an event says, or in a word and in a sentence why it says nothing to us. */
export type EventReading =
  | { event: string; facts: readonly HookFact[] }
  | { event: string; code: string; detail: string };

/** Nothing to do, and why. */
export function ignored(event: string, code: string, detail: string): EventReading {
  return { event, code, detail };
}
