import type pg from 'pg';
import { begin, commit } from './commit.ts';
import { createPool } from './connections.ts';
import { DatabaseUnavailableError, isBroken, isUnavailable } from './errors.ts';
import { parseHosts } from './hosts.ts';
import { createListener } from './listener.ts';
import { createNotices } from './notices.ts';
import { createPulse } from './pulse.ts';
import { createPulseLine } from './pulse-line.ts';
import { createStatementNames, type StatementNames } from './statement-names.ts';

export type QueryResult<R extends pg.QueryResultRow = pg.QueryResultRow> = { rows: R[]; rowCount: number | null };

/** Anything that runs SQL: the pool, or one transaction. */
export interface Queryable {
  query<R extends pg.QueryResultRow = pg.QueryResultRow>(
    sql: string,
    values?: readonly unknown[],
  ): Promise<QueryResult<R>>;
}

/** Tells who listens on a channel that something has changed: a wake-up and no more, which may be lost. */
export interface Notifier {
  /** Soon, and together with others; of a transaction once it is committed. */
  notify(channel: string, payload: string): void;
}

/** One open transaction; its statements run in order on one connection, those that are asked often prepared `by key`. */
export interface Transaction extends Queryable, Notifier {
  /**
   * The last statement, sent in one message with COMMIT: a lock that many wait for is held for no round trip. When it
   * fails nothing is committed.
   * @param statement its text, made when the work is done; `literal` quotes a value for it
   */
  atCommit(statement: (literal: (value: string) => string) => string): void;
}

/** Single statements, each on any connection that is free. */
export interface Pool extends Notifier {
  /**
   * @param options `prepared`: a text that is asked again and again is parsed once per connection.
   *   `each time`: and planned each time, so that arrays and rare values stay what the plan is made for.
   *   `by key`: and planned once where that costs no more, for rows that are found by their keys whatever the values.
   */
  query<R extends pg.QueryResultRow = pg.QueryResultRow>(
    sql: string,
    values?: readonly unknown[],
    options?: { prepared?: Planning },
  ): Promise<QueryResult<R>>;
}

type Planning = 'each time' | 'by key';

export interface Database {
  /** Raises `DatabaseUnavailableError` when PostgreSQL does not answer. */
  readonly pool: Pool;
  /** The same for statements that find rows by their keys: each is prepared, and planned once, as in a transaction. */
  readonly keyed: Pool;
  /**
   * Runs the work in one transaction: commit when it resolves, rollback when it throws. Serialisation failures and
   * deadlocks are tried again up to three times, so the work must have no effect outside. A commit whose reply was lost
   * is looked up: it resolves when it took place, and raises `DatabaseUnavailableError` when it did not.
   * @param options.snapshot all statements see the rows of one moment, and change none
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: { snapshot?: boolean }): Promise<T>;
  /** LISTEN on a connection of its own that reconnects; `undefined` payload after a gap: anything may have changed. */
  listen(channel: string, handler: (payload: string | undefined) => void): () => void;
  /** For COPY and cursors: a connection to be released. */
  connect(): Promise<pg.PoolClient>;
  /** How a thread opens connections of its own alike. Holds the password: never logged, never sent elsewhere. */
  readonly access: DatabaseAccess;
  close(): Promise<void>;
}

export type DatabaseOptions = {
  /** May name several hosts; the one that takes writes is used. */
  url: string;
  /** Default 10. */
  maxConnections?: number;
  /**
   * SET ROLE of every connection. It can be reset by who has the connection, so it is for the embedded database and
   * tests; a company's database has a login of its own for the product.
   */
  role?: string;
  /**
   * Watch PostgreSQL while statements wait, and refuse within 2 s when it is gone or somebody sits on a lock. What serves
   * people has it on.
   */
  watch?: boolean;
  /** Problems of idle connections and of the listener; they heal by themselves. */
  onWarning?: (error: unknown) => void;
};

