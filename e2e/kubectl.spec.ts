import { mkdir, readFile } from 'node:fs/promises';
import { get } from 'node:https';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { accessibilityViolations, installAxe } from './setup/accessibility.ts';
import { launchBrowser } from './setup/browser.ts';
import { type Portal, startPortal } from './setup/portal.ts';

const artefacts = fileURLToPath(new URL('../artefacts/kubectl/', import.meta.url));
const sizes = [
  { width: 1280, height: 900 },
  { width: 1920, height: 1080 },
];

type Kubeconfig = {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { user: { token: string } }[];
};

/** From the cluster's page to a first answer of the cluster, with nothing but the file that was downloaded. */
describe('a kubeconfig from the browser', () => {
  let portal: Portal;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  const violations: string[] = [];

  beforeAll(async () => {
    await mkdir(artefacts, { recursive: true });
    portal = await startPortal();
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: sizes[0], acceptDownloads: true });
    await installAxe(page);
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('Failed to load resource'))
        complaints.push(message.text());
    });
    await page.goto(`${portal.origin}/setup#code=${portal.setupCode}`);
    await page.getByLabel('Your name').fill('Li Wei');
    await page.getByLabel('Account name').fill('li.wei');
    await page.getByLabel('Password').fill('correct horse battery staple');
    await page.getByRole('button', { name: 'Claim this installation' }).click();
    await page.getByRole('heading', { name: 'Home', exact: true }).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await portal?.stop();
  });

  /** One look in both themes and widths; what axe finds is judged at the end, all at once. */
  async function look(name: string): Promise<void> {
    for (const size of sizes) {
      await page.setViewportSize(size);
      for (const theme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme: theme });
        await page.evaluate(() => document.fonts.ready);
        await page.screenshot({ path: `${artefacts}${name}-${theme}-${size.width}.png` });
        violations.push(...(await accessibilityViolations(page)).map((found) => `${name} in ${theme}: ${found}`));
      }
    }
    await page.setViewportSize(sizes[0] ?? { width: 1280, height: 900 });
  }

  it('is asked for on the page of a cluster, and bad names are said at their field', async () => {
    await page.goto(`${portal.origin}/clusters/bj-1`);
    await page.getByRole('button', { name: 'Use kubectl' }).click();
    await look('form');
    await page.getByLabel('Namespaces').fill('Not A Name');
    await page.getByRole('button', { name: 'Make kubeconfig' }).click();
    await page.getByText('this is not the name of a namespace').waitFor();
    await look('refused');
    await page.getByLabel('Namespaces').fill('');
  });

  it('is shown once, can be taken home, and leads to the cluster as its owner', async () => {
    await page.getByRole('button', { name: 'Make kubeconfig' }).click();
    await page.getByRole('heading', { name: 'kubeconfig-bj-1.yaml' }).waitFor();
    await look('made');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('kubeconfig-bj-1.yaml');
    const file = `${artefacts}downloaded.yaml`;
    await download.saveAs(file);
    const { clusters, users } = parse(await readFile(file, 'utf8')) as Kubeconfig;
    const { server, 'certificate-authority-data': ca } = clusters[0]?.cluster ?? {
      server: '',
      'certificate-authority-data': '',
    };
    const status = await new Promise((resolve, reject) => {
      get(
        `${server}/api/v1/pods?limit=1`,
        { ca: Buffer.from(ca, 'base64'), headers: { authorization: `Bearer ${users[0]?.user.token}` } },
        (response) => resolve(response.resume().statusCode),
      ).on('error', reject);
    });
    expect(status).toBe(200);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('heading', { name: 'kubeconfig-bj-1.yaml' }).waitFor({ state: 'detached' });
  });

  it('nothing was said on the console, and axe found nothing', () => {
    expect(complaints).toEqual([]);
    expect(violations).toEqual([]);
  });
});
