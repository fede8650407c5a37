import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claim } from './pages/access-pages.ts';
import { launchBrowser, openPage } from './setup/browser.ts';
import { type Gallery, openGallery } from './setup/gallery.ts';
import type { Portal } from './setup/portal.ts';
import { demoStage } from './setup/stage.ts';

const stage = demoStage();

/** In order: what an SRE does with a fleet in the portal, one cluster of it cut off at the end. */
describe('the pages of a fleet', () => {
  let portal: Portal;
  let browser: Browser;
  let page: Page;
  let gallery: Gallery;
  const complaints: string[] = [];

  beforeAll(async () => {
    portal = await stage.start();
    browser = await launchBrowser();
    gallery = await openGallery('fleet-pages');
    page = await openPage(browser);
    page.on('pageerror', (error) => complaints.push(error.message));
    await claim(page, portal);
  });
  afterAll(async () => {
    await browser?.close();
    await portal?.stop();
    await stage.stop();
  });

  const url = () => new URL(page.url());
  async function open(path: string): Promise<void> {
    await page.goto(portal.origin + path);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
  }

  it('show a cluster in parts, each a link of its own', async () => {
    await open('/clusters/bj-1');
    await page
      .getByRole('region', { name: 'Capacity' })
      .getByText('All 16 nodes')
      .or(page.getByText(/of 16 nodes need/))
      .first()
      .waitFor();
    await gallery.look(page, 'cluster-overview');
    const parts = page.getByRole('navigation', { name: 'Parts of bj-1' });
    await parts.getByRole('link', { name: 'Nodes' }).click();
    await page.getByRole('row', { name: /bj-1-node-01/ }).waitFor();
    await expect.poll(() => url().pathname).toBe('/clusters/bj-1/nodes');
    await gallery.look(page, 'cluster-nodes');
    await parts.getByRole('link', { name: 'Namespaces' }).click();
    await page.getByRole('row', { name: /payment/ }).waitFor();
    await gallery.look(page, 'cluster-namespaces');
    await parts.getByRole('link', { name: 'Events' }).click();
    await page.getByRole('img', { name: /Events by when/ }).waitFor();
    await gallery.look(page, 'cluster-events');
    await parts.getByRole('link', { name: 'Health' }).click();
    await page.getByRole('img', { name: /Latency of probes of bj-1/ }).waitFor();
    await gallery.look(page, 'cluster-health');
    await parts.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await gallery.look(page, 'cluster-settings');
    await open('/clusters/bj-1?tab=settings');
    await expect.poll(() => url().pathname).toBe('/clusters/bj-1/settings');
  });

  it('keep labels as a set, which the scope names and the URL carries', async () => {
    await open('/clusters');
    await page.getByRole('button', { name: /^Region:/ }).click();
    await page.getByRole('checkbox').first().check();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Keep as a set' }).click();
    const dialog = page.getByRole('dialog', { name: 'New set' });
    await dialog.getByText(/^1 now: /).waitFor();
    await dialog.getByLabel('Name').fill('one region');
    await gallery.look(page, 'cluster-set');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Clusters: Set one region' }).waitFor();
    await expect.poll(() => url().searchParams.get('clusters')).toBe('set:one region');
    await page.getByText('1 of 3').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('n');
    await page.getByRole('heading', { name: 'Nodes', level: 1 }).waitFor();
    await page
      .getByRole('row', { name: /-node-01/ })
      .first()
      .waitFor();
    const clusters = await page.locator('tbody .badge').allTextContents();
    expect(new Set(clusters).size).toBe(1);
    await page.getByRole('button', { name: 'Whole fleet' }).click();
  });

  it('group a list by what its rows share, with counts, and open a group in place', async () => {
    await open('/inventory/core/pods?group=cluster');
    const group = page.getByRole('region', { name: 'nb-1' });
    await group.getByRole('button').click();
    await group.getByRole('row').nth(3).waitFor();
    await group.getByRole('row').nth(2).click();
    await page.locator('aside.drawer').waitFor();
    await page.reload();
    // The link holds what is open, and its group is opened for it.
    await page.locator('aside.drawer').waitFor();
    await group.locator('tr[aria-selected=true]').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('aside.drawer').waitFor({ state: 'detached' });
    await gallery.look(page, 'inventory-grouped');
    await page.getByLabel('Group by').selectOption('status');
    await page.getByRole('region', { name: 'Running' }).waitFor();
    await expect.poll(() => url().searchParams.get('group')).toBe('status');
  });

  it('act on rows of several clusters by keyboard, name each cluster, and report each object', async () => {
    await open('/workloads?q=refund-worker');
    const rows = page.getByRole('row', { name: /refund-worker/ });
    await rows.nth(2).waitFor();
    await rows.first().focus();
    await page.keyboard.press('x');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('Shift+X');
    await page.getByText('3 selected').waitFor();
    await page.keyboard.press('.');
    await page.keyboard.press('Enter');
    const ask = page.getByRole('dialog', { name: 'Restart 3 deployments' });
    for (const cluster of ['bj-1', 'cloud-1', 'nb-1']) await ask.getByText(cluster, { exact: true }).waitFor();
    await ask.getByText('2 of them in production.').waitFor();
    await ask.getByText('Dry run: the clusters would take all 3').waitFor();
    await gallery.look(page, 'bulk-ask');
    await ask.getByRole('button', { name: 'Restart 3 deployments' }).click();
    const report = page.getByRole('dialog', { name: 'Restart 3 deployments' });
    await report.getByText('All 3 done').waitFor();
    await gallery.look(page, 'bulk-report');
    await report.getByRole('button', { name: 'Close' }).click();
    await expect.poll(() => page.getByText('3 selected').count()).toBe(0);
  });

  it('take all that a filter matches, and tell what it touches before it is done', async () => {
    await open('/inventory/core/pods?q=refund');
    await page.getByRole('checkbox').first().check();
    await page.getByRole('button', { name: /^Select all/ }).click();
    await page.getByRole('button', { name: 'Delete …' }).click();
    const ask = page.getByRole('dialog');
    await ask.getByText(/Dry run: the clusters would take all/).waitFor();
    await ask.getByText(/made again by what owns them: ReplicaSet/).waitFor();
    await gallery.look(page, 'bulk-delete-ask');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Clear selection' }).click();
  });

  it('open a shell in a pod from the page of its workload', async () => {
    await open('/workloads/deployments/payment/payment-api?tab=terminal');
    await page.getByRole('button', { name: 'Open a shell' }).click();
    await page.getByText('Connected.', { exact: false }).waitFor();
    await page.keyboard.type('hostname\n');
    await page
      .locator('.xterm-rows')
      .getByText(/^payment-api-/)
      .waitFor();
    await gallery.look(page, 'workload-terminal');
  });

  it('find objects of every kind in groups, and say which cluster is missing', async () => {
    await stage.clusters[1].cut();
    await open('/clusters/nb-1/health');
    await page.getByText(/Showing what was last known/).waitFor();
    await page.getByRole('img', { name: /^States of nb-1/ }).waitFor();
    await gallery.look(page, 'cluster-cut');
    await open('/nodes');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Search' }).fill('refund');
    const list = page.getByRole('listbox');
    await list.getByRole('group', { name: 'Deployment' }).getByRole('option').first().waitFor();
    await list.getByRole('group', { name: 'Pod' }).getByRole('option').first().waitFor();
    await page.getByRole('dialog').getByText('nb-1').last().waitFor();
    await page
      .getByRole('dialog')
      .getByText(/2 of 3 clusters answered/)
      .first()
      .waitFor();
    await gallery.look(page, 'palette');
    await page.getByRole('combobox', { name: 'Search' }).focus();
    await page.keyboard.press('Tab');
    await list
      .getByRole('group', { name: /^Actions of/ })
      .getByRole('option', { name: 'YAML' })
      .waitFor();
    await gallery.look(page, 'palette-actions');
    await page.keyboard.press('Escape');
  });

  it('leave out what a cluster that is cut off cannot do', async () => {
    await open('/workloads?q=refund-worker');
    const rows = page.getByRole('row', { name: /refund-worker/ });
    await rows.nth(2).waitFor();
    for (const nth of [0, 1, 2]) await rows.nth(nth).getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Restart …' }).click();
    const ask = page.getByRole('dialog', { name: 'Restart 2 deployments' });
    await ask.getByText('1 left out').waitFor();
    await ask.getByText(/Its cluster is cut off/).waitFor();
    await page.keyboard.press('Escape');
  });

  it('write times in the zone one chooses', async () => {
    await open('/clusters/bj-1/health');
    await page.getByRole('button', { name: 'Li Wei' }).click();
    await page.getByRole('button', { name: 'UTC' }).click();
    await page.keyboard.press('Escape');
    await page.reload();
    await page.getByRole('button', { name: 'Li Wei' }).click();
    await expect.poll(() => page.getByRole('button', { name: 'UTC' }).getAttribute('aria-pressed')).toBe('true');
  });

  it('leave axe nothing to find, and threw nothing', () => {
    expect(gallery.violations).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
