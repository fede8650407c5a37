import type { Database } from '@quarterdeck/database';
import type { Config } from './config.ts';
import { type Access, createAccess } from './features/access/index.ts';
import { type Audit, createAudit } from './features/audit/index.ts';
import { createIdentity, type Identity } from './features/identity/index.ts';
import type { Keyring } from './platform/crypto/keyring.ts';
import { type Cursors, createCursors } from './platform/cursor.ts';
import { createLiveHub, type LiveHub } from './platform/events/live-hub.ts';
import { createIdempotencyStore } from './platform/http/idempotency.store.ts';
import { type Installation, loadInstallation } from './platform/installation.ts';
import type { Logger } from './platform/telemetry/logger.ts';

export type CompositionOptions = {
  config: Config;
  database: Database;
  keyring: Keyring;
  logger: Logger;
  /** Shortest time of a failed sign-in, ms; tests shorten it. */
  signInFloorMs?: number;
};

export type Composition = {
  config: Config;
  database: Database;
  logger: Logger;
  installation: Installation;
  cursors: Cursors;
  live: LiveHub;
  idempotency: ReturnType<typeof createIdempotencyStore>;
  audit: Audit;
  identity: Identity;
  access: Access;
};

/** The one place that builds stores and services and ties ports to what fills them. */
export async function compose(options: CompositionOptions): Promise<Composition> {
  const { config, database, keyring, logger } = options;
  const installation = await loadInstallation(database, keyring);
  const cursors = createCursors(installation.cursorKey);
  const audit = createAudit({ database, cursors });
  const access = createAccess({ database, audit });
  await access.start();
  const identity = await createIdentity({
    database,
    audit,
    pepper: installation.pepper,
    ports: { makeOwner: access.makeOwner, fleetPermissions: access.fleetPermissions },
    ...(options.signInFloorMs === undefined ? {} : { floorMs: options.signInFloorMs }),
  });
  const live = createLiveHub({ authorizer: access, isAlive: (actor) => identity.isAlive(actor), logger });
  const idempotency = createIdempotencyStore(database);
  return { config, database, logger, installation, cursors, live, idempotency, audit, identity, access };
}
