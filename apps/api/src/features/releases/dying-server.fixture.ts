import { createDatabase, type Database } from '@quarterdeck/database';
import { createApp } from '../../app.ts';
import { compose } from '../../compose.ts';
import { parseConfig } from '../../config.ts';
import { parseKeyring } from '../../platform/crypto/keyring.ts';
import { createLogger } from '../../platform/telemetry/logger.ts';
import { clientOf } from '../../testing/test-app.ts';

/** What a server does before it dies: one request, as somebody who is signed in. */
export type DyingServerOptions = { databaseUrl: string; keyring: string; cookie: string; url: string; payload: object };

/**
 * A server in a process of its own that is killed between the COMMIT of its first change that others wait for and the
 * message that wakes them: whatever it would have told is lost with it.
 */
const options = JSON.parse(process.argv[2] ?? '{}') as DyingServerOptions;
const real = createDatabase({ url: options.databaseUrl });
const deaf = { notify: () => {} };
const database: Database = {
  ...real,
  pool: { ...real.pool, ...deaf },
  keyed: { ...real.keyed, ...deaf },
  async transaction(work, how) {
    let wouldTell = false;
    const value = await real.transaction((tx) => {
      wouldTell = false;
      const notify = (channel: string) => {
        wouldTell ||= channel === 'quarterdeck_jobs';
      };
      return work({ ...tx, notify });
    }, how);
    if (wouldTell) process.kill(process.pid, 'SIGKILL');
    return value;
  },
};
const composition = await compose({
  config: parseConfig({}, []),
  database,
  keyring: parseKeyring(options.keyring),
  logger: createLogger({ level: 'error' }),
});
const { url, payload } = options;
await clientOf(await createApp(composition), options.cookie).request({ method: 'POST', url, payload });
process.exit(0);
