import { fileURLToPath } from 'node:url';
import { appRole, createDatabase, restore } from '@quarterdeck/database';
import { ConfigError } from '../config.ts';
import { verifyTrail } from '../features/audit/index.ts';
import { fileKeyring } from '../platform/crypto/keyring.ts';
import { openAll } from '../platform/crypto/sealed-columns.ts';
import { loadInstallation } from '../platform/installation.ts';
import { runProcess } from '../processes/run-process.ts';
import { exitCodes } from '../processes/shutdown.ts';
import { parseCommand, say } from './open-installation.ts';

const usage = `npm run restore -- --from FOLDER --keyring-file FILE --database-url URL
  Fills an empty database (URL of the login that migrates) from a backup, then proves it: every credential opens with
  the keyring, and the audit trail verifies.`;

const migrations = fileURLToPath(new URL('../../../../prisma/migrations', import.meta.url));

/** `npm run restore`. */
await runProcess(async () => {
  const { given, config } = parseCommand(
    process.argv.slice(2),
    { from: { type: 'string' }, 'keyring-file': { type: 'string' } },
    usage,
  );
  const { from, 'keyring-file': keyringFile } = given;
  const url = config.migrationDatabaseUrl ?? config.databaseUrl;
  if (from === undefined || keyringFile === undefined || url === undefined) throw new ConfigError(usage);
  const started = performance.now();
  const { tables } = await restore({ url, folder: from, migrations });
  say(`${tables.length} tables restored.`);
  const database = createDatabase({ url, role: appRole });
  try {
    const { envelopes } = await loadInstallation(database, fileKeyring(keyringFile));
    say(`${await openAll(database.pool, envelopes)} sealed records open with the keyring.`);
    const { records, bad } = await verifyTrail(database.pool);
    if (bad === undefined) say(`${records} audit records verify.`);
    else {
      say(`The trail does not verify. Chain ${bad.chain}, record ${bad.seq}: ${bad.problem}.`);
      process.exitCode = exitCodes.failed;
    }
    say(`Done in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
  } finally {
    await database.close();
  }
});
