import type { Database } from '@quarterdeck/database';
import { type Loop, startLoop } from '../../platform/jobs/loop.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { restMs } from './candidates.store.ts';
import type { PipelineWork } from './pipelines.composition.ts';

const sweepMs = 5000;
/** Messages about releases are planned together: nobody waits for one. */
const planRestMs = 200;
const deliveriesAtOnce = 50;
/** Registries may be slow to say what an image is; one that hangs must not hold up the others. */
const workersOfDeliveries = 4;
const maxAttempts = 5;
/** Sent to side by side: one that hangs, or that thousands of messages wait for, must not hold up the others. */
const connectionsAtOnce = 16;
const retentionMs = 60 * 60_000;

/**
 * Processes deliveries, decides about candidates, plans and sends messages. NOTIFY wakes each; the sweep finds what a
 * worker that died left behind, when its claim has run out.
 */
export function startPipelineLoops(deps: { database: Database; work: PipelineWork; logger: Logger }): Loop[] {
  const { database, work, logger } = deps;

  async function processAll(): Promise<void> {
    for (;;) {
      const claimed = await work.deliveries.claim(deliveriesAtOnce);
      const waiting = [...claimed];
      const one = async () => {
        for (let delivery = waiting.shift(); delivery !== undefined; delivery = waiting.shift()) {
          try {
            await work.processing.process(delivery);
          } catch (error) {
            logger.warn({ err: error, delivery: delivery.id }, 'a delivery was not processed');
            if (delivery.attempts < maxAttempts) continue;
            const detail = `Processing failed ${maxAttempts} times. Replay it once the cause is mended.`;
            await work.deliveries.finish(database.pool, delivery, {
              state: 'failed',
              code: 'failed_here',
              detail,
              candidateIds: [],
            });
          }
        }
      };
      await Promise.all(Array.from({ length: workersOfDeliveries }, one));
      if (claimed.length < deliveriesAtOnce) return;
    }
  }

  const sending = new Set<Promise<void>>();

  async function sendToAll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && sending.size < connectionsAtOnce) {
      const connectionId = await work.delivery.lease();
      if (connectionId === undefined) return;
      const task = work.delivery
        .deliverTo(connectionId, signal)
        .catch((error: unknown) => logger.warn({ err: error }, 'a connection was not let go'))
        .finally(() => {
          sending.delete(task);
          // What came meanwhile, or had no place.
          loops['outbound.deliver']?.wake();
        });
      sending.add(task);
    }
  }

  const loops: Record<string, Loop> = {
    'hook.process': startLoop({ name: 'hook.process', everyMs: sweepMs, logger, run: processAll }),
    'candidate.settle': startLoop({
      name: 'candidate.settle',
      everyMs: sweepMs,
      logger,
      async run(signal) {
        await work.processing.findRefs();
        while (!signal.aborted && (await work.settlement.settleOne()));
        await work.settlement.expire();
      },
    }),
    'outbound.plan': startLoop({
      name: 'outbound.plan',
      everyMs: sweepMs,
      restMs: planRestMs,
      logger,
      async run(signal) {
        while (!signal.aborted && (await work.planning.plan()));
      },
    }),
    'outbound.deliver': untilDone(
      sending,
      startLoop({ name: 'outbound.deliver', everyMs: sweepMs, logger, run: sendToAll }),
    ),
    'pipelines.retention': startLoop({
      name: 'pipelines.retention',
      everyMs: retentionMs,
      logger,
      async run() {
        await work.deliveries.sweep();
        await work.candidates.sweep();
        await work.effects.sweep();
        await work.triggers.sweepCommits();
      },
    }),
  };
  const timers = new Set<NodeJS.Timeout>();
  const stopListening = database.listen('quarterdeck_jobs', (payload) => {
    for (const [name, loop] of Object.entries(loops)) if (payload === undefined || payload.includes(name)) loop.wake();
    // Whoever moves a release wakes those who work on its runs; its event is there by then.
    if (payload?.includes('run.execute') === true) loops['outbound.plan']?.wake();
    if (payload?.includes('candidate.settle') !== true) return;
    // What came together where a release has just been made is decided about when the place has rested.
    const timer = setTimeout(() => {
      timers.delete(timer);
      loops['candidate.settle']?.wake();
    }, restMs + 50);
    timers.add(timer);
  });
  const listening: Loop = {
    wake() {},
    async stop() {
      stopListening();
      for (const timer of timers) clearTimeout(timer);
    },
  };
  return [...Object.values(loops), listening];
}

/** A loop that has ended once what it began has, too. */
function untilDone(begun: ReadonlySet<Promise<void>>, loop: Loop): Loop {
  return {
    wake: () => loop.wake(),
    async stop() {
      await loop.stop();
      await Promise.all(begun);
    },
  };
}
