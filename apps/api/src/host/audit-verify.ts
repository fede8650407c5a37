import { readFile } from 'node:fs/promises';
import { ConfigError } from '../config.ts';
import { CheckpointError, readCheckpoints, verifyTrail } from '../features/audit/index.ts';
import { runProcess } from '../processes/run-process.ts';
import { exitCodes } from '../processes/shutdown.ts';
import { parseCommand, say, withDatabase } from './open-installation.ts';

const usage = `npm run audit:verify -- [--checkpoints FILE] [--public-key KEY] [--data-dir FOLDER | --database-url URL]
  Recomputes every record of the audit trail. --checkpoints compares it with signed heads that were kept outside the
  database; --public-key is the key they must be signed with. Exit 1: the first bad record is named.`;

/** `npm run audit:verify`. */
await runProcess(async () => {
  const { given, config } = parseCommand(
    process.argv.slice(2),
    { checkpoints: { type: 'string' }, 'public-key': { type: 'string' } },
    usage,
  );
  const checkpoints = given.checkpoints === undefined ? [] : await readFrom(given.checkpoints, given['public-key']);
  const started = performance.now();
  const { records, bad } = await withDatabase(config, ({ pool }) => verifyTrail(pool, checkpoints));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (bad === undefined) {
    const fit = checkpoints.length === 0 ? '' : `, and it fits ${checkpoints.length} checkpoints`;
    say(`${records} records recomputed in ${seconds} s: the trail is unaltered${fit}.`);
    return;
  }
  say(`The trail was altered. Chain ${bad.chain}, record ${bad.seq}: ${bad.problem}.`);
  process.exitCode = exitCodes.failed;
});

async function readFrom(file: string, publicKey: string | undefined) {
  try {
    return readCheckpoints(await readFile(file, 'utf8'), publicKey);
  } catch (error) {
    if (error instanceof CheckpointError) throw new ConfigError(`${file}: ${error.message}`);
    throw new ConfigError(`${file} cannot be read.`);
  }
}
