import { createDatabase } from '@quarterdeck/database';
import { makeDataFolder, removeDataFolder, startProduct } from '@quarterdeck/testing';
import { readDataFolder } from '../apps/api/src/all-in-one/data-folder.ts';
import { compose } from '../apps/api/src/compose.ts';
import { parseConfig } from '../apps/api/src/config.ts';
import { reachDatabase } from '../apps/api/src/host/open-installation.ts';
import { fileKeyring } from '../apps/api/src/platform/crypto/keyring.ts';
import { createLogger } from '../apps/api/src/platform/telemetry/logger.ts';
import { median, printResult } from './result.ts';
import { welch } from './welch.ts';

const tries = 5000;
const warmUp = 100;
const accounts = 1000;
/** Two-sided p of 0.01. */
const goal = 2.576;

/**
 * Does the time of a failed sign-in tell whether the account exists? Wrong passwords for known and unknown names, mixed,
 * without the floor of 300 ms that hides what is left. Value: |t| of Welch's test. Baseline: |t| between two halves of
 * the unknown ones, which is noise alone.
 */
const folder = await makeDataFolder();
const product = await startProduct({ dataDir: folder, args: ['--no-demo'] });
await product.ready();
const config = parseConfig({}, ['--data-dir', folder]);
const { url, stop } = await reachDatabase(config);
const database = createDatabase({ url });
const keyring = fileKeyring((await readDataFolder(folder)).keyring);
const composition = await compose({
  config,
  database,
  keyring,
  logger: createLogger({ level: 'silent' }),
  signInFloorMs: 0,
});
// A hash of other words with the parameters of today: what matters is that there is one.
await database.pool.query(
  `INSERT INTO identity_user (id, name, display_name, password_hash)
   SELECT gen_random_uuid(), 'known-' || n, 'Known', $2 FROM generate_series(0, $1::int - 1) AS n`,
  [accounts, '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE'],
);

const times = { known: [] as number[], unknown: [] as number[] };
let asked = 0;
for (let round = -warmUp; round < tries; round += 1) {
  // A fresh order each round: whatever drifts, drifts for both. Names come back alike, since the first failure of a name
  // makes a row that later ones change, whether the account exists or not.
  for (const kind of (['known', 'unknown'] as const).toSorted(() => Math.random() - 0.5)) {
    const number = (round + warmUp) % accounts;
    const took = await refusal(`${kind === 'known' ? 'known' : 'other'}-${number}`);
    if (round >= 0) times[kind].push(took);
  }
}
await composition.connections.close();
await composition.access.close();
await database.close();
await stop();
await product.stop();
await removeDataFolder(folder);

const parity = welch(times.known, times.unknown);
const noise = welch(
  times.unknown.filter((_, index) => index % 2 === 0),
  times.unknown.filter((_, index) => index % 2 === 1),
);
const row = (name: string, text: string) => process.stdout.write(`${name.padEnd(28)}${text}\n`);
row('known account', `median ${median(times.known).toFixed(3)} ms`);
row('unknown account', `median ${median(times.unknown).toFixed(3)} ms`);
row('known against unknown', `t ${parity.t.toFixed(2)}, p ${parity.p.toFixed(3)}`);
row('unknown against unknown', `t ${noise.t.toFixed(2)}, p ${noise.p.toFixed(3)}`);
printResult({
  figure: 'login-parity',
  value: Math.round(Math.abs(parity.t) * 100) / 100,
  unit: 'count',
  baseline: Math.round(Math.abs(noise.t) * 100) / 100,
  goal,
  more: { p: parity.p, knownMs: median(times.known), unknownMs: median(times.unknown), tries },
});

/** One failed sign-in, from a network and, every ten tries, an account that has tries left. */
async function refusal(name: string): Promise<number> {
  asked += 1;
  const ip = `10.${(asked >> 16) & 255}.${(asked >> 8) & 255}.${asked & 255}`;
  const actor = { principal: { kind: 'system', name: 'anonymous', permissions: [] }, via: 'anonymous', ip } as const;
  const started = performance.now();
  const code = await composition.identity.signIn(actor, { name, password: 'not the password' }).then(
    () => 'signed in',
    (error: { code?: string }) => error.code,
  );
  const took = performance.now() - started;
  if (code !== 'sign_in_failed') throw new Error(`A wrong password was answered with ${code}.`);
  return took;
}
