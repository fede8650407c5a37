/** Exit codes every command of the product uses. */
export const exitCodes = { stopped: 0, failed: 1, configuration: 78 } as const;

const graceMs = 10_000;

/** One Ctrl-C can arrive twice: from the terminal and from the program that started us. */
const sameSignalMs = 1000;

/**
 * Waits for SIGINT or SIGTERM, then stops in at most 10 s and exits. A second signal, later, does not wait.
 * @param stop ends everything the process started, newest first
 */
export function stopOnSignals(stop: () => Promise<void>, say: (message: string) => void): void {
  let stoppingSince: number | undefined;
  async function end(): Promise<void> {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince > sameSignalMs) process.exit(exitCodes.failed);
      return;
    }
    stoppingSince = performance.now();
    say('Stopping …');
    const timer = setTimeout(() => {
      say('Not everything stopped within 10 s; leaving now.');
      process.exit(exitCodes.failed);
    }, graceMs);
    try {
      await stop();
      clearTimeout(timer);
      say('Stopped.');
      process.exit(exitCodes.stopped);
    } catch (error) {
      say(`Stopping failed: ${error instanceof Error ? error.message : String(error)}`);
      process.exit(exitCodes.failed);
    }
  }
  process.on('SIGINT', () => void end());
  process.on('SIGTERM', () => void end());
}
