import { open } from 'node:fs/promises';
import type { Database } from '@quarterdeck/database';
import { type Loop, startLoop } from '../../platform/jobs/loop.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { CheckpointSigner } from './checkpoint.ts';
import { createTrailStore, type TrailStore, type VerifiedChain } from './trail.store.ts';
import { readAnchor, verifyOnwards } from './verify-trail.ts';

export type TrailDeps = {
  database: Database;
  signer: CheckpointSigner;
  /** Where checkpoints go besides the log; without it nothing old is ever dropped. */
  checkpointFile: string | undefined;
  logger: Logger;
};

const everyMs = 30_000;
const upkeepMs = 6 * 3_600_000;
/** New records are checked at once; of the old ones some each turn, round and round. */
const newPerTurn = 50_000;
const oldPerTurn = 2_500;

/** The worker's part of the trail: signed heads outside the database, recomputed hashes, months made and dropped. */
export function startAuditLoops(deps: TrailDeps): Loop[] {
  const { database, logger } = deps;
  const store = createTrailStore(database);
  return [
    startLoop({ name: 'audit.checkpoint', everyMs, logger, run: () => writeCheckpoints(deps, store) }),
    startLoop({
      name: 'audit.verify',
      everyMs,
      logger,
      run: (signal) => verifyOnce(deps, store, signal),
    }),
    startLoop({
      name: 'audit.retire',
      everyMs: upkeepMs,
      logger,
      run: async () => {
        await store.makePartitions();
        for (const partition of await store.retire()) logger.info({ partition }, 'audit month dropped after 400 days');
      },
    }),
  ];
}

/** Outside first, then the row that says so: a kill in between writes the same head twice, never a wrong one. */
export async function writeCheckpoints(deps: TrailDeps, store = createTrailStore(deps.database)): Promise<void> {
  const { signer, checkpointFile, logger } = deps;
  const exported = checkpointFile !== undefined;
  await store.withLock('audit.checkpoint', async (tx) => {
    const checkpoints = (await store.dueHeads(tx, exported)).map((head) => signer.sign(head));
    if (checkpoints.length === 0) return;
    for (const checkpoint of checkpoints) logger.info({ checkpoint }, 'audit checkpoint');
    if (checkpointFile !== undefined) await appendLines(checkpointFile, checkpoints);
    for (const checkpoint of checkpoints) await store.addCheckpoint(tx, checkpoint, exported);
  });
}

async function appendLines(file: string, lines: readonly unknown[]): Promise<void> {
  const handle = await open(file, 'a', 0o600);
  try {
    await handle.writeFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** One turn over all chains: what is new, and a piece of what was checked before. */
export async function verifyOnce(
  deps: Pick<TrailDeps, 'database' | 'logger'>,
  store: TrailStore = createTrailStore(deps.database),
  signal?: AbortSignal,
): Promise<void> {
  for (const chain of await store.readChains(deps.database.pool)) {
    if (signal?.aborted === true) return;
    if (chain.head === 0) continue;
    const next = await verifyChain(deps.database, chain);
    if (next.bad !== undefined) deps.logger.error(next.bad, 'the audit trail does not verify');
    await store.putVerified(next);
  }
}

async function verifyChain(database: Database, chain: VerifiedChain): Promise<VerifiedChain> {
  const { pool } = database;
  const anchor = await readAnchor(pool, chain.chain);
  const latest = await verifyOnwards(
    pool,
    chain.chain,
    chain.verified.seq < anchor.seq ? anchor : chain.verified,
    newPerTurn,
  );
  const from = chain.again.seq < anchor.seq ? anchor : chain.again;
  const second = await verifyOnwards(pool, chain.chain, from, oldPerTurn);
  const found = second.bad ?? latest.bad;
  // What was bad stays so until a second look has come past it.
  const stillBad = chain.bad !== undefined && second.link.seq < chain.bad.seq ? chain.bad : undefined;
  return {
    ...chain,
    verified: latest.link,
    recordAt: latest.lastAt === undefined ? chain.recordAt : new Date(latest.lastAt),
    again: second.bad !== undefined || second.checked < oldPerTurn ? anchor : second.link,
    bad: found ?? stillBad,
  };
}
