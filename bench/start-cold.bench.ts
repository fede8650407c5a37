import { execFileSync, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { freePort, makeDataFolder, removeDataFolder } from '@quarterdeck/testing';
import { printResult } from './result.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

/**
 * `npm start` in a fresh clone, with nothing but pnpm's store filled: to the first page served. Baseline: the same
 * clone started again.
 */
const folder = await makeDataFolder();
execFileSync('git', ['clone', '--quiet', root, folder]);
const cold = await startOnce();
const warm = await startOnce();
await removeDataFolder(folder);
process.stdout.write(`fresh clone      ${cold.toFixed(1)} s\nthe second time  ${warm.toFixed(1)} s\n`);
printResult({
  figure: 'start-cold',
  value: Math.round(cold * 10) / 10,
  unit: 's',
  baseline: Math.round(warm * 10) / 10,
  goal: 60,
});

/** Seconds from the command to the first page. */
async function startOnce(): Promise<number> {
  const port = await freePort();
  const started = performance.now();
  const child = spawn('npm', ['start', '--silent', '--', '--port', String(port)], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = await untilReady(child.stdout);
  const page = await fetch(`http://localhost:${port}`);
  if (!page.ok || !(await page.text()).includes('<html')) throw new Error(`no page was served:\n${output}`);
  const took = (performance.now() - started) / 1000;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
  return took;
}

/** What it says until it says that it runs; it is read on after that, or it could not write. */
function untilReady(stdout: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('Stop with Ctrl-C')) resolve(output);
    });
    stdout.once('end', () => reject(new Error(`it ended:\n${output}`)));
  });
}
