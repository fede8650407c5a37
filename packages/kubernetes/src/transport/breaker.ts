/** Stops asking a cluster that does not answer, so that callers hear it at once instead of waiting for a timeout. */
export interface Breaker {
  /** False: do not ask now. True while closed, and once per `retryMs` as a trial while open. */
  mayTry(): boolean;
  /** An HTTP answer came, whatever its status. */
  answered(): void;
  /** The transport failed: connect, TLS, reset, timeout. */
  failed(): void;
  /**
   * A request is still without an answer after `silenceMs`. Counts as a failure where the cluster answered nobody else
   * meanwhile either: who hangs must not be waited for until every caller's own time is over. Gives whether it counted.
   */
  unanswered(): boolean;
}

export type BreakerLimits = { failures: number; windowMs: number; retryMs: number; silenceMs: number };

export function createBreaker(limits: BreakerLimits, now: () => number): Breaker {
  const { failures, windowMs, retryMs, silenceMs } = limits;
  let recent: number[] = [];
  let answeredAt = Number.NEGATIVE_INFINITY;
  let nextTrialAt: number | undefined;

  function failed(): void {
    const at = now();
    recent = [...recent.filter((time) => at - time < windowMs), at];
    if (recent.length >= failures) nextTrialAt ??= at + retryMs;
  }

  return {
    mayTry() {
      if (nextTrialAt === undefined) return true;
      if (now() < nextTrialAt) return false;
      nextTrialAt = now() + retryMs;
      return true;
    },
    answered() {
      recent = [];
      nextTrialAt = undefined;
      answeredAt = now();
    },
    failed,
    unanswered() {
      const isSilent = now() - answeredAt >= silenceMs;
      if (isSilent) failed();
      return isSilent;
    },
  };
}