export type DatabaseAccess = Pick<DatabaseOptions, 'url' | 'role' | 'watch'>;

/**
 * Settings of every connection. Jit costs more than it gives on our short statements; a stopped process must not keep
 * row locks, and who waits for a lock of somebody stuck is told to come back.
 */
const settings = '-c jit=off -c idle_in_transaction_session_timeout=10s -c statement_timeout=15s -c timezone=UTC';
/** How long to wait for a lock and for a connection, ms. A lost PostgreSQL is seen sooner by who watches it. */
const patience = { watching: { lock: 1500, connection: 5000 }, patient: { lock: 10_000, connection: 10_000 } };
const retryable = new Set(['40001', '40P01']);
const attempts = 4;

export function createDatabase(options: DatabaseOptions): Database {
  const hosts = parseHosts(options.url);
  const waits = options.watch === true ? patience.watching : patience.patient;
  const ours = `${settings} -c lock_timeout=${waits.lock}`;
  const { pool: clients, connect } = createPool(hosts, {
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: waits.connection,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    options: options.role === undefined ? ours : `${ours} -c role=${options.role}`,
    application_name: 'quarterdeck',
  });
  let closing = false;
  // The pool lets go of its connections before they are closed: what they say then is no news.
  const warn = (error: unknown) => {
    if (!closing) options.onWarning?.(error);
  };
  // Without a listener an idle connection that PostgreSQL closes would end the process.
  clients.on('error', warn);
  const listener = createListener({ hosts, onWarning: warn });
  /** Lists have thousands of forms: they are not to take the names of what is asked with every step. */
  const names = {
    'each time': createStatementNames('list', 200),
    'by key': createStatementNames('keyed', 300),
  } satisfies Record<Planning, StatementNames>;
  /** Connections that plan each time; the others do as PostgreSQL does by itself. */
  const eachTime = new WeakSet<pg.PoolClient>();
  const pulse = options.watch === true ? watch() : undefined;
  const guard = <T>(work: () => Promise<T>): Promise<T> => (pulse === undefined ? work() : pulse.guard(work));

  function watch() {
    const busy = new Set<pg.PoolClient>();
    clients.on('acquire', (client) => busy.add(client));
    clients.on('release', (_error, client) => busy.delete(client));
    clients.on('remove', (client) => busy.delete(client));
    const line = createPulseLine(hosts);
    clients.once('acquire', line.open);
    const made = createPulse({
      ask: async () => {
        try {
          await line.ask();
        } catch (error) {
          // Too many connections: it answers, and those that are open go on working.
          if (sqlState(error) !== '53300') throw error;
        }
      },
      // A connection that waits for a dead host would wait for minutes; its owner has been told already.
      onLost: () => {
        for (const client of busy) (client as unknown as PoolClientInside).connection.stream.destroy();
      },
    });
    return {
      guard: made.guard,
      close() {
        made.close();
        line.close();
      },
    };
  }

  /** Runs on one connection and gives it back, or throws it away when it broke. */
  async function withClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await connect();
    let broken: unknown;
    const onError = (error: unknown) => {
      broken = error;
    };
    client.on('error', onError);
    try {
      return await work(client);
    } catch (error) {
      if (isBroken(error) || isOutdated(error)) broken ??= error;
      throw error;
    } finally {
      client.off('error', onError);
      client.release(broken !== undefined);
    }
  }

  const once = <T>(work: (tx: Transaction) => Promise<T>, snapshot: boolean, mayPrepare: boolean) =>
    withClient(async (client) => {
      try {
        const started = await begin(client, {
          snapshot,
          planning: eachTime.has(client) ? 'SET LOCAL plan_cache_mode = auto' : '',
        });
        const last: Parameters<Transaction['atCommit']>[0][] = [];
        const news: [channel: string, payload: string][] = [];
        const value = await work({
          query: (text, values = []) => {
            const name = mayPrepare && values.length > 0 ? names['by key'].of(text) : undefined;
            return client.query(
              name === undefined ? { text, values: [...values] } : { name, text, values: [...values] },
            );
          },
          atCommit: (statement) => void last.push(statement),
          notify: (channel, payload) => void news.push([channel, payload]),
        });
        await commit(
          client,
          connect,
          started,
          last.map((statement) => statement((text) => client.escapeLiteral(text))),
        );
        for (const [channel, payload] of news) notices.send(channel, payload);
        return value;
      } catch (error) {
        if (!isBroken(error)) await client.query('ROLLBACK').catch(() => {});
        throw error;
      }
    });

  /** What a connection has prepared for a table that is another by now is asked anew on one that knows nothing. */
  async function prepared<R extends pg.QueryResultRow>(
    text: string,
    values: unknown[],
    planning: Planning,
  ): Promise<QueryResult<R>> {
    const name = names[planning].of(text);
    if (name === undefined) return withClient((client) => client.query<R>(text, values));
    try {
      return await withClient(async (client) => {
        await plan(client, planning);
        return client.query<R>({ name, text, values });
      });
    } catch (error) {
      if (!isOutdated(error)) throw error;
      return withClient((client) => client.query<R>(text, values));
    }
  }

  async function plan(client: pg.PoolClient, planning: Planning): Promise<void> {
    if (eachTime.has(client) === (planning === 'each time')) return;
    await client.query(`SET plan_cache_mode = ${planning === 'each time' ? 'force_custom_plan' : 'auto'}`);
    if (planning === 'each time') eachTime.add(client);
    else eachTime.delete(client);
  }

  const pool: Pool = {
    notify: (channel, payload) => notices.send(channel, payload),
    query: <R extends pg.QueryResultRow>(
      sql: string,
      values: readonly unknown[] = [],
      { prepared: planning }: { prepared?: Planning } = {},
    ) =>
      mapped(() =>
        guard(() =>
          planning === undefined
            ? withClient((client) => client.query<R>(sql, [...values]))
            : prepared<R>(sql, [...values], planning),
        ),
      ),
  };

  const notices = createNotices(pool.query);

  return {
    pool,
    keyed: keyedOf(pool),
    transaction: (work, { snapshot = false } = {}) =>
      mapped(() =>
        guard(async () => {
          let mayPrepare = true;
          for (let attempt = 1; ; attempt += 1) {
            try {
              return await once(work, snapshot, mayPrepare);
            } catch (error) {
              // Prepared for a table that is another by now, on this connection and maybe on each.
              if (isOutdated(error)) mayPrepare = false;
              else if (!retryable.has(sqlState(error))) throw error;
              if (attempt === attempts) throw error;
            }
          }
        }),
      ),
    listen: (channel, handler) => listener.listen(channel, handler),
    connect: () => mapped(() => guard(connect)),
    access: accessOf(options),
    async close() {
      closing = true;
      notices.close();
      pulse?.close();
      await listener.close();
      await clients.end();
    },
  };
}

/** Of a pool: statements that find rows by their keys. */
export function keyedOf(pool: Pool): Pool {
  return { query: (sql, values) => pool.query(sql, values, { prepared: 'by key' }), notify: pool.notify };
}

function accessOf({ url, role, watch }: DatabaseOptions): DatabaseAccess {
  return { url, ...(role === undefined ? {} : { role }), ...(watch === undefined ? {} : { watch }) };
}

type PoolClientInside = { connection: { stream: { destroy(): void } } };

/** SQLSTATE of a failed statement, or an empty string: `23505` is a unique violation. */
export function sqlState(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** A table was changed under a prepared statement, or something between took it away. */
function isOutdated(error: unknown): boolean {
  return (
    error instanceof Error &&
    ['0A000', '26000'].includes(sqlState(error)) &&
    /cached plan|prepared statement/.test(error.message)
  );
}

async function mapped<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw isUnavailable(error) && !(error instanceof DatabaseUnavailableError)
      ? new DatabaseUnavailableError(error)
      : error;
  }
}
