import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claim } from './pages/access-pages.ts';
import { accessibilityViolations } from './setup/accessibility.ts';
import { launchBrowser, openPage } from './setup/browser.ts';
import { type Portal, startPortal } from './setup/portal.ts';

const artefacts = fileURLToPath(new URL('../artefacts/shell/', import.meta.url));

/** In order: finding one's way around the demo fleet, mostly by keyboard. */
describe('the frame around every page', () => {
  let portal: Portal;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    await mkdir(artefacts, { recursive: true });
    portal = await startPortal();
    browser = await launchBrowser();
    page = await openPage(browser);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: portal.origin });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('Failed to load resource'))
        complaints.push(message.text());
    });
    await claim(page, portal);
  });
  afterAll(async () => {
    await browser?.close();
    await portal?.stop();
  });

  const url = () => new URL(page.url());

  it('waits for a database that is away, says so instead of asking who one is, and goes on by itself', async () => {
    const problem = {
      title: 'Database unavailable',
      status: 503,
      code: 'unavailable',
      detail: 'The database does not answer. Try again in a few seconds.',
      requestId: 'req-1',
    };
    const away = '**/api/v1/me';
    await page.route(away, (route) =>
      route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(problem) }),
    );
    await page.reload();
    await page.getByText('The database does not answer.', { exact: false }).waitFor();
    await page.getByText('This page goes on by itself', { exact: false }).waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
    await page.unroute(away);
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
  });

  it('says on Home what fails, why and where, one row per cause', async () => {
    const row = page.getByRole('listitem').filter({ hasText: 'webp-encoder' });
    // What began last stands first: this one may be behind the button.
    const more = page.getByRole('button', { name: /^\d+ more$/ });
    const isThere = async () => {
      if ((await row.count()) === 0 && (await more.count()) > 0) await more.click();
      return row.count();
    };
    await expect.poll(isThere).toBe(1);
    await row.getByText('cannot be pulled: it is not in the registry', { exact: false }).waitFor();
    expect(await row.count()).toBe(1);
    await row.getByText('bj-1, cloud-1, nb-1').waitFor();
  });

  it('leads from a cause to its evidence in one click, over all clusters that show it', async () => {
    await page.getByRole('link', { name: 'webp-encoder' }).click();
    // Until all clusters have told the same events, they are told one beside the other.
    await page.getByRole('region', { name: 'Cause' }).getByText('cannot be pulled', { exact: false }).first().waitFor();
    const lines = page.getByRole('region', { name: 'Pods per cluster' }).getByRole('listitem');
    await expect.poll(() => lines.count()).toBe(3);
    await page.getByRole('tab', { name: 'YAML' }).click();
    await page.getByText('kind: Deployment').waitFor();
    expect(await page.getByText('managedFields').count()).toBe(0);
  });

  it('goes to pages by g and a letter, shows the keys by ?, and closes layers by Escape', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await page.getByRole('heading', { name: 'Clusters', level: 1 }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor({ state: 'detached' });
    await page.keyboard.press('y');
    await page.getByText('Link copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(page.url());
  });

  it('keeps one scope over pages, in the URL, and says what lies outside of it', async () => {
    await page.getByRole('button', { name: /^Clusters:/ }).click();
    await page.getByRole('checkbox', { name: /bj-1/ }).check();
    await page.keyboard.press('Escape');
    await expect.poll(() => url().searchParams.get('clusters')).toBe('bj-1');
    await page.keyboard.press('g');
    await page.keyboard.press('n');
    await page.getByRole('heading', { name: 'Nodes', level: 1 }).waitFor();
    await expect.poll(() => url().searchParams.get('clusters')).toBe('bj-1');
    await page
      .getByRole('row', { name: /bj-1-node/ })
      .first()
      .waitFor();
    await expect.poll(() => page.getByRole('row', { name: /nb-1-node/ }).count()).toBe(0);
    await page.keyboard.press('/');
    await page.keyboard.type('nb-1-node');
    await page.getByText(/0 nodes here, 14 in all clusters/).waitFor();
    await page.getByRole('button', { name: 'Widen to all clusters' }).click();
    await page
      .getByRole('row', { name: /nb-1-node/ })
      .first()
      .waitFor();
    await expect.poll(() => url().searchParams.get('clusters')).toBeNull();
    await expect.poll(() => url().searchParams.get('q')).toBe('nb-1-node');
  });

  it('moves through a list, ticks and opens rows without a mouse', async () => {
    await page
      .getByRole('row', { name: /nb-1-node/ })
      .first()
      .focus();
    await page.keyboard.press('x');
    await page.getByText('1 selected').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Shift+X');
    await page.getByText('2 selected').waitFor();
    await page.keyboard.press('o');
    await page.getByRole('complementary').getByRole('link', { name: 'Open' }).click();
    await page.getByRole('tab', { name: 'Overview' }).waitFor();
    await expect.poll(() => url().pathname).toMatch(/^\/objects\/nb-1\/core\/nodes\/_\//);
    await page.goBack();
    await page.getByRole('heading', { name: 'Nodes', level: 1 }).waitFor();
  });

  it('finds any object by part of its name, and takes a kind in front', async () => {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Search' }).fill(':deploy refund');
    await page
      .getByRole('option', { name: /refund-worker/ })
      .first()
      .waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'refund-worker', level: 1 }).waitFor();
    await page.getByRole('tab', { name: 'Logs' }).click();
    await expect.poll(() => page.locator('.log-source').count()).toBeGreaterThan(2);
  });

  it('follows own work that ends elsewhere: a task, a toast, and the bell after a reload', async () => {
    await page.goto(`${portal.origin}/applications/new`);
    await page.getByLabel('Name', { exact: true }).fill('till');
    await page.getByRole('checkbox', { name: /nb-1/ }).check();
    await page.getByRole('button', { name: 'Create and set up the first deployment' }).click();
    await page.getByLabel('Image').fill('registry.example.com/shop/till:missing');
    await page.getByRole('button', { name: 'Deploy to 1 cluster' }).click();
    await page.getByRole('heading', { name: 'till production #1' }).waitFor();
    await page.getByRole('link', { name: 'Nodes' }).click();
    await page.getByRole('region', { name: 'Notices' }).getByText('till production #1: Failed').waitFor();
    await page.reload();
    await page.getByRole('button', { name: /Notices/ }).click();
    await page
      .getByRole('dialog', { name: 'Notices' })
      .getByRole('link', { name: /till production #1/ })
      .click();
    await page.getByRole('heading', { name: 'till production #1' }).waitFor();
  });

  it('takes who is new by the hand: first steps on Home, checked by what is there, skipped and resumed', async () => {
    await page.goto(portal.origin);
    const panel = page.getByRole('region', { name: 'First steps' });
    // The demo fleet is registered; nobody else was invited yet.
    await panel.getByText('1 of 4 done').waitFor();
    await panel.getByRole('link', { name: 'What each step does' }).click();
    await page.getByRole('tab', { name: 'Developer' }).click();
    const stepsOf = (name: string) => page.getByRole('region', { name }).getByRole('listitem');
    await page.getByText('3 of 4 done').waitFor();
    await expect
      .poll(() => stepsOf('Developer').filter({ hasText: 'To do' }).getByRole('link').textContent())
      .toBe('Roll back');
    await page.getByRole('tab', { name: 'Developer' }).press('ArrowLeft');
    await page.getByRole('heading', { name: 'Operations' }).waitFor();
    await expect.poll(() => stepsOf('Operations').filter({ hasText: 'Done' }).count()).toBe(1);
    await page.getByRole('region', { name: 'Operations' }).getByRole('link', { name: 'Open a cluster' }).click();
    await page.getByRole('link', { name: 'bj-1' }).first().click();
    await page.waitForURL(/\/clusters\/bj-1/);
    await page.getByRole('link', { name: 'Home' }).click();
    await panel.getByText('2 of 3 done').waitFor();
    await panel.getByRole('button', { name: 'Skip the first steps' }).press('Enter');
    await panel.waitFor({ state: 'detached' });
    await page.reload();
    await page.getByRole('heading', { name: 'Needs attention' }).waitFor();
    expect(await panel.count()).toBe(0);
    await page.getByRole('button', { name: 'Li Wei' }).click();
    await page.getByRole('link', { name: 'First steps', exact: true }).click();
    await page.getByRole('button', { name: 'Show on Home again' }).click();
    await page.getByRole('link', { name: 'Home' }).click();
    await panel.getByText('2 of 3 done').waitFor();
  });

  it('folds its menu, and stays folded', async () => {
    await page.getByRole('button', { name: 'Fold the menu' }).click();
    await page.reload();
    const menu = page.getByRole('navigation', { name: 'Main' });
    await menu.waitFor();
    expect((await menu.boundingBox())?.width).toBe(56);
    await page.getByRole('button', { name: 'Open the menu' }).click();
  });

  it('leaves axe nothing to find on any page, in either theme', async () => {
    const release = '/applications/default/till/production/releases/1';
    const paths = {
      home: '/',
      welcome: '/welcome/developer',
      clusters: '/clusters',
      cluster: '/clusters/bj-1',
      'cluster-settings': '/clusters/bj-1/settings',
      register: '/clusters/register',
      workloads: '/workloads',
      workload: '/workloads/deployments/payment/refund-worker',
      nodes: '/nodes',
      inventory: '/inventory/core/pods',
      object: '/objects/bj-1/core/nodes/_/bj-1-node-01',
      applications: '/applications',
      application: '/applications/default/till',
      release,
      bytes: `${release}?tab=bytes`,
      releases: '/releases',
      deploy: '/applications/default/till/deploy',
      templates: '/templates',
      template: '/templates/web-service',
      missing: '/clusters/none',
    };
    const violations: string[] = [];
    for (const [name, path] of Object.entries(paths)) {
      await page.goto(portal.origin + path);
      await page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' });
      await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
      for (const theme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme: theme });
        await page.screenshot({ path: `${artefacts}${name}-${theme}.png` });
        violations.push(...(await accessibilityViolations(page)).map((found) => `${name} in ${theme}: ${found}`));
      }
    }
    expect(violations).toEqual([]);
  });

  it('threw nothing and kept its content security policy', () => {
    expect(complaints).toEqual([]);
  });
});
