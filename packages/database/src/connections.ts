import pg from 'pg';
import type { Hosts } from './hosts.ts';

/** Told apart from a refusal: this host is well, but another one takes the writes. */
class StandbyError extends Error {
  constructor() {
    super('this PostgreSQL is a standby');
    this.name = 'StandbyError';
  }
}

/**
 * Connects to the host that takes writes, trying each once.
 * @throws the last host's refusal
 */
export async function connectPrimary(hosts: Hosts, config: pg.ClientConfig): Promise<pg.Client> {
  let refusal: unknown;
  for (let tries = 0; tries < hosts.count; tries += 1) {
    const url = hosts.current();
    const client = new pg.Client({ ...config, connectionString: url });
    client.on('error', () => {});
    try {
      await client.connect();
      await refuseStandby(client);
      return client;
    } catch (error) {
      refusal = error;
      hosts.failed(url);
      await client.end().catch(() => {});
    }
  }
  throw refusal;
}

async function refuseStandby(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby');
  if (rows[0]?.standby !== false) throw new StandbyError();
}

/** A pool whose connections go to the host that takes writes. */
export function createPool(hosts: Hosts, config: pg.PoolConfig): { connect(): Promise<pg.PoolClient>; pool: pg.Pool } {
  class HostClient extends pg.Client {
    constructor(given?: pg.ClientConfig) {
      super({ ...given, connectionString: hosts.current() });
      // While `verify` asks, the pool listens no longer and nobody else listens yet: a cut then would end the process.
      this.on('error', () => {});
    }
  }
  const pool = new pg.Pool({
    ...config,
    Client: HostClient as unknown as NonNullable<pg.PoolConfig['Client']>,
    verify: (client, done) => void refuseStandby(client).then(() => done(), done),
  });
  return {
    pool,
    async connect() {
      for (let tries = 1; ; tries += 1) {
        const url = hosts.current();
        try {
          return await pool.connect();
        } catch (error) {
          // All connections in use says nothing about the host.
          if (!(error instanceof Error && error.message.includes('timeout exceeded'))) hosts.failed(url);
          if (tries >= hosts.count) throw error;
        }
      }
    },
  };
}
