import { registerCluster } from '@quarterdeck/contracts';
import {
  claimProduct,
  makeDataFolder,
  removeDataFolder,
  startControlPlanes,
  startProduct,
  TestbedUnavailable,
  waitFor,
} from '@quarterdeck/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openPage } from './setup/browser.ts';
import { type Gallery, openGallery } from './setup/gallery.ts';

const fleet = await startControlPlanes({ count: 1, nodes: 1, podExec: true }).catch((error: unknown) => {
  if (error instanceof TestbedUnavailable) return undefined;
  throw error;
});

/** In order: a shell in a pod of a real cluster, in a real browser. */
describe.skipIf(fleet === undefined)('a terminal in the portal', () => {
  let dataDir: string;
  let product: Awaited<ReturnType<typeof startProduct>>;
  let browser: Browser;
  let page: Page;
  let gallery: Gallery;
  const complaints: string[] = [];

  beforeAll(async () => {
    const [cluster] = fleet?.clusters ?? [];
    if (cluster === undefined) throw new Error('the testbed gave no cluster');
    dataDir = await makeDataFolder();
    const allow = `127.0.0.1/32:${new URL(cluster.server).port}`;
    product = await startProduct({
      dataDir,
      args: ['--no-demo'],
      env: { QUARTERDECK_CLUSTER_ADDRESS_ALLOW: allow },
    });
    await product.ready();
    const owner = await claimProduct(product);
    const access = { kind: 'kubeconfig', kubeconfig: cluster.kubeconfig } as const;
    await owner.call(registerCluster, { body: { slug: 'real', access, bootstrap: true } });
    await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
    await waitFor('an account for pods', async () =>
      cluster
        .request('GET', '/api/v1/namespaces/shop/serviceaccounts/default')
        .then(() => true)
        .catch(() => false),
    );
    await cluster.request('POST', '/api/v1/namespaces/shop/pods', {
      metadata: { name: 'cart-1' },
      spec: { containers: [{ name: 'app', image: 'registry.example/cart:1' }] },
    });
    browser = await launchBrowser();
    gallery = await openGallery('terminal');
    page = await openPage(browser);
    const [name = '', value = ''] = owner.cookie.split('=', 2);
    await page.context().addCookies([{ name, value, url: product.origin }]);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && message.text().includes('Content Security Policy'))
        complaints.push(message.text());
    });
  });
  afterAll(async () => {
    await browser?.close();
    await product?.stop();
    await removeDataFolder(dataDir);
    await fleet?.stop();
  });

  const rows = async () => (await page.locator('.xterm-rows').textContent()) ?? '';

  it('opens, runs what is typed, and shows it in colours of the page', async () => {
    await page.goto(`${product.origin}/objects/real/core/pods/shop/cart-1?tab=terminal`);
    await page.getByText('Running').first().waitFor();
    await page.getByRole('button', { name: 'Open a shell' }).click();
    await page.getByText('Connected.', { exact: false }).waitFor();
    await page.keyboard.type('echo answer-$((6*7))\n');
    await expect.poll(rows).toContain('answer-42');
    await gallery.look(page, 'shell');
  });

  it('asks before several lines are pasted', async () => {
    await page.locator('.terminal textarea').evaluate((field) => {
      const data = new DataTransfer();
      data.setData('text', 'echo pasted-$((1+1))\necho second-$((2+2))\n');
      field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    });
    await page.getByText('Paste 2 lines?', { exact: false }).waitFor();
    expect(await rows()).not.toContain('pasted-2');
    await page.getByRole('button', { name: 'Paste', exact: true }).click();
    await expect.poll(rows).toContain('second-4');
  });

  // Not by `exit`: KWOK does not tell that a command with a terminal has ended; a kubelet does.
  it('is closed, says so, keeps its text, and a new one opens below', async () => {
    await page.getByRole('button', { name: 'Close the shell' }).click();
    await page.getByText('You closed it.').waitFor();
    expect(await rows()).toContain('answer-42');
    await page.getByRole('button', { name: 'Open a new shell' }).click();
    await page.getByText('Connected.', { exact: false }).waitFor();
    await expect.poll(rows).toContain('a new shell');
  });

  it('leaves axe nothing to find and breaks no policy of the page', () => {
    expect(gallery.violations).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
