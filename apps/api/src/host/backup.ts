import { appRole, backup } from '@quarterdeck/database';
import { ConfigError } from '../config.ts';
import { runProcess } from '../processes/run-process.ts';
import { parseCommand, reachDatabase, say } from './open-installation.ts';

const usage = `npm run backup -- --to FOLDER [--data-dir FOLDER | --database-url URL]
  Writes every row of one moment into the folder, while the product runs. Keep the keyring and the checkpoints apart.`;

/** `npm run backup`. */
await runProcess(async () => {
  const { given, config } = parseCommand(process.argv.slice(2), { to: { type: 'string' } }, usage);
  if (given.to === undefined) throw new ConfigError(usage);
  const started = performance.now();
  const { url, embedded, stop } = await reachDatabase(config);
  try {
    const { tables } = await backup({ url, folder: given.to, ...(embedded ? { role: appRole } : {}) });
    say(`${tables.length} tables backed up to ${given.to} in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
  } finally {
    await stop();
  }
});
