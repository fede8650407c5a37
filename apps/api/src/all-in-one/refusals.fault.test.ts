import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { freePort, makeDataFolder, type Product, removeDataFolder, startProduct } from '@quarterdeck/testing';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { newKeyringText } from '../platform/crypto/keyring.ts';

const configuration = 78;

let folders: string[] = [];
let running: Product[] = [];

afterEach(async () => {
  await Promise.all(running.map((product) => product.stop()));
  await Promise.all(folders.map(removeDataFolder));
  running = [];
  folders = [];
});

async function newFolder(): Promise<string> {
  const folder = await makeDataFolder();
  folders.push(folder);
  return folder;
}

type Start = Partial<Parameters<typeof startProduct>[0]>;

/** Starts it as told and waits for its end: the code, and all it said. */
async function refusal(start: Start): Promise<{ code: unknown; said: string }> {
  const product = await startProduct({
    dataDir: await newFolder(),
    ...start,
    args: ['--no-demo', ...(start.args ?? [])],
  });
  running.push(product);
  return { code: await product.ended, said: product.output() };
}

async function expectRefusal(start: Start, sentence: RegExp | string): Promise<void> {
  const { code, said } = await refusal(start);
  expect(said).toMatch(sentence);
  expect(said).not.toMatch(/^\s+at /m);
  expect(code).toBe(configuration);
}

describe('what a stranger typed is refused with the way out:', () => {
  it('an option that does not exist', async () => {
    await expectRefusal(
      { args: ['--prot', '1'] },
      /Unknown option --prot\. Known: --host, --port, --data-dir, --database-url, --no-demo/,
    );
  });

  it('a value that is no port', async () => {
    await expectRefusal(
      { args: ['--port', 'abc'] },
      '--port or QUARTERDECK_PORT is not valid: give a port from 1 to 65535.',
    );
  });

  it('an address of the network without https', async () => {
    await expectRefusal(
      { args: ['--host', '0.0.0.0'] },
      /others reach it: set QUARTERDECK_PUBLIC_URL to its https address/,
    );
    await expectRefusal(
      { env: { QUARTERDECK_PUBLIC_URL: 'http://deck.example.com' } },
      /plain http on deck\.example\.com\. Put TLS in front and give its https address/,
    );
  });

  it('an address that is not of this machine', async () => {
    await expectRefusal(
      { args: ['--host', '192.0.2.1'], env: { QUARTERDECK_PUBLIC_URL: 'https://deck.example.com' } },
      /192\.0\.2\.1 is not an address of this machine\. Try --host 127\.0\.0\.1/,
    );
  });

  it('a database address that is none', async () => {
    await expectRefusal(
      { args: ['--database-url', 'mysql://root:hunter2@db/x'] },
      /--database-url or DATABASE_URL is not valid: give an address such as postgresql:/,
    );
  });
});

describe('a database of its own that does not serve is refused, without its password:', () => {
  const given = (change: (url: URL) => void) => {
    const url = new URL(inject('postgres').adminUrl);
    change(url);
    return url.href;
  };

  it('nobody listens there', async () => {
    const port = await freePort();
    const { code, said } = await refusal({ args: ['--database-url', `postgresql://deck:hunter2@127.0.0.1:${port}/x`] });
    expect(said).toContain(`PostgreSQL at 127.0.0.1:${port} does not answer (ECONNREFUSED). Start it`);
    expect(said).not.toContain('hunter2');
    expect(code).toBe(configuration);
  });

  it('the password is wrong', async () => {
    const { code, said } = await refusal({
      args: [
        '--database-url',
        given((url) => {
          url.password = 'hunter2';
        }),
      ],
    });
    expect(said).toMatch(/does not let quarterdeck in: password authentication failed .* Check user and password/);
    expect(said).not.toContain('hunter2');
    expect(code).toBe(configuration);
  });

  it('the database does not exist', async () => {
    const url = given((url) => {
      url.pathname = '/nowhere';
    });
    await expectRefusal({ args: ['--database-url', url] }, /has no database nowhere\. Create it/);
  });
});

