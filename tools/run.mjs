#!/usr/bin/env node
// What `npm start`, `npm test` and the `npm run` commands call. Needs Node 20 and nothing else: it brings pnpm,
// the dependencies and Node 24 itself.

import { advisories } from './run/advisories.mjs';
import { bench } from './run/bench.mjs';
import { install } from './run/install.mjs';
import { buildPortal } from './run/portal.mjs';
import { dev, host, start } from './run/start.mjs';
import { test } from './run/test.mjs';

const usage = `Usage:
  npm start -- [--port N] [--host ADDRESS] [--data-dir FOLDER] [--database-url URL] [--no-demo]
  npm test -- [unit|store|route|behaviour|fault|browser|checks …]
  npm run dev
  npm run bench -- NAME
  npm run advisories
  npm run audit:verify | keyring | owner:recover | backup | restore   (with -- --help: what each takes)
`;

const [command, ...args] = process.argv.slice(2);
const commands = {
  async start() {
    await install();
    await buildPortal();
    return start(args);
  },
  async dev() {
    await install();
    return dev(args);
  },
  async test() {
    await install();
    return test(args);
  },
  async advisories() {
    await install();
    const verdict = await advisories();
    if ('unasked' in verdict) process.stdout.write(`The registry could not be asked: ${verdict.unasked}\n`);
    else process.stdout.write(`${verdict.found.length} high or critical\n${verdict.found.join('\n')}\n`);
    return 'found' in verdict && verdict.found.length === 0 ? 0 : 1;
  },
  async bench() {
    await install();
    await buildPortal();
    return bench(args);
  },
};

for (const name of ['audit:verify', 'keyring', 'owner:recover', 'backup', 'restore']) {
  commands[name] = async () => {
    await install();
    return host(name, args);
  };
}

const run = commands[command];
if (run === undefined) {
  process.stderr.write(usage);
  process.exit(78);
}
try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : error}\n`);
  process.exitCode = typeof error?.exitCode === 'number' ? error.exitCode : 1;
}
