import { spawn } from 'node:child_process';
import path from 'node:path';
import { productEnvironment } from './product.mjs';
import { environment, node, root } from './programs.mjs';

/** Starts the all-in-one process and ends as it ends; signals reach it. */
export function start(args) {
  return exec(node, ['apps/api/src/main.ts', ...args]);
}

/** A command of the product on this host: `audit:verify` is `apps/api/src/host/audit-verify.ts`. */
export function host(name, args) {
  return exec(node, [`apps/api/src/host/${name.replace(':', '-')}.ts`, ...args]);
}

/** Where Vite serves the portal while it is worked on. */
const devPort = 5173;

/**
 * Server with restart on change beside Vite's own server, which passes `/api` on. The browser talks to Vite, so that is
 * the address people use, and the only origin the server takes.
 */
export async function dev(args) {
  const vite = spawn(path.join(root, 'apps/web/node_modules/.bin/vite'), ['--port', String(devPort), '--strictPort'], {
    cwd: path.join(root, 'apps/web'),
    env: environment({ QUARTERDECK_PORT: portOf(args) }),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const server = exec(node, ['--watch', '--watch-preserve-output', 'apps/api/src/main.ts', ...args], {
    QUARTERDECK_PUBLIC_URL: `http://localhost:${devPort}`,
  });
  vite.once('exit', () => server.stop());
  const code = await server;
  vite.kill('SIGTERM');
  return code;
}

/** The server's port, as the server itself would find it. */
function portOf(args) {
  const index = args.findIndex((arg) => arg === '--port' || arg.startsWith('--port='));
  if (index === -1) return process.env.QUARTERDECK_PORT ?? '8080';
  return args[index].includes('=') ? args[index].slice('--port='.length) : (args[index + 1] ?? '');
}

/** The exit code, in time; `stop` asks it to end. */
function exec(command, args, variables = {}) {
  const child = spawn(command, args, {
    cwd: root,
    env: { ...environment(variables), ...productEnvironment() },
    stdio: 'inherit',
  });
  // The terminal signals the whole group; what is sent to us alone (a service manager) must reach the child.
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      if (signal === 'SIGTERM' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  onParentGone(() => child.kill('SIGTERM'));
  const ended = new Promise((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`${error.message}\n`);
      resolve(1);
    });
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 0 : 1)));
  });
  return Object.assign(ended, { stop: () => child.kill('SIGTERM') });
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
