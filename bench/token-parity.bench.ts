import { createMyToken } from '@quarterdeck/contracts/tokens';
import { claimProduct, makeDataFolder, removeDataFolder, startProduct } from '@quarterdeck/testing';
import { newToken, parseToken, tokenText } from '../apps/api/src/features/identity/index.ts';
import { median, printResult } from './result.ts';
import { welch } from './welch.ts';

const tries = 5000;
const warmUp = 500;
/** Two-sided p of 0.01. */
const goal = 2.576;

/**
 * Does the time of a refusal tell whether a token's id exists? Wrong secrets with a known and with an unknown id, mixed,
 * over HTTP. Value: |t| of Welch's test. Baseline: |t| between two halves of the unknown ones, which is noise alone.
 */
const folder = await makeDataFolder();
const product = await startProduct({ dataDir: folder, args: ['--no-demo'] });
await product.ready();
const owner = await claimProduct(product);
const { secret } = await owner.call(createMyToken, { body: { name: 'known', permissions: ['identity:self'] } });
const known = parseToken(secret);
if (known === undefined) throw new Error('The product gave a token that does not parse.');
const lookup = known.lookup;

const times = { known: [] as number[], unknown: [] as number[], again: [] as number[] };
const kinds = ['known', 'unknown', 'again'] as const;
for (let round = -warmUp; round < tries; round += 1) {
  // A fresh order each round: whatever drifts, drifts for all.
  for (const kind of kinds.toSorted(() => Math.random() - 0.5)) {
    const stranger = newToken('personal');
    const took = await refusal(kind === 'known' ? tokenText({ ...stranger, lookup }) : stranger.text);
    if (round >= 0) times[kind].push(took);
  }
}
await product.stop();
await removeDataFolder(folder);

const parity = welch(times.known, times.unknown);
const noise = welch(times.unknown, times.again);
const row = (name: string, text: string) => process.stdout.write(`${name.padEnd(28)}${text}\n`);
row('known id, wrong secret', `median ${ms(median(times.known))}`);
row('unknown id', `median ${ms(median(times.unknown))}`);
row('known against unknown', `t ${parity.t.toFixed(2)}, p ${parity.p.toFixed(3)}`);
row('unknown against unknown', `t ${noise.t.toFixed(2)}, p ${noise.p.toFixed(3)}`);
printResult({
  figure: 'token-parity',
  value: Math.round(Math.abs(parity.t) * 100) / 100,
  unit: 'count',
  baseline: Math.round(Math.abs(noise.t) * 100) / 100,
  goal,
  more: { p: parity.p, knownMs: median(times.known), unknownMs: median(times.unknown), tries },
});

async function refusal(token: string): Promise<number> {
  const started = performance.now();
  const response = await fetch(`${product.origin}/api/v1/me/token`, { headers: { authorization: `Bearer ${token}` } });
  await response.arrayBuffer();
  const took = performance.now() - started;
  if (response.status !== 401) throw new Error(`A made-up token was answered with ${response.status}.`);
  return took;
}

function ms(value: number): string {
  return `${value.toFixed(3)} ms`;
}
