import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import type { Link } from './chain-link.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { BadRecord } from './verify-trail.ts';

export type VerifiedChain = {
  chain: number;
  head: number;
  verified: Link;
  again: Link;
  bad: BadRecord | undefined;
  verifiedAt: Date | undefined;
  recordAt: Date | undefined;
};

export type TrailStatus = {
  chains: VerifiedChain[];
  /** The newest checkpoint that was written outside PostgreSQL. */
  checkpointAt: Date | undefined;
};

type ChainRow = {
  chain: number;
  head: string;
  seq: string | null;
  hash: Buffer | null;
  again_seq: string | null;
  again_hash: Buffer | null;
  bad_seq: string | null;
  problem: string | null;
  verified_at: Date | null;
  record_at: Date | null;
};

const beginning: Link = { seq: 0, hash: Buffer.alloc(0) };

/** State of the trail as a whole: its months, checkpoints, and how far it was recomputed. */
export function createTrailStore(database: Database) {
  async function readChains(on: Queryable): Promise<VerifiedChain[]> {
    const { rows } = await on.query<ChainRow>(
      `SELECT c.chain, c.seq AS head, v.seq, v.hash, v.again_seq, v.again_hash, v.bad_seq, v.problem, v.verified_at, v.record_at
       FROM audit_chain c LEFT JOIN audit_verification v ON v.chain = c.chain ORDER BY c.chain`,
    );
    return rows.map((row) => ({
      chain: row.chain,
      head: Number(row.head),
      verified: toLink(row.seq, row.hash),
      again: toLink(row.again_seq, row.again_hash),
      bad:
        row.bad_seq === null ? undefined : { chain: row.chain, seq: Number(row.bad_seq), problem: row.problem ?? '' },
      verifiedAt: row.verified_at ?? undefined,
      recordAt: row.record_at ?? undefined,
    }));
  }

  return {
    readChains,

    async readStatus(): Promise<TrailStatus> {
      const [chains, checkpoint] = await Promise.all([
        readChains(database.pool),
        database.pool.query<{ at: Date | null }>('SELECT max(at) AS at FROM audit_checkpoint WHERE exported'),
      ]);
      return { chains, checkpointAt: checkpoint.rows[0]?.at ?? undefined };
    },

    async putVerified(chain: VerifiedChain): Promise<void> {
      await database.pool.query(
        `INSERT INTO audit_verification AS v (chain, seq, hash, record_at, again_seq, again_hash, bad_seq, problem)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, record_at = COALESCE(excluded.record_at, v.record_at),
           again_seq = excluded.again_seq, again_hash = excluded.again_hash, bad_seq = excluded.bad_seq,
           problem = excluded.problem, verified_at = now()`,
        [
          ...[chain.chain, chain.verified.seq, chain.verified.hash, chain.recordAt],
          ...[chain.again.seq, chain.again.hash, chain.bad?.seq, chain.bad?.problem],
        ],
      );
    },

    /** One worker at a time; the others have nothing to do. */
    async withLock(name: string, work: (tx: Transaction) => Promise<void>): Promise<void> {
      await database.transaction(async (tx) => {
        const { rows } = await tx.query<{ got: boolean }>(
          'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 140)) AS got',
          [name],
        );
        if (rows[0]?.got === true) await work(tx);
      });
    },

    /** Heads that moved by 1,000 records, or at all within the last five minutes, since they were last written down. */
    async dueHeads(
      on: Queryable,
      exported: boolean,
    ): Promise<{ chain: number; seq: number; hash: Buffer; at: string }[]> {
      const { rows } = await on.query<{ chain: number; seq: string; hash: Buffer; at: string }>(
        `SELECT c.chain, c.seq, c.hash, to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at
         FROM audit_chain c
         LEFT JOIN LATERAL (
           SELECT seq, at FROM audit_checkpoint p WHERE p.chain = c.chain AND (p.exported OR NOT $1)
           ORDER BY seq DESC LIMIT 1
         ) AS last ON true
         WHERE c.seq > COALESCE(last.seq, 0)
           AND (last.seq IS NULL OR c.seq - last.seq >= 1000 OR last.at < clock_timestamp() - interval '5 minutes')
         ORDER BY c.chain`,
        [exported],
      );
      return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
    },

    async addCheckpoint(on: Queryable, checkpoint: Checkpoint, exported: boolean): Promise<void> {
      await on.query('SELECT audit_add_checkpoint($1::smallint, $2, $3, $4, $5, $6)', [
        ...[checkpoint.chain, checkpoint.seq, Buffer.from(checkpoint.hash, 'hex'), checkpoint.at],
        ...[Buffer.from(checkpoint.signature, 'base64'), exported],
      ]);
    },

    /** Months ahead, so that no append has to make its own. */
    async makePartitions(): Promise<void> {
      await database.pool.query(
        "SELECT audit_make_partition(now() + months * interval '1 month') FROM generate_series(0, 2) AS months",
      );
    },

    /** @returns names of the months that were dropped */
    async retire(): Promise<string[]> {
      const { rows } = await database.pool.query<{ name: string }>('SELECT audit_retire AS name FROM audit_retire()');
      return rows.map(({ name }) => name);
    },
  };
}

export type TrailStore = ReturnType<typeof createTrailStore>;

function toLink(seq: string | null, hash: Buffer | null): Link {
  return seq === null || hash === null ? beginning : { seq: Number(seq), hash };
}
