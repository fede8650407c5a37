import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claim } from './pages/access-pages.ts';
import { type Gallery, openGallery } from './setup/gallery.ts';
import { createPeople } from './setup/people.ts';
import { type Portal, startPortal } from './setup/portal.ts';

/** In order: a person gives a script and a pipeline a way in, and takes it back. */
describe('tokens in the browser', () => {
  let portal: Portal;
  let page: Page;
  let secret = '';
  let gallery: Gallery;
  const people = createPeople();

  beforeAll(async () => {
    gallery = await openGallery('tokens', { judgeEachWidth: true });
    portal = await startPortal();
    page = await people.enter();
    await claim(page, portal);
  });
  afterAll(async () => {
    await people.leave();
    await portal?.stop();
  });

  const look = (name: string) => gallery.look(page, name);

  const answer = (token: string) =>
    fetch(`${portal.origin}/api/v1/me/token`, { headers: { authorization: `Bearer ${token}` } });

  it('makes a personal token, shows it once, and a program signs in with it', async () => {
    await page.getByRole('button', { name: 'Li Wei' }).click();
    await page.getByRole('link', { name: 'Profile' }).click();
    await page.getByText('No token yet').waitFor();
    await look('profile-empty');
    await page.getByRole('button', { name: 'New token' }).first().click();
    await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('nightly report');
    await page.getByRole('dialog').getByLabel('Ends after').selectOption('7');
    await look('new-token');
    await page.getByText('Narrow it to places').click();
    await page.getByRole('dialog').getByLabel('Networks it may be used from').fill('10.0.0.0');
    await page.getByRole('button', { name: 'Make the token' }).click();
    await page.getByText('use an address range').first().waitFor();
    await page.getByRole('dialog').getByLabel('Networks it may be used from').fill('127.0.0.0/8 ::1/128');
    await page.getByRole('button', { name: 'Make the token' }).click();
    await page.getByText('it is shown this once').waitFor();
    secret = await page.getByRole('dialog').getByLabel('Token', { exact: true }).inputValue();
    expect(secret).toMatch(/^qdp_/);
    await look('token-shown');
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').getByLabel('Token', { exact: true }).inputValue()).toBe(secret);
    await page.getByRole('button', { name: 'I have stored it' }).click();
    expect(await (await answer(secret)).json()).toMatchObject({ name: 'nightly report', owner: { name: 'li.wei' } });
    await page.reload();
    await page.getByText('Ends in 7 days').waitFor();
    await look('profile-tokens');
    expect(await page.content()).not.toContain(secret.split('_')[2]);
  });

  it('makes a service account with a token, and trusts a GitLab project with it', async () => {
    await page.getByRole('link', { name: 'Access', exact: true }).click();
    await page.getByRole('link', { name: 'Tokens' }).click();
    await page.getByRole('tab', { name: 'Service accounts' }).waitFor();
    await look('accounts');
    await page.getByRole('button', { name: 'New service account' }).first().click();
    await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('cart-ci');
    await page.getByRole('dialog').getByLabel('Description').fill('Deploys the cart from its pipeline');
    await page.getByRole('dialog').getByLabel('Belongs to').selectOption({ label: 'Default' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'cart-ci' }).click();
    await page.getByRole('button', { name: 'New token' }).first().click();
    await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('pipeline of last resort');
    await page.getByRole('button', { name: 'Deploy from CI' }).click();
    await page.getByRole('dialog').getByLabel('Ends after').selectOption('365');
    await page.getByRole('button', { name: 'Make the token' }).click();
    await page.getByRole('button', { name: 'I have stored it' }).click();
    await page.getByText('13 permissions').waitFor();
    await look('account');
    await page.getByRole('tab', { name: 'Trusted CI jobs' }).click();
    await page.getByText('No CI job is trusted yet').waitFor();
    await page.getByRole('button', { name: 'Trust a project' }).first().click();
    await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('cart on main');
    await page.getByRole('dialog').getByLabel('Address of GitLab').fill('https://gitlab.example.com');
    await page.getByRole('dialog').getByLabel('Project number').fill('shop/cart');
    await page.getByText('The number, not the path.').waitFor();
    await page.getByRole('dialog').getByLabel('Project number').fill('22');
    await page.getByRole('dialog').getByLabel('Service account', { exact: true }).selectOption({ label: 'cart-ci' });
    await look('new-rule');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('id_tokens:').waitFor();
    await look('snippet');
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByText('gitlab.example.com').waitFor();
    await look('rules');
  });

  it('shows every token to an administrator, who takes one back', async () => {
    await page.getByRole('tab', { name: 'All tokens' }).click();
    await page.getByRole('row', { name: 'nightly report' }).waitFor();
    await look('all-tokens');
    await page.getByRole('button', { name: 'Revoke nightly report' }).click();
    await page.getByText('This cannot be undone.').waitFor();
    await look('revoke');
    await page.getByRole('button', { name: 'Revoke', exact: true }).click();
    await page.getByRole('row', { name: 'nightly report' }).getByText('Revoked').waitFor();
    expect((await answer(secret)).status).toBe(401);
  });

  it('is free of accessibility violations and page errors', () => {
    expect(gallery.violations).toEqual([]);
    expect(people.complaints).toEqual([]);
  });
});
