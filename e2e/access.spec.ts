import { runSql } from '@quarterdeck/database/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OidcServer, startOidcServer } from '../apps/api/src/testing/oidc-server.ts';
import { addEnvironment, addProvider, addServiceAccount, claim, deployFirst, grantRole } from './pages/access-pages.ts';
import { type Gallery, openGallery } from './setup/gallery.ts';
import { databaseUrl, verifyTrail } from './setup/host.ts';
import { ask, createPeople, holdStreams, program } from './setup/people.ts';
import { type Portal, startPortal } from './setup/portal.ts';
import { startReplica } from './setup/replica.ts';

const accounts = {
  ann: { sub: 'ann-1', name: 'Ann Example', preferred_username: 'ann', groups: ['checkout-team'] },
  bob: { sub: 'bob-1', name: 'Bob Builder', preferred_username: 'bob', groups: [] },
};
const client = { id: 'quarterdeck', secret: 'a secret of the journey' };
const image = 'registry.example.com/storefront/cart:1.0.0';
/** What is taken away ends within this, whichever server it was taken away at. */
const promiseMs = 5000;

type Items<T> = { items: T[] };
type Named = { id: string; slug: string };

/** In order: who you are, what you may do, what was done. Two servers answer; what one does holds on the other. */
describe('access, from the first sign-in to the audit trail', () => {
  let provider: OidcServer;
  let portal: Portal;
  let replica: Awaited<ReturnType<typeof startReplica>>;
  let gallery: Gallery;
  let owner: Page;
  let bob: Page;
  let account: Awaited<ReturnType<typeof claim>>;
  const people = createPeople();
  /** Of another tenant. */
  let till = '';
  /** The CI token, as it was shown once. */
  let secret = '';

  beforeAll(async () => {
    gallery = await openGallery('access');
    provider = await startOidcServer();
    portal = await startPortal({ env: { QUARTERDECK_CLUSTER_ADDRESS_ALLOW: `127.0.0.1/32:${provider.port}` } });
    owner = await people.enter();
  });
  afterAll(async () => {
    await people.leave();
    await replica?.stop();
    await portal?.stop();
    await provider?.close();
  });

  const lookAt = (page: Page) => (name: string) => gallery.look(page, name);

  /** Signs in at the provider, which asks nothing: it knows who is there. */
  async function signIn(who: keyof typeof accounts): Promise<Page> {
    provider.person = accounts[who];
    const page = await people.enter();
    await page.goto(portal.origin);
    await page.getByRole('button', { name: 'Sign in with Corp' }).waitFor();
    if (who === 'ann') await gallery.look(page, 'sign-in');
    await page.getByRole('button', { name: 'Sign in with Corp' }).click();
    await page.getByRole('button', { name: accounts[who].name }).waitFor();
    return page;
  }

  it('is claimed, and asks its owner for a provider', async () => {
    account = await claim(owner, portal);
    // Each server that starts on an unclaimed installation prints a code of its own, and the newest holds.
    replica = await startReplica(portal, [`127.0.0.1/32:${provider.port}`]);
    await owner.goto(`${portal.origin}/settings/identity`);
    await owner.getByText('No provider yet').waitFor();
  });

  it('takes an OIDC provider after its test report', async () => {
    const addresses = await addProvider(owner, { provider, client, look: lookAt(owner) });
    expect(addresses.length).toBeGreaterThan(0);
    expect(addresses.filter((address) => !address.endsWith('/callback'))).toEqual([]);
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
    await addEnvironment(owner, { cluster: 'bj-1', namespace: 'storefront', look: lookAt(owner) });
    await gallery.look(owner, 'project-environments');
    await owner.getByRole('tab', { name: /Members/ }).click();
    await grantRole(owner, { words: 'checkout', who: /checkout-team/, role: 'Viewer' });
    await grantRole(owner, { words: 'bob', who: /Bob Builder/, role: 'Developer', look: lookAt(owner) });
    await gallery.look(owner, 'project-members');
  });

  it('lets the member deploy there, at the other server', async () => {
    await deployFirst(bob, { origin: replica.origin, name: 'cart', environment: 'production: bj-1/storefront', image });
    await bob.getByText('2 of 2 pods ready', { exact: false }).waitFor();
    await gallery.look(bob, 'member-release');
  });

  it('refuses the member everywhere else, and the page says what is missing and who grants it', async () => {
    const { items } = (await ask<Items<Named>>(owner, 'GET', '/projects')).body;
    const made = await ask<Named>(owner, 'POST', '/applications', {
      projectId: items.find(({ slug }) => slug === 'default')?.id,
      slug: 'till',
      environments: [
        { name: 'production', tier: 'production', rules: [{ selector: { cluster: 'nb-1' }, namespace: 'till' }] },
      ],
    });
    expect(made.status).toBe(201);
    till = made.body.id;
    await bob.goto(`${replica.origin}/applications/new`);
    await bob.getByLabel('Name', { exact: true }).fill('elsewhere');
    // What is there is offered first; a new one is asked for.
    await bob.getByText('production: bj-1/storefront').waitFor({ state: 'attached' });
    await expect.poll(() => bob.getByLabel('Environment', { exact: true }).inputValue()).toMatch(/^env_/);
    await bob.getByLabel('Environment', { exact: true }).selectOption('new');
    await bob.getByRole('checkbox', { name: /bj-1/ }).check();
    await bob.getByRole('button', { name: 'Create and set up the first deployment' }).click();
    const refusal = bob.getByRole('alert');
    await refusal.getByText(/Needs access:projects for a new environment/).waitFor();
    await refusal.getByText(/Ask an owner of this installation/).waitFor();
    await gallery.look(bob, 'member-refused');
    await bob.goto(`${replica.origin}/applications/default/till/deploy`);
    await bob.getByText('There is no application till').waitFor();
    await bob.getByText(/no role of yours reaches its project.*grants one/).waitFor();
    await gallery.look(bob, 'member-elsewhere');
    expect((await ask(bob, 'GET', `/applications/${till}`)).status).toBe(404);
    expect((await ask(bob, 'POST', '/projects', { slug: 'mine' })).status).toBe(403);
  });

  it('gives CI a token, once its maker has proved again who it is', async () => {
    await owner.goto(`${portal.origin}/access/tokens`);
    await addServiceAccount(owner, 'cart-ci', 'shop');
    await owner.goto(`${portal.origin}/access/projects/shop`);
    await grantRole(owner, { words: 'cart-ci', who: /cart-ci/, role: 'Deployer' });

    await owner.goto(`${portal.origin}/access/tokens`);
    const dialog = owner.getByRole('dialog');
    await owner.getByRole('button', { name: 'cart-ci' }).click();
    await owner.getByRole('button', { name: 'New token' }).first().click();
    await dialog.getByLabel('Name', { exact: true }).fill('pipeline');
    await dialog.getByRole('button', { name: 'Deploy from CI' }).click();
    // As long ago as a proof is too old for this.
    await runSql(
      await databaseUrl(portal),
      `UPDATE identity_session SET authenticated_at = now() - interval '11 minutes'
       WHERE user_id = (SELECT id FROM identity_user WHERE name = '${account.name}')`,
    );
    await dialog.getByRole('button', { name: 'Make the token' }).click();
    const proof = owner.getByRole('dialog', { name: 'Prove that it is you' });
    await proof.waitFor();
    // Giving up is said where the deed was, and loses nothing that was typed.
    await owner.keyboard.press('Escape');
    await owner
      .getByRole('alert')
      .getByText(/Prove again that it is you/)
      .waitFor();
    await expect.poll(() => dialog.getByLabel('Name', { exact: true }).inputValue()).toBe('pipeline');
    await dialog.getByRole('button', { name: 'Make the token' }).click();
    // By keyboard alone: focus is inside, and Tab stays there.
    await proof.waitFor();
    for (let presses = 0; presses < 4; presses += 1) await owner.keyboard.press('Tab');
    await expect.poll(() => proof.evaluate((box) => box.contains(document.activeElement))).toBe(true);
    await proof.getByLabel('Password').fill('a wrong one');
    await proof.getByRole('button', { name: 'Go on' }).click();
    await proof.getByText('This is not your password.').waitFor();
    await gallery.look(owner, 'step-up');
    await proof.getByLabel('Password').fill(account.password);
    await proof.getByRole('button', { name: 'Go on' }).click();
    // What was typed before it is still there, and went on by itself.
    await owner.getByText('it is shown this once').waitFor();
    secret = await owner.getByRole('dialog').getByLabel('Token', { exact: true }).inputValue();
    expect(secret).toMatch(/^qds_/);
    await owner.getByRole('button', { name: 'I have stored it' }).click();
  });

  it('lets that token deploy there, and nothing else', async () => {
    await bob.goto(`${replica.origin}/applications/shop/cart/production/releases/1`);
    await bob.getByRole('region', { name: 'Target bj-1' }).getByText('Healthy', { exact: true }).waitFor();
    const ci = program(replica.origin, secret);
    const applications = (
      await ci<Items<Named & { environments: { environmentId: string }[] }>>('GET', '/applications')
    ).body.items;
    expect(applications.map(({ slug }) => slug)).toEqual(['cart']);
    const [cart] = applications;
    const [first] = (
      await ci<Items<{ templateVersionId: string; images: Record<string, unknown> }>>('GET', '/releases')
    ).body.items;
    const input = {
      applicationId: cart?.id,
      environmentId: cart?.environments[0]?.environmentId,
      templateVersionId: first?.templateVersionId,
      images: Object.fromEntries(Object.keys(first?.images ?? {}).map((slot) => [slot, image.replace('1.0', '1.1')])),
      parameters: {},
    };
    expect((await ci('POST', '/releases', { ...input, applicationId: till })).status).toBe(404);
    for (const [method, path, body] of [
      ['POST', '/projects', { slug: 'by-ci' }],
      ['GET', '/access/grants', undefined],
      ['GET', '/users', undefined],
      ['GET', '/audit', undefined],
      ['DELETE', `/applications/${cart?.id}`, undefined],
    ] as const)
      expect(await ci(method, path, body), `${method} ${path}`).toMatchObject({ status: 403 });

    // Taken back while its release is under way: that one stops too, and whoever takes it over says why.
    const members = `${portal.origin}/access/projects/shop`;
    await owner.goto(members);
    await owner.getByRole('button', { name: 'Revoke cart-ci' }).click();
    expect(await ci('POST', '/releases', input)).toMatchObject({ status: 202, body: { number: 2 } });
    await owner.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await owner.getByRole('row', { name: /cart-ci/ }).waitFor({ state: 'detached' });
    expect(await ci('POST', '/releases', input)).toMatchObject({ status: expect.toBeOneOf([403, 404]) });
  });

  it('pauses what CI had begun, and goes on for the owner who resumes it with a reason', async () => {
    await owner.goto(`${portal.origin}/applications/shop/cart/production/releases/2`);
    await owner.getByText('Paused: it ran for cart-ci', { exact: false }).waitFor();
    await gallery.look(owner, 'release-paused');
    await owner.getByRole('button', { name: 'Resume', exact: true }).click();
    const dialog = owner.getByRole('dialog', { name: 'Resume' });
    await dialog.getByLabel(/^Reason/).fill('cart-ci was replaced, this one is fine');
    await gallery.look(owner, 'release-resume');
    await dialog.getByRole('button', { name: 'Resume cart #2' }).click();
    await dialog.waitFor({ state: 'detached' });
    await owner.getByText('2 of 2 pods ready', { exact: false }).waitFor();
  });

  it('says why a log cannot be followed, and what to do about it', async () => {
    await bob.goto(`${replica.origin}/applications/shop/cart/production/releases/2`);
    const target = bob.getByRole('region', { name: 'Target bj-1' });
    await target.getByText('2 of 2 pods ready', { exact: false }).waitFor();
    const close = await holdStreams(bob, replica.origin, 50);
    await target.getByRole('button', { name: 'Logs', exact: true }).click();
    await bob.getByText('You have 50 streams open, which is the most. Close a tab or a followed log').waitFor();
    await gallery.look(bob, 'log-refused');
    await close();
  });

  it('closes the open log of a member whose grant is revoked at the other server, and says why', async () => {
    let closedAt = 0;
    bob.on('websocket', (socket) => {
      if (socket.url().includes('/logs/follow'))
        socket.on('close', () => {
          closedAt = performance.now();
        });
    });
    await bob.getByRole('button', { name: 'Try again' }).click();
    await bob.locator('.log time').first().waitFor();
    expect(closedAt).toBe(0);
    await owner.goto(`${portal.origin}/access/projects/shop`);
    await owner.getByRole('button', { name: 'Revoke Bob Builder' }).click();
    await gallery.look(owner, 'revoke');
    let revokedAt = 0;
    owner.on('response', (answer) => {
      if (answer.request().method() === 'DELETE') revokedAt = performance.now();
    });
    await owner.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await owner.getByRole('row', { name: /Bob Builder/ }).waitFor({ state: 'detached' });
    await bob.getByText('You may no longer read this log').waitFor();
    await bob.getByText('This page is not live any more', { exact: false }).waitFor();
    expect(revokedAt).toBeGreaterThan(0);
    expect(closedAt - revokedAt).toBeLessThan(promiseMs);
    await gallery.look(bob, 'log-closed');
    expect((await ask<Items<Named>>(bob, 'GET', '/applications')).body.items ?? []).toEqual([]);
  });

  it('explains why, in words', async () => {
    await owner.goto(`${portal.origin}/access/explain`);
    await owner.getByRole('combobox', { name: 'Person, group or service account' }).fill('bob');
    await owner.getByRole('option', { name: /Bob Builder/ }).click();
    await owner.getByLabel('Project (optional)').selectOption({ label: 'shop' });
    await owner.getByRole('button', { name: 'Ask' }).click();
    await owner.getByText('Not allowed').first().waitFor();
    await gallery.look(owner, 'explain');
  });

  it('shows all of it in the audit trail, whose chain verifies', async () => {
    const row = (...words: string[]) =>
      words.reduce((rows, word) => rows.filter({ hasText: word }), owner.getByRole('row')).first();
    await owner.goto(`${portal.origin}/audit`);
    for (const words of [
      ['Li Wei claimed this installation'],
      ['Li Wei', 'identity:configure', 'Corp'],
      ['Bob Builder signed in'],
      ['Li Wei created project shop'],
      ['Li Wei gave a grant', 'Bob Builder'],
      ['Bob Builder created application cart'],
      ['Bob Builder released cart production #1'],
      ['Bob Builder was not allowed', 'access:projects'],
      ['Li Wei', 'identity:service-accounts', 'pipeline'],
      ['cart-ci released cart production #2'],
      ['cart-ci was not allowed'],
      ['worker was not allowed to go on with cart production #2', 'actor_lost_permission'],
      ['Li Wei resumed cart production #2', 'cart-ci was replaced'],
      ['Bob Builder followed the logs'],
      ['Li Wei took back a grant', 'Bob Builder'],
    ])
      await row(...words).waitFor();
    await gallery.look(owner, 'audit');
    await row('Li Wei resumed cart production #2').click();
    await owner.getByRole('link', { name: 'Open record' }).click();
    await owner.getByRole('heading', { level: 1, name: 'Li Wei resumed cart production #2' }).waitFor();
    for (const words of ['browser session', 'releases:operate', 'release cart production #2', 'cart-ci was replaced'])
      await owner.getByText(words, { exact: false }).first().waitFor();
    await gallery.look(owner, 'audit-record');
    expect(await verifyTrail(portal.dataDir)).toEqual({ code: 0, output: expect.stringMatching(/trail is unaltered/) });
  });

  it('leaves axe nothing to find on any page of these features, in either theme', async () => {
    for (const [name, path] of Object.entries({
      projects: '/access/projects',
      'project-settings': '/access/projects/shop?tab=settings',
      members: '/access/members',
      'members-none': '/access/members?q=nobody-of-this-name',
      roles: '/access/roles',
      role: '/access/roles?peek=developer',
      tokens: '/access/tokens?tab=tokens',
      people: '/settings/users',
      groups: '/settings/groups',
      profile: '/profile',
    })) {
      await owner.goto(portal.origin + path);
      await owner.getByRole('heading', { level: 1 }).first().waitFor();
      await owner.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
      await gallery.look(owner, name);
    }
    expect(gallery.violations).toEqual([]);
  });

  it('threw nothing and kept its content security policy', () => {
    expect(people.complaints).toEqual([]);
  });
});
