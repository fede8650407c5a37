/** Exit codes every command of the product uses. */
export const exitCodes = { stopped: 0, failed: 1, configuration: 78 } as const;

const graceMs = 10_000;

/**
 * Waits for SIGINT or SIGTERM, then stops in at most 10 s and exits. A second signal does not wait.
 * @param stop ends everything the process started, newest first
 */
export function stopOnSignals(stop: () => Promise<void>, say: (message: string) => void): void {
  let stopping = false;
  async function end(): Promise<void> {
    if (stopping) process.exit(exitCodes.failed);
    stopping = true;
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
