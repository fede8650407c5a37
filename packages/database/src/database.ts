import pg from 'pg';
import { DatabaseUnavailableError, isUnavailable } from './errors.ts';
import { createListener } from './listener.ts';

export type QueryResult<R extends pg.QueryResultRow = pg.QueryResultRow> = { rows: R[]; rowCount: number | null };

/** Anything that runs SQL: the pool, or one transaction. */
export interface Queryable {
  query<R extends pg.QueryResultRow = pg.QueryResultRow>(
    sql: string,
    values?: readonly unknown[],
  ): Promise<QueryResult<R>>;
}

/** One open transaction; its statements run in order on one connection. */
export interface Transaction extends Queryable {}

export interface Database {
  /** Single statements. Raises `DatabaseUnavailableError` when PostgreSQL does not answer. */
  readonly pool: Queryable;
  /**
   * Runs the work in one transaction: commit when it resolves, rollback when it throws. Serialisation failures and
   * deadlocks are tried again up to three times, so the work must have no effect outside.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** LISTEN on a connection of its own that reconnects; `undefined` payload after a gap: anything may have changed. */
  listen(channel: string, handler: (payload: string | undefined) => void): () => void;
  /** For COPY and cursors: a connection to be released. */
  connect(): Promise<pg.PoolClient>;
  close(): Promise<void>;
}

export type DatabaseOptions = {
  url: string;
  /** Default 10. */
  maxConnections?: number;
  /** Problems of idle connections and of the listener; they heal by themselves. */
  onWarning?: (error: unknown) => void;
};

/**
 * Settings of every connection. Generic plans ruin rare filters, jit costs more than it gives on our short statements;
 * a stopped process must not keep row locks.
 */
const settings =
  '-c plan_cache_mode=force_custom_plan -c jit=off -c idle_in_transaction_session_timeout=10s -c statement_timeout=15s -c timezone=UTC';
const retryable = new Set(['40001', '40P01']);
const attempts = 4;

export function createDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: 2000,
    idleTimeoutMillis: 30_000,
    options: settings,
    application_name: 'quarterdeck',
  });
  let closing = false;
  // The pool lets go of its connections before they are closed: what they say then is no news.
  const warn = (error: unknown) => {
    if (!closing) options.onWarning?.(error);
  };
  // Without a listener an idle connection that PostgreSQL closes would end the process.
  pool.on('error', warn);
  const listener = createListener({ url: options.url, onWarning: warn });

  async function once<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    let broken: unknown;
    const onError = (error: unknown) => {
      broken = error;
    };
    client.on('error', onError);
    try {
      await client.query('BEGIN');
      const value = await work({ query: (sql, values) => client.query(sql, values === undefined ? [] : [...values]) });
      await client.query('COMMIT');
      return value;
    } catch (error) {
      if (broken === undefined && !isUnavailable(error)) await client.query('ROLLBACK').catch(onError);
      else broken ??= error;
      throw error;
    } finally {
      client.off('error', onError);
      client.release(broken !== undefined);
    }
  }

  return {
    pool: {
      query: (sql, values) => mapped(() => pool.query(sql, values === undefined ? [] : [...values])),
    },
    transaction: (work) =>
      mapped(async () => {
        for (let attempt = 1; ; attempt += 1) {
          try {
            return await once(work);
          } catch (error) {
            if (attempt === attempts || !retryable.has(sqlState(error))) throw error;
          }
        }
      }),
    listen: (channel, handler) => listener.listen(channel, handler),
    connect: () => mapped(() => pool.connect()),
    async close() {
      closing = true;
      await listener.close();
      await pool.end();
    },
  };
}

/** SQLSTATE of a failed statement, or an empty string: `23505` is a unique violation. */
export function sqlState(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

async function mapped<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw isUnavailable(error) ? new DatabaseUnavailableError(error) : error;
  }
}
