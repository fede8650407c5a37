import { readFile } from 'node:fs/promises';
import { readDataFolder } from '../all-in-one/data-folder.ts';
import { compose } from '../compose.ts';
import { type Config, ConfigError } from '../config.ts';
import { fileKeyring, type Keyring, parseKeyring } from '../platform/crypto/keyring.ts';
import { createLogger } from '../platform/telemetry/logger.ts';
import { runProcess } from '../processes/run-process.ts';
import { parseCommand, say, withDatabase } from './open-installation.ts';

const usage = `npm run owner:recover -- NAME [--keyring-file FILE] [--data-dir FOLDER | --database-url URL]
  Makes the local account NAME an owner again, or makes the account: enabled, without a second factor, all its sessions
  ended. Prints a one-time link, good for 24 hours, that sets its password. It is written to the audit trail.`;

/** `npm run owner:recover`: for whoever holds the machine, when no owner can sign in any more. */
await runProcess(async () => {
  const { given, positionals, config } = parseCommand(
    process.argv.slice(2),
    { 'keyring-file': { type: 'string' } },
    usage,
  );
  const [name = ''] = positionals;
  if (positionals.length !== 1 || !/^[a-z0-9][a-z0-9._-]{1,62}$/.test(name)) throw new ConfigError(usage);
  const keyring = await keyringOf(config, given['keyring-file']);
  await withDatabase(config, async (database) => {
    const composition = await compose({ config, database, keyring, logger: createLogger({ level: 'silent' }) });
    try {
      if (!(await composition.identity.isClaimed())) {
        throw new ConfigError('Nobody has claimed this installation yet: npm start prints the setup code.');
      }
      const { url, isNew } = await composition.identity.recoverOwner(name);
      // Without a public address this command does not know the port that the server was given.
      const link = config.publicUrl === undefined ? url.replace(/:\d+\//, ':PORT/') : url;
      say(
        `${name} ${isNew ? 'is a new owner' : 'is an owner again'}. Set the password within 24 hours, once, at:\n${link}`,
      );
    } finally {
      await composition.connections.close();
      composition.accessSets.close();
      await composition.access.close();
    }
  });
});

async function keyringOf(config: Config, given: string | undefined): Promise<Keyring> {
  if (config.keyring !== undefined) return parseKeyring(config.keyring);
  const file = given ?? config.keyringFile ?? (await readDataFolder(config.dataDir)).keyring;
  try {
    await readFile(file);
  } catch {
    throw new ConfigError(`There is no keyring at ${file}. Name it with --keyring-file.`);
  }
  return fileKeyring(file);
}
