import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Database } from '@quarterdeck/database';
import { readDataFolder, writeWhole } from '../all-in-one/data-folder.ts';
import { type Config, ConfigError } from '../config.ts';
import { createEnvelopes } from '../platform/crypto/envelope.ts';
import { fileKeyring, type Keyring, keyringText } from '../platform/crypto/keyring.ts';
import { removeKey, rewrapAll } from '../platform/crypto/rotate.ts';
import { countByKey } from '../platform/crypto/sealed-columns.ts';
import { putCanary } from '../platform/installation.ts';
import { systemActor } from '../platform/principal.ts';
import { runProcess } from '../processes/run-process.ts';
import { openAudit, parseCommand, say, withDatabase } from './open-installation.ts';

const usage = `npm run keyring -- COMMAND [--keyring-file FILE] [--data-dir FOLDER | --database-url URL]
  status       how many records each key wraps
  add ID       a new key, not in use yet: bring the file to every server and worker before the next step
  primary ID   records are sealed with this key from now on
  rewrap       records of other keys are sealed again, 500 at a time, while the product runs
  remove ID    takes away a key that wraps nothing any more`;

type Context = { database: Database; file: string; keyring: Keyring; id: () => string };

const commands: Readonly<Record<string, (context: Context) => Promise<void>>> = {
  async status({ database, keyring }) {
    const counts = await countByKey(database.pool);
    for (const keyId of new Set([...keyring.keys.keys(), ...counts.keys()])) {
      const notes = [
        ...(keyId === keyring.primary ? ['primary'] : []),
        ...(keyring.keys.has(keyId) ? [] : ['MISSING in the keyring']),
      ];
      say([keyId, `${counts.get(keyId) ?? 0} records`, ...notes].join('  '));
    }
  },

  async add({ database, file, keyring, id }) {
    const keyId = id();
    if (keyring.keys.has(keyId)) throw new ConfigError(`The keyring has a key "${keyId}" already.`);
    const keys = new Map([...keyring.keys, [keyId, randomBytes(32)]]);
    const next = { primary: keyring.primary, keys };
    // The file first: a canary whose key nobody has would stop the next start.
    await writeWhole(file, keyringText(next));
    await putCanary(database.pool, createEnvelopes(next), keyId);
    await record(database, keyring, keyId, 'added');
    say(
      `Key "${keyId}" is in ${file}. Bring the file to every server and worker, then: npm run keyring -- primary ${keyId}`,
    );
  },

  async primary({ database, file, keyring, id }) {
    const keyId = needKey(keyring, id());
    await putCanary(database.pool, createEnvelopes(keyring), keyId);
    await writeWhole(file, keyringText({ primary: keyId, keys: keyring.keys }));
    await record(database, keyring, keyId, 'primary');
    say(`Records are sealed with "${keyId}" from now on. Next: npm run keyring -- rewrap`);
  },

  async rewrap({ database, keyring }) {
    const sealed = await rewrapAll(database, keyring, (done) => say(`  ${done} records …`));
    await record(database, keyring, keyring.primary, 'rewrapped', sealed);
    say(`${sealed} records are sealed again with "${keyring.primary}".`);
  },

  async remove({ database, file, keyring, id }) {
    const keyId = needKey(keyring, id());
    if (keyId === keyring.primary)
      throw new ConfigError(`"${keyId}" is the primary key: make another one primary first.`);
    const left = await removeKey(database, keyId);
    if (left > 0) throw new ConfigError(`${left} records are sealed with "${keyId}". First: npm run keyring -- rewrap`);
    const keys = new Map([...keyring.keys].filter(([other]) => other !== keyId));
    await writeWhole(file, keyringText({ primary: keyring.primary, keys }));
    await record(database, keyring, keyId, 'removed');
    say(`Key "${keyId}" is gone from ${file}. Keep it with the backups that were made while it was in use.`);
  },
};

async function fileOf(config: Config, given: string | undefined): Promise<string> {
  if (config.keyring !== undefined) {
    throw new ConfigError(
      'The keyring is in QUARTERDECK_KEYRING: put it into a file, name it with --keyring-file, and restart with QUARTERDECK_KEYRING_FILE.',
    );
  }
  const file = given ?? config.keyringFile ?? (await readDataFolder(config.dataDir)).keyring;
  if (!existsSync(file)) throw new ConfigError(`There is no keyring at ${file}. Name it with --keyring-file.`);
  return file;
}

function needId(id: string | undefined): string {
  if (id === undefined || !/^[A-Za-z0-9._-]{1,64}$/.test(id)) {
    throw new ConfigError(`Give the key an id of letters, digits, dot, dash or underscore.\n\n${usage}`);
  }
  return id;
}

function needKey(keyring: Keyring, id: string): string {
  if (keyring.keys.has(id)) return id;
  throw new ConfigError(`The keyring has no key "${id}". It has: ${[...keyring.keys.keys()].join(', ')}.`);
}

async function record(
  database: Database,
  keyring: Keyring,
  keyId: string,
  what: string,
  after: unknown = true,
): Promise<void> {
  const { audit } = await openAudit(database, keyring);
  await audit.record(systemActor('host', []), [
    {
      action: 'identity:configure',
      target: { kind: 'keyring', id: keyId, name: keyId },
      changes: [{ path: what, after }],
    },
  ]);
}

/** `npm run keyring`: rotates the keys of sealed records while the product runs. */
await runProcess(async () => {
  const { given, positionals, config } = parseCommand(
    process.argv.slice(2),
    { 'keyring-file': { type: 'string' } },
    usage,
  );
  const [command = '', id] = positionals;
  const run = commands[command];
  if (run === undefined) throw new ConfigError(usage);
  const file = await fileOf(config, given['keyring-file']);
  const keyring = fileKeyring(file);
  await withDatabase(config, (database) => run({ database, file, keyring, id: () => needId(id) }));
});
