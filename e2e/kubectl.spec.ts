import { readFile } from 'node:fs/promises';
import { get } from 'node:https';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { claim } from './pages/access-pages.ts';
import { type Gallery, openGallery } from './setup/gallery.ts';
import { createPeople } from './setup/people.ts';
import { type Portal, startPortal } from './setup/portal.ts';

const artefacts = fileURLToPath(new URL('../artefacts/kubectl/', import.meta.url));

type Kubeconfig = {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { user: { token: string } }[];
};

/** From the cluster's page to a first answer of the cluster, with nothing but the file that was downloaded. */
describe('a kubeconfig from the browser', () => {
  let portal: Portal;
  let page: Page;
  let gallery: Gallery;
  const people = createPeople();

  beforeAll(async () => {
    gallery = await openGallery('kubectl', { judgeEachWidth: true });
    portal = await startPortal();
    page = await people.enter();
    await claim(page, portal);
  });
  afterAll(async () => {
    await people.leave();
    await portal?.stop();
  });

  const look = (name: string) => gallery.look(page, name);

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
    expect(people.complaints).toEqual([]);
    expect(gallery.violations).toEqual([]);
  });
});