describe('a data folder that cannot be used is refused with what is wrong and the way out:', () => {
  /** A folder that has been used once, and stopped cleanly; each case damages a copy of its own. */
  let used: string;

  beforeAll(async () => {
    used = await makeDataFolder();
    const first = await startProduct({ dataDir: used, args: ['--no-demo'] });
    await first.ready();
    expect(await first.stop()).toBe(0);
  });
  afterAll(() => removeDataFolder(used));

  async function copyOfUsed(): Promise<string> {
    const folder = await newFolder();
    // With owners and modes, which the database insists on.
    execFileSync('cp', ['-a', `${used}/.`, folder]);
    return folder;
  }

  it('it cannot be written', async () => {
    const folder = await newFolder();
    await writeFile(path.join(folder, 'file'), '');
    await expectRefusal(
      { dataDir: path.join(folder, 'file', 'data') },
      /cannot be written \(ENOTDIR\)\. Make it writable, or name another: --data-dir FOLDER/,
    );
  });

  it('ports.json is damaged', async () => {
    for (const text of ['{"postgres": 15', '[]', '{"postgres": "x"}', '{"postgres": 70000}']) {
      const folder = await newFolder();
      await writeFile(path.join(folder, 'ports.json'), text);
      await expectRefusal(
        { dataDir: folder },
        /ports\.json is damaged\. Restore it from a backup, or move the data folder away/,
      );
    }
  });

  it('the keyring is damaged', async () => {
    const folder = await newFolder();
    await writeFile(path.join(folder, 'keyring.json'), '{"primary"', { mode: 0o600 });
    await expectRefusal({ dataDir: folder }, /The keyring is not JSON\. Restore keyring\.json from your backup/);
  });

  it('the database is of another version of PostgreSQL', async () => {
    const folder = await copyOfUsed();
    await writeFile(path.join(folder, 'postgres/PG_VERSION'), '15\n');
    await expectRefusal(
      { dataDir: folder },
      /is of another PostgreSQL version: start the release of Quarterdeck that made it/,
    );
  });

  it('the database lacks a file it cannot start without', async () => {
    const folder = await copyOfUsed();
    await rm(path.join(folder, 'postgres/global/pg_control'));
    await expectRefusal(
      { dataDir: folder },
      /could not open file .*pg_control.* may be damaged: restore it from a backup/,
    );
  });

  it('the database starts and then refuses everybody, and is not left running', async () => {
    const folder = await copyOfUsed();
    await truncate(path.join(folder, 'postgres/global/pg_filenode.map'), 100);
    await expectRefusal({ dataDir: folder }, /could not read file .*pg_filenode\.map.* may be damaged/);
    await expect(readFile(path.join(folder, 'postgres/postmaster.pid'))).rejects.toThrow('ENOENT');
  });

  it('the secrets are of another folder', async () => {
    const folder = await copyOfUsed();
    await rm(path.join(folder, 'secrets.json'));
    await expectRefusal({ dataDir: folder }, /secrets\.json does not belong to .*: put both back from the same backup/);
  });

  it('the keyring is of another installation, and the right one still fits afterwards', async () => {
    const folder = await copyOfUsed();
    const wrong = newKeyringText(randomBytes, 'wrong');
    await expectRefusal(
      { dataDir: folder, env: { QUARTERDECK_KEYRING: wrong } },
      /The keyring does not fit this database.* Put back the keyring\.json that belongs to it/,
    );
    const again = await startProduct({ dataDir: folder, args: ['--no-demo'] });
    running.push(again);
    await again.ready();
  });

  it('another program holds the port of its database', async () => {
    const folder = await copyOfUsed();
    const { postgres } = JSON.parse(await readFile(path.join(folder, 'ports.json'), 'utf8')) as { postgres: number };
    const holder = await listenOn(postgres);
    try {
      await expectRefusal(
        { dataDir: folder },
        `Port ${postgres} is taken: end the program that holds it and start again.`,
      );
    } finally {
      holder.close();
    }
  });

  it('somebody runs on it already, and goes on doing so', async () => {
    const folder = await copyOfUsed();
    const first = await startProduct({ dataDir: folder, args: ['--no-demo'] });
    running.push(first);
    await first.ready();
    await expectRefusal(
      { dataDir: folder },
      `Quarterdeck runs on ${folder} already (process ${first.pid}). Use that one, stop it, or start beside it: npm start -- --data-dir OTHER --port OTHER.`,
    );
    expect((await fetch(`${first.origin}/readyz`)).status).toBe(200);
  });
});

describe('the port of the portal', () => {
  it('in use is told at once, before anything is started or written', async () => {
    const port = await freePort();
    const holder = await listenOn(port);
    const folder = await newFolder();
    const dataDir = path.join(folder, 'data');
    try {
      await expectRefusal(
        { dataDir, port },
        `Port ${port} on 127.0.0.1 is in use. End the program that holds it, or take another: --port ${port + 1}.`,
      );
      await expect(readFile(path.join(dataDir, 'lock'))).rejects.toThrow('ENOENT');
    } finally {
      holder.close();
    }
  });
});

describe('the root user', () => {
  it('is told that an ordinary user is the better choice, and nobody else is', async () => {
    const folder = await newFolder();
    await mkdir(path.join(folder, 'postgres'));
    await writeFile(path.join(folder, 'ports.json'), '[]');
    const { said } = await refusal({ dataDir: folder });
    expect(said.includes('Running as root: PostgreSQL runs as another user')).toBe(process.getuid?.() === 0);
  });
});

function listenOn(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
