import type { RunQuestion } from './questions.store.ts';
import type { StoredVerdict } from './release-rows.ts';

/** Another worker has the run, or this one was told to stop: write nothing more. */
export class RunLostError extends Error {}

/** A person aborted the release: the run ends where it stands. */
export class RunCancelledError extends Error {}

/** The release is paused: the run stays where it is until somebody resumes it. */
export class RunPausedError extends Error {}

/** The run has come to an end with a reason that people can read. */
export class RunFailedError extends Error {
  readonly verdict: StoredVerdict;
  constructor(verdict: StoredVerdict) {
    super(verdict.summary);
    this.verdict = verdict;
  }
}

/** Somebody must decide before the run writes on. */
export class RunAsksError extends Error {
  readonly verdict: StoredVerdict;
  readonly questions: readonly RunQuestion[];
  constructor(verdict: StoredVerdict, questions: readonly RunQuestion[]) {
    super(verdict.summary);
    this.verdict = verdict;
    this.questions = questions;
  }
}

/** @throws RunLostError when a fenced write says that the run is somebody else's */
export async function must(held: Promise<boolean>): Promise<void> {
  if (!(await held)) throw new RunLostError();
}
