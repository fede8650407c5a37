import { createDatabase } from '@quarterdeck/database';
import { compose } from '../apps/api/src/compose.ts';
import { parseConfig } from '../apps/api/src/config.ts';
import type { ClusterWatches } from '../apps/api/src/features/inventory/index.ts';
import { parseKeyring } from '../apps/api/src/platform/crypto/keyring.ts';
import { createLogger } from '../apps/api/src/platform/telemetry/logger.ts';
import { startWorker } from '../apps/api/src/processes/start-worker.ts';
import type { DoomedOptions, FromDoomed, ToDoomed } from './doomed-worker.ts';

/**
 * A worker that ends as by kill -9 once so many of its new runs have come to a step point. Its parts are the product's
 * own; only calls that have an effect are counted on their way, and held at the point. It watches no inventory: that is
 * another part of a worker, and costs more than all the rest.
 */
const options = JSON.parse(process.argv[2] ?? '{}') as DoomedOptions;
const database = createDatabase({ url: options.databaseUrl, watch: true });
const logger = createLogger({ level: 'error' });
const composition = await compose({
  config: { ...parseConfig({}, []), clusterAddressAllow: options.addressAllow },
  database,
  keyring: parseKeyring(options.keyring),
  logger,
});

/** Effects so far, by release, of runs that no worker had before. */
const effects = new Map<string, number>();
const held = new Set<string>();

/** At the point it stays for ever; with the last of them everything ends. */
async function arrive(releaseId: string): Promise<void> {
  held.add(releaseId);
  if (held.size === options.runs) {
    const message: FromDoomed = { killedAt: Date.now(), releaseIds: [...held] };
    process.send?.(message, undefined, undefined, () => process.kill(process.pid, 'SIGKILL'));
  }
  await new Promise(() => {});
}

/** A run that is let go without having come to the point never will: waiting for it would last for ever. */
function endShort(releaseId: string, had: number): never {
  process.stderr.write(`${releaseId} was over after ${had} effects, before point ${options.point}\n`);
  process.exit(1);
}

/** @param releaseOf whose effect a call is; undefined when it has none, or belongs to no single run */
function hold<T extends object>(
  target: T,
  releaseOf: (name: string, args: readonly unknown[]) => string | undefined,
): T {
  return new Proxy(target, {
    get(of, name) {
      const value = Reflect.get(of, name) as unknown;
      if (typeof value !== 'function' || typeof name !== 'string') return value;
      return async (...args: unknown[]) => {
        const releaseId = releaseOf(name, args);
        const count = releaseId === undefined ? undefined : effects.get(releaseId);
        if (releaseId === undefined || count === undefined) return value.apply(of, args) as unknown;
        effects.set(releaseId, count + 1);
        const isHere = count === Math.floor(options.point / 2);
        if (isHere && options.point % 2 === 0) await arrive(releaseId);
        const answer = (await value.apply(of, args)) as unknown;
        // It has happened, and nobody will ever hear of it.
        if (isHere && options.point % 2 === 1) await arrive(releaseId);
        if (name === 'release' && options.point >= 0) endShort(releaseId, count + 1);
        return answer;
      };
    },
  });
}

type Run = { releaseId: string; fence: string };
const first = (args: readonly unknown[]) => (args[0] as Run).releaseId;
const ofRun = new Set(['start', 'intend', 'wrote', 'openGate', 'settleSteps', 'release']);

const runsStore = hold(composition.runsStore, (name, args) => {
  // The first thing that is asked about a run that was taken.
  if (name === 'isOver' && (args[0] as Run).fence === '1' && !effects.has(first(args))) effects.set(first(args), 0);
  return ofRun.has(name) ? first(args) : undefined;
});
const releasesStore = hold(composition.releasesStore, (name, args) =>
  name === 'objectsOf' || name === 'pausedReason' ? (args[0] as string) : undefined,
);
const releaseMachine = hold(composition.releaseMachine, (name, args) => (name === 'endRun' ? first(args) : undefined));
const audit = hold(composition.audit, (name, args) =>
  name === 'record' ? (args[1] as { target: { id?: string } }[])[0]?.target.id : undefined,
);
const connections = new Proxy(composition.connections, {
  get(of, name) {
    const value = Reflect.get(of, name) as unknown;
    if (name !== 'for') return value;
    return async (clusterId: string) =>
      hold(await of.for(clusterId), (method, args) =>
        method === 'request'
          ? (args[0] as { identity?: { extra?: Record<string, string[]> } }).identity?.extra?.[
              'release.quarterdeck.dev'
            ]?.[0]
          : undefined,
      );
  },
});

const watches: ClusterWatches = { watch: () => ({ stop: async () => {} }) as never, close: async () => {} };
process.on('message', (message: ToDoomed) => {
  if (message === 'start')
    void startWorker({ ...composition, runsStore, releasesStore, releaseMachine, audit, connections }, { watches });
});
process.send?.({ ready: true } satisfies FromDoomed);
