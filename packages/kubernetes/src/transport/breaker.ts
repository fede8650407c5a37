/** Stops asking a cluster that does not answer, so that callers hear it at once instead of waiting for a timeout. */
export interface Breaker {
  /** False: do not ask now. True while closed, and once per `retryMs` as a trial while open. */
  mayTry(): boolean;
  /** An HTTP answer came, whatever its status. */
  answered(): void;
  /** The transport failed: connect, TLS, reset, timeout. */
  failed(): void;
}

export type BreakerLimits = { failures: number; windowMs: number; retryMs: number };

export function createBreaker({ failures, windowMs, retryMs }: BreakerLimits, now: () => number): Breaker {
  let recent: number[] = [];
  let nextTrialAt: number | undefined;

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
    },
    failed() {
      const at = now();
      recent = [...recent.filter((time) => at - time < windowMs), at];
      if (recent.length >= failures) nextTrialAt ??= at + retryMs;
    },
  };
}
