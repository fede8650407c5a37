import { spawn } from 'node:child_process';
import path from 'node:path';
import { environment, node, root } from './programs.mjs';

/** Starts the all-in-one process and ends as it ends; signals reach it. */
export function start(args) {
  return exec(node, ['apps/api/src/main.ts', ...args]);
}

/** A command of the product on this host: `audit:verify` is `apps/api/src/host/audit-verify.ts`. */
export function host(name, args) {
  return exec(node, [`apps/api/src/host/${name.replace(':', '-')}.ts`, ...args]);
}

/** Server with restart on change beside Vite's own server, which passes `/api` on. */
export async function dev(args) {
  const vite = spawn(path.join(root, 'apps/web/node_modules/.bin/vite'), [], {
    cwd: path.join(root, 'apps/web'),
    env: environment(),
    stdio: 'inherit',
  });
  const code = await exec(node, ['--watch', 'apps/api/src/main.ts', ...args]);
  vite.kill('SIGTERM');
  return code;
}

function exec(command, args) {
  const child = spawn(command, args, { cwd: root, env: environment(), stdio: 'inherit' });
  // The terminal signals the whole group; what is sent to us alone (a service manager) must reach the child.
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      if (signal === 'SIGTERM' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  onParentGone(() => child.kill('SIGTERM'));
  return new Promise((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`${error.message}\n`);
      resolve(1);
    });
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 0 : 1)));
  });
}

/** npm ends its shell on SIGTERM and says nothing to us: an orphan of npm stops by itself. */
function onParentGone(stop) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, 500);
  timer.unref();
}
