import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type OidcServer, startOidcServer } from '../apps/api/src/testing/oidc-server.ts';
import { installAxe } from './setup/accessibility.ts';
import { launchBrowser } from './setup/browser.ts';
import { type Gallery, openGallery } from './setup/gallery.ts';
import { type Portal, startPortal } from './setup/portal.ts';
import { startReplica } from './setup/replica.ts';

const people = {
  ann: { sub: 'ann-1', name: 'Ann Example', preferred_username: 'ann', groups: ['checkout-team'] },
  bob: { sub: 'bob-1', name: 'Bob Builder', preferred_username: 'bob', groups: [] },
};
const client = { id: 'quarterdeck', secret: 'a secret of the journey' };
const image = 'registry.example.com/storefront/cart:1.0.0';

type Answer = { status: number; body: Record<string, never> & { items: { id: string; slug: string }[]; id: string } };

/** In order: who you are, what you may do, what was done. Two servers answer; what one does holds on the other. */
describe('access, from the first sign-in to the audit trail', () => {
  let provider: OidcServer;
  let portal: Portal;
  let replica: Awaited<ReturnType<typeof startReplica>>;
  let gallery: Gallery;
  let owner: Page;
  let bob: Page;
  const browsers: Browser[] = [];
  const pages: Page[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    gallery = await openGallery('access');
    provider = await startOidcServer();
    portal = await startPortal({ env: { QUARTERDECK_CLUSTER_ADDRESS_ALLOW: `127.0.0.1/32:${provider.port}` } });
    owner = await person();
  });
  afterAll(async () => {
    for (const browser of browsers) await browser.close();
    await replica?.stop();
    await portal?.stop();
    await provider?.close();
  });

  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    for (const [index, page] of pages.entries()) await gallery.keep(page, `failed-${index + 1}`);
  });

  /** A browser of their own; the provider's authority is trusted in it as a company's would be. */
  async function person(): Promise<Page> {
    // Contexts of one browser in a single process share their cookies.
    const browser = await launchBrowser();
    browsers.push(browser);
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ignoreHTTPSErrors: true });
    pages.push(page);
    await installAxe(page);
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('Failed to load resource'))
        complaints.push(message.text());
    });
    return page;
  }

  /** Signs in at the provider, which asks nothing: it knows who is there. */
  async function signIn(who: keyof typeof people): Promise<Page> {
    provider.person = people[who];
    const page = await person();
    await page.goto(portal.origin);
    await page.getByRole('button', { name: 'Sign in with Corp' }).waitFor();
    if (who === 'ann') await gallery.look(page, 'sign-in');
    await page.getByRole('button', { name: 'Sign in with Corp' }).click();
    await page.getByRole('button', { name: people[who].name }).waitFor();
    return page;
  }

  /** The API as the page's own scripts reach it, at the server the page is of. */
  const ask = (page: Page, method: string, path: string, body?: object): Promise<Answer> =>
    page.evaluate(
      async ({ method, path, body }) => {
        const answer = await fetch(`/api/v1${path}`, {
          method,
          ...(body === undefined
            ? {}
            : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
        });
        return { status: answer.status, body: await answer.json().catch(() => ({})) };
      },
      { method, path, body },
    );

  it('is claimed, and asks its owner for a provider', async () => {
    await owner.goto(`${portal.origin}/setup#code=${portal.setupCode}`);
    await owner.getByLabel('Your name').fill('Li Wei');
    await owner.getByLabel('Account name').fill('li.wei');
    await owner.getByLabel('Password').fill('correct horse battery staple');
    await owner.getByRole('button', { name: 'Claim this installation' }).click();
    await owner.getByRole('navigation', { name: 'Main' }).waitFor();
    // Each server that starts on an unclaimed installation prints a code of its own, and the newest holds.
    replica = await startReplica(portal, [`127.0.0.1/32:${provider.port}`]);
    await owner.goto(`${portal.origin}/settings/identity`);
    await owner.getByText('No provider yet').waitFor();
  });

  it('takes an OIDC provider after its test report', async () => {
    await owner.getByRole('button', { name: 'Add a provider' }).click();
    const dialog = owner.getByRole('dialog');
    const addresses = ((await dialog.locator('pre').first().textContent()) ?? '')
      .split(/\s+/)
      .filter((line) => line !== '');
    expect(addresses.every((address) => address.endsWith('/callback'))).toBe(true);
    provider.register({ ...client, redirectUris: addresses });
    await dialog.getByLabel('Name', { exact: true }).fill('Corp');
    await dialog.getByLabel('Issuer').fill(provider.issuer);
    await dialog.getByLabel('Client id').fill(client.id);
    await dialog.getByLabel('Client secret').fill('wrong');
    await dialog.getByText('Scopes, signing').click();
    await dialog.getByLabel('Certificate authority').fill(provider.caPem);
    await dialog.getByRole('button', { name: 'Test', exact: true }).click();
    await dialog.getByText('must be mended').first().waitFor();
    await gallery.look(owner, 'provider-to-mend');
    await dialog.getByLabel('Client secret').fill(client.secret);
    await dialog.getByRole('button', { name: 'Test again' }).click();
    await dialog.getByText('A sign-in will work.').waitFor();
    await gallery.look(owner, 'provider-works');
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await owner.getByRole('row', { name: /Corp/ }).waitFor();
    await gallery.look(owner, 'settings');
  });

  it('lets two people in from there, who may do nothing yet', async () => {
    const ann = await signIn('ann');
    bob = await signIn('bob');
    await bob.getByText('Nothing is granted to you yet').waitFor();
    await gallery.look(bob, 'nothing-granted');
    for (const page of [ann, bob]) {
      expect((await ask(page, 'GET', '/clusters')).status).toBe(403);
      expect((await ask(page, 'POST', '/projects', { slug: 'mine' })).status).toBe(403);
    }
  });

  it('gives a project one namespace of one cluster, a team from the provider and a person', async () => {
    await owner.goto(`${portal.origin}/access/projects`);
    await owner.getByRole('button', { name: 'New project' }).click();
    await owner.getByRole('dialog').getByLabel('Short name').fill('shop');
    await owner.getByRole('button', { name: 'Create project' }).click();
    await owner.getByRole('heading', { name: 'shop', exact: true }).waitFor();
    await owner.getByRole('tab', { name: /Environments/ }).click();
    await owner.getByRole('button', { name: 'New environment' }).click();
    const dialog = owner.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill('production');
    await dialog.getByLabel('Cluster labels').fill('cluster=bj-1');
    await dialog.getByText('Fits bj-1').waitFor();
    await dialog.getByLabel('Namespace').fill('storefront');
    await gallery.look(owner, 'environment');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await owner.getByText('Fits bj-1').waitFor();
    await gallery.look(owner, 'project-environments');
    await owner.getByRole('tab', { name: /Members/ }).click();
    await grant('checkout', /checkout-team/, 'Viewer');
    await grant('bob', /Bob Builder/, 'Developer', 'grant');
    await gallery.look(owner, 'project-members');
  });

  async function grant(words: string, who: RegExp, role: string, look?: string): Promise<void> {
    await owner.getByRole('button', { name: 'Grant a role' }).first().click();
    const dialog = owner.getByRole('dialog');
    await dialog.getByRole('combobox', { name: 'Person, group or service account' }).fill(words);
    await dialog.getByRole('option', { name: who }).click();
    await dialog.getByLabel('Role', { exact: true }).selectOption({ label: role });
    await dialog.getByText(/Gains \d+ permissions/).waitFor();
    if (look !== undefined) await gallery.look(owner, look);
    await dialog.getByRole('button', { name: new RegExp(`Grant ${role} to`) }).click();
    await dialog.waitFor({ state: 'detached' });
    await owner.getByRole('row', { name: who }).waitFor();
  }

  it('lets the member deploy there, at the other server', async () => {
    await bob.goto(`${replica.origin}/applications/new`);
    await bob.getByLabel('Name', { exact: true }).fill('cart');
    await bob.getByLabel('Environment', { exact: true }).selectOption({ label: 'production: bj-1/storefront' });
    await bob.getByRole('button', { name: 'Create and set up the first deployment' }).click();
    await bob.getByRole('heading', { name: 'Deploy cart to production' }).waitFor();
    await bob.getByLabel('Image').fill(image);
    await bob.getByText('Ready to deploy').waitFor();
    await bob.getByRole('button', { name: 'Deploy to 1 cluster' }).click();
    await bob.getByRole('heading', { name: 'cart production #1' }).waitFor();
    await bob
      .getByRole('region', { name: 'Target bj-1' })
      .getByText('Healthy', { exact: true })
      .waitFor({ timeout: 60_000 });
    await gallery.look(bob, 'member-release');
  });

  it('refuses the member everywhere else', async () => {
    const [shop] = (await ask(bob, 'GET', '/projects')).body.items;
    const elsewhere = await ask(bob, 'POST', '/applications', {
      projectId: shop?.id,
      slug: 'elsewhere',
      environments: [
        { name: 'elsewhere', tier: 'production', rules: [{ selector: { cluster: 'nb-1' }, namespace: 'elsewhere' }] },
      ],
    });
    expect(elsewhere.status).toBe(403);
    expect((await ask(bob, 'POST', '/projects', { slug: 'mine' })).status).toBe(403);
  });

  it('keeps a trail whose chain verifies', async () => {
    expect(await verifyTrail(portal.dataDir)).toEqual({ code: 0, output: expect.stringMatching(/trail is unaltered/) });
  });

  it('leaves axe nothing to find, in either theme', () => {
    expect(gallery.violations).toEqual([]);
  });

  it('threw nothing and kept its content security policy', () => {
    expect(complaints).toEqual([]);
  });
});

/** `npm run audit:verify` on the running installation. */
function verifyTrail(dataDir: string): Promise<{ code: number | null; output: string }> {
  const command = fileURLToPath(new URL('../apps/api/src/host/audit-verify.ts', import.meta.url));
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [command, '--data-dir', dataDir], { env: { PATH: '/usr/bin:/bin' } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('close', (code) => resolve({ code, output }));
  });
}
