import type pg from 'pg';
import { connectPrimary } from './connections.ts';
import type { Hosts } from './hosts.ts';

/** A connection that is kept for one question: is anybody there? */
export interface PulseLine {
  /** Opens it ahead, while there is time. */
  open(): void;
  /** Resolves when PostgreSQL answers. A broken line is opened again, and one that hangs is given up by the next question. */
  ask(): Promise<void>;
  close(): void;
}

const applicationName = 'quarterdeck-pulse';
/** How long opening may take, ms: ahead, and when somebody waits to know. */
const patience = { ahead: 10_000, asked: 1000 };

/**
 * To open a connection PostgreSQL starts a process and checks a password: on a busy machine that takes longer than an
 * answer may, and a PostgreSQL that works would be called gone. So the line is opened once, and kept.
 */
export function createPulseLine(hosts: Hosts): PulseLine {
  let line: Promise<pg.Client> | undefined;
  let waitedOn: Promise<pg.Client> | undefined;
  let closed = false;

  function dial(connectionTimeoutMillis: number): Promise<pg.Client> {
    const dialled = connectPrimary(hosts, {
      application_name: applicationName,
      connectionTimeoutMillis,
      keepAlive: true,
    });
    line = dialled;
    dialled.then(
      (client) => {
        client.on('end', () => forget(dialled));
        if (closed) forget(dialled);
      },
      () => forget(dialled),
    );
    return dialled;
  }

  function forget(given: Promise<pg.Client>): void {
    if (line === given) line = undefined;
    given.then(
      (client) => (client as unknown as ClientInside).connection.stream.destroy(),
      () => {},
    );
  }

  async function askOn(given: Promise<pg.Client>): Promise<void> {
    waitedOn = given;
    try {
      await (await given).query('SELECT 1');
    } catch (error) {
      forget(given);
      throw error;
    } finally {
      if (waitedOn === given) waitedOn = undefined;
    }
  }

  return {
    open() {
      if (line === undefined && !closed) dial(patience.ahead);
    },
    async ask() {
      // The last question has no answer yet.
      if (waitedOn !== undefined) forget(waitedOn);
      if (line !== undefined) {
        try {
          return await askOn(line);
        } catch {
          // It may have been broken for long; a new one tells how it is.
        }
      }
      await askOn(line ?? dial(patience.asked));
    },
    close() {
      closed = true;
      if (line !== undefined) forget(line);
    },
  };
}

type ClientInside = { connection: { stream: { destroy(): void } } };
