import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { createClient } from '@quarterdeck/api-client';
import { signIn } from '@quarterdeck/contracts';
import {
  claimProduct,
  identifyProcess,
  makeDataFolder,
  type Product,
  productOwner,
  removeDataFolder,
  startProduct,
} from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
let running: Product | undefined;

beforeAll(async () => {
  folder = await makeDataFolder();
});
afterAll(async () => {
  await running?.stop();
  await removeDataFolder(folder);
});

async function start(): Promise<Product> {
  running = await startProduct({ dataDir: folder });
  await running.ready();
  return running;
}

const databasePid = async () =>
  Number((await readFile(path.join(folder, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0]);
const ports = async () => readFile(path.join(folder, 'ports.json'), 'utf8');
const isThere = (file: string) =>
  readFile(path.join(folder, file)).then(
    () => true,
    () => false,
  );

const isRunning = (pid: number) => identifyProcess(pid) !== undefined;

async function signInAgain(product: Product): Promise<string> {
  const { origin } = product;
  const send: typeof fetch = (url, init) => fetch(url, { ...init, headers: { ...init?.headers, origin } });
  const client = createClient({ baseUrl: `${origin}/api/v1`, fetch: send });
  const { name, password } = productOwner;
  return (await client.call(signIn, { body: { name, password } })).user.name;
}

/** In order: the life of one data folder, with the demo fleet. */
describe('the product on one data folder', () => {
  let firstPorts: string;

  it('stops cleanly at SIGINT, its database too', async () => {
    const product = await start();
    await claimProduct(product);
    firstPorts = await ports();
    const database = await databasePid();
    expect(isRunning(database)).toBe(true);
    product.kill('SIGINT');
    expect(await product.ended).toBe(0);
    expect(product.output()).toMatch(/Stopping …\s+Stopped\./);
    expect(product.output()).not.toContain('Not everything stopped within 10 s');
    expect(isRunning(database)).toBe(false);
    expect(await isThere('lock')).toBe(false);
    expect(await isThere('postgres/postmaster.pid')).toBe(false);
  });

  it('goes on with the same data, the same owner and the same ports', async () => {
    const product = await start();
    expect(product.output()).not.toContain('Setup code');
    expect(await signInAgain(product)).toBe(productOwner.name);
    expect(await ports()).toBe(firstPorts);
  });

  it('starts after SIGKILL: the lock and the database of the dead one are no obstacle', async () => {
    const database = await databasePid();
    running?.kill('SIGKILL');
    expect(await running?.ended).toBe('SIGKILL');
    expect(await isThere('lock')).toBe(true);
    const product = await start();
    expect(isRunning(database)).toBe(false);
    expect(await signInAgain(product)).toBe(productOwner.name);
  });

  it('leaves at once at a second Ctrl-C, when something does not let go', async () => {
    const product = running as Product;
    const database = await databasePid();
    // A request whose body never comes: the server waits for it as long as it may.
    const socket = connect(product.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      'POST /api/v1/auth/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    );
    await expect.poll(async () => (await fetch(`${product.origin}/healthz`)).status).toBe(200);
    product.kill('SIGINT');
    await expect.poll(() => product.output()).toContain('Stopping …');
    const again = setInterval(() => product.kill('SIGINT'), 200);
    expect(await product.ended).toBe(1);
    clearInterval(again);
    socket.destroy();
    expect(product.output()).not.toContain('Not everything stopped within 10 s');
    // The guard ends the database of a process that left without it.
    await expect.poll(() => isRunning(database)).toBe(false);
  });

  it('stopped while it starts, leaves nothing behind', async () => {
    const product = await startProduct({ dataDir: folder });
    running = product;
    await expect.poll(() => isThere('postgres/postmaster.pid'), { interval: 5 }).toBe(true);
    const database = await databasePid();
    product.kill('SIGTERM');
    expect(await product.ended).toBe(0);
    expect(isRunning(database)).toBe(false);
    expect(await isThere('lock')).toBe(false);
  });
});
