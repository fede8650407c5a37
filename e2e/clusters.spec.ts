import { readFile } from 'node:fs/promises';
import { get } from 'node:https';
import { fileURLToPath } from 'node:url';
import { freePort } from '@quarterdeck/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { claim } from './pages/access-pages.ts';
import { type Gallery, openGallery } from './setup/gallery.ts';
import { createPeople } from './setup/people.ts';
import { type Portal, startPortal } from './setup/portal.ts';

const artefacts = fileURLToPath(new URL('../artefacts/clusters/', import.meta.url));

type Kubeconfig = {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { user: { token: string } }[];
};

/** In order, on one installation with the demo fleet. */
describe('the pages of a cluster', () => {
  let portal: Portal;
  let closedPort: number;
  let page: Page;
  let gallery: Gallery;
  const people = createPeople();

  beforeAll(async () => {
    gallery = await openGallery('clusters', { judgeEachWidth: true });
    closedPort = await freePort();
    portal = await startPortal({ env: { QUARTERDECK_CLUSTER_ADDRESS_ALLOW: `127.0.0.1/32:${closedPort}` } });
    page = await people.enter();
    await claim(page, portal);
  });
  afterAll(async () => {
    await people.leave();
    await portal?.stop();
  });

  const look = (name: string) => gallery.look(page, name);

  it('a kubeconfig is asked for, and bad names are said at their field', async () => {
    await page.goto(`${portal.origin}/clusters/bj-1`);
    await page.getByRole('button', { name: 'Use kubectl' }).click();
    await look('kubeconfig-form');
    await page.getByLabel('Namespaces').fill('Not A Name');
    await page.getByRole('button', { name: 'Make kubeconfig' }).click();
    await page.getByText('this is not the name of a namespace').waitFor();
    await look('kubeconfig-refused');
    await page.getByLabel('Namespaces').fill('');
  });

  it('it is shown once, can be taken home, and leads to the cluster as its owner', async () => {
    await page.getByRole('button', { name: 'Make kubeconfig' }).click();
    await page.getByRole('heading', { name: 'kubeconfig-bj-1.yaml' }).waitFor();
    await look('kubeconfig-made');
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

  it('the onboarding manifest is compared with the cluster, read, and taken home', async () => {
    await page.goto(`${portal.origin}/clusters/bj-1/settings`);
    await page.getByRole('button', { name: 'Compare with the cluster' }).click();
    await page.getByText('The cluster holds all of it').waitFor();
    await look('manifest');
    await page.getByRole('table', { name: 'Objects of the manifest' }).scrollIntoViewIfNeeded();
    await gallery.keep(page, 'manifest-objects');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ]);
    const file = `${artefacts}manifest.yaml`;
    await download.saveAs(file);
    const objects = parseAllDocuments(await readFile(file, 'utf8')).map((document) => document.toJS());
    expect(objects.map(({ metadata }) => metadata.name)).toContain('quarterdeck-impersonator');
  });

  it('a cluster that does not answer is registered only by saying so, and waits', async () => {
    await page.goto(`${portal.origin}/clusters/register`);
    await page.getByRole('radio', { name: 'Server, CA and token' }).check();
    await page.getByLabel('API server').fill(`https://127.0.0.1:${closedPort}`);
    await page.getByLabel('Token', { exact: true }).fill('a-token');
    await page.getByLabel('Short name').fill('later');
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText('1 thing to mend first').waitFor();
    await look('unreachable');
    await page.getByLabel('Register it all the same').check();
    await page.getByRole('button', { name: 'Register' }).click();
    await page.getByRole('heading', { name: 'later', exact: true }).waitFor();
    await page.getByText('Pending').first().waitFor();
    await look('pending');
    await page.goto(`${portal.origin}/clusters?q=later`);
    await page.getByRole('link', { name: 'later' }).waitFor();
    await look('pending-in-list');
  });

  it('nothing was said on the console, and axe found nothing', () => {
    expect(people.complaints).toEqual([]);
    expect(gallery.violations).toEqual([]);
  });
});
