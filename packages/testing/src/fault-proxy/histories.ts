import { createRandom, type Random } from './random.ts';

/** One run of chance: what happened in it is noted, so that a failure can be read. */
export type History = { seed: number; random: Random; note(step: string): void };

const replayVariable = 'QUARTERDECK_FAULT_SEED';
const stepsShown = 40;

/**
 * Lives one history per seed, one after another. A failure names its seed and its steps; the seed in
 * `QUARTERDECK_FAULT_SEED` lives that one alone again.
 * @param seeds how many, from 1; or which ones: seeds of defects that were mended stay in such a list
 * @throws Error of the first history that failed, with how to see it again
 */
export async function runHistories(options: {
  seeds: number | readonly number[];
  live: (history: History) => Promise<void>;
}): Promise<void> {
  for (const seed of seedsOf(options.seeds, process.env[replayVariable])) {
    const steps: string[] = [];
    try {
      await options.live({ seed, random: createRandom(seed), note: (step) => void steps.push(step) });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const last = steps.slice(-stepsShown).map((step) => `  ${step}`);
      throw new Error([`seed ${seed}: ${reason}`, `again: ${replayVariable}=${seed}`, ...last].join('\n'), {
        cause: error,
      });
    }
  }
}

/** The seeds to live; a replay is one alone. */
export function seedsOf(seeds: number | readonly number[], replay: string | undefined): readonly number[] {
  if (replay !== undefined && replay !== '') {
    const seed = Number(replay);
    if (!Number.isInteger(seed)) throw new Error(`${replayVariable} is no whole number: ${replay}`);
    return [seed];
  }
  return typeof seeds === 'number' ? Array.from({ length: seeds }, (_, index) => index + 1) : seeds;
}
