import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { productOwner } from '@quarterdeck/testing';
import type { Page } from 'playwright-core';
import { launchBrowser } from '../e2e/setup/browser.ts';
import { median, printResult } from './result.ts';
import { startWatchedFleet } from './watched-fleet.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** A folder for a picture of each page. */
    pictures: { type: 'string' },
    /** Stays until Ctrl-C, for a walk of one's own. */
    stay: { type: 'boolean', default: false },
  },
});
const count = Number(positionals[0] ?? 500);
const rounds = 3;
const goalMs = 1500;
const regions = ['beijing', 'shanghai', 'frankfurt', 'oregon', 'tokyo'];
const tiers = ['production', 'staging', 'test'] as const;
const everyBroken = 25;
const app = 'checkout';

const all = count.toLocaleString('en-US');
/** What a page shows of the whole fleet once it stands. */
const pages: readonly { name: string; url: string; shows: (page: Page) => Promise<unknown> }[] = [
  { name: 'Overview', url: '/', shows: (page) => page.getByText(all).first().waitFor() },
  { name: 'Clusters', url: '/clusters', shows: (page) => page.getByText(`${all} of ${all}`).waitFor() },
  {
    name: 'Nodes',
    url: '/nodes',
    shows: (page) =>
      page
        .getByRole('row', { name: /node-1/ })
        .first()
        .waitFor(),
  },
  { name: 'Workloads', url: '/workloads', shows: (page) => page.getByRole('row', { name: app }).first().waitFor() },
  {
    name: 'Pods',
    url: '/inventory/core/pods',
    shows: (page) => page.getByRole('row', { name: app }).first().waitFor(),
  },
  {
    name: 'Pods by a word',
    url: `/inventory/core/pods?q=${app}`,
    shows: (page) => page.getByRole('row', { name: app }).first().waitFor(),
  },
  {
    name: 'Deployments by a label',
    url: `/inventory/apps/deployments?labels=app%3D${app}`,
    shows: (page) => page.getByRole('row', { name: app }).first().waitFor(),
  },
  {
    name: 'Search over all kinds',
    url: '/nodes',
    async shows(page) {
      // Nobody listens for the key before the page stands.
      await page
        .getByRole('row', { name: /node-1/ })
        .first()
        .waitFor();
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: 'Search' }).fill(app);
      const found = page.getByRole('listbox').getByRole('group', { name: 'Pod' });
      await found.getByRole('option').first().waitFor();
    },
  },
  { name: 'A cluster', url: '/clusters/c0', shows: (page) => page.getByText('c0').first().waitFor() },
];

/**
 * The pages of a fleet of 500 watched clusters in a real browser: from the address to the page with its rows. Each
 * cluster has a node and a workload, one in 25 cannot pull its image. Baseline: the emptiest page of the same portal.
 */
const fleet = await startWatchedFleet({ count, nodes: 1 });
const browser = await launchBrowser();
try {
  await deployEverywhere();
  await fleet.watchAll((index) => ({
    region: regions[index % regions.length] as string,
    tier: tiers[index % tiers.length] as string,
  }));
  const [name = '', value = ''] = fleet.owner.cookie.split('=', 2);
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
  await context.addCookies([{ name, value, url: fleet.server.origin }]);
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const emptiest = await walk(page, { name: 'profile', url: '/profile', shows: async () => undefined });
  const times = new Map<string, number>();
  for (const each of pages) times.set(each.name, await walk(page, each));
  process.stdout.write(`page of ${count} clusters            stands after, ms\n`);
  for (const [page, ms] of times) process.stdout.write(`${page.padEnd(32)}${String(ms).padStart(8)}\n`);
  process.stdout.write(`${'the emptiest page'.padEnd(32)}${String(emptiest).padStart(8)}\n`);
  if (values.stay) await stay();
  const slowest = Math.max(...times.values());
  printResult({
    figure: 'walk-500',
    value: slowest,
    unit: 'ms',
    baseline: emptiest,
    goal: goalMs,
    more: { clusters: count, pages: times.size, medianMs: median([...times.values()]) },
  });
} finally {
  await browser.close();
  await fleet.stop();
}

/** @returns the median, ms, of opening the page anew until it shows what it is for and nothing in it loads */
async function walk(page: Page, { name, url, shows }: (typeof pages)[number]): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now();
    await page.goto(fleet.server.origin + url);
    await shows(page);
    await page.waitForFunction(
      () => document.querySelector('main h1') && !document.querySelector('main [aria-busy=true]'),
    );
    times.push(performance.now() - startedAt);
  }
  if (values.pictures !== undefined) {
    await mkdir(values.pictures, { recursive: true });
    await page.screenshot({ path: path.join(values.pictures, `${name.toLowerCase().replaceAll(' ', '-')}.png`) });
  }
  return Math.round(median(times));
}

async function deployEverywhere(): Promise<void> {
  for (const [index, { request }] of fleet.clusters.entries()) {
    const isBroken = index % everyBroken === 0;
    const labels = { app };
    await request('POST', '/apis/apps/v1/namespaces/default/deployments', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: app, labels },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: app, image: `registry.example.com/${app}:${isBroken ? 'missing' : '1.0.0'}` }] },
        },
      },
    });
  }
}

async function stay(): Promise<void> {
  process.stdout.write(
    `\n${fleet.server.origin}  ${productOwner.name} / ${productOwner.password}\nStop with Ctrl-C.\n`,
  );
  await new Promise<void>((resolve) => process.once('SIGINT', () => resolve()));
}
