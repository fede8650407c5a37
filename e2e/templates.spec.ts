import { chartArchive, helmProgram, waitFor } from '@quarterdeck/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claim } from './pages/access-pages.ts';
import { launchBrowser, openPage } from './setup/browser.ts';
import { type Gallery, openGallery } from './setup/gallery.ts';
import { type Portal, startPortal } from './setup/portal.ts';

/** In order: somebody makes a template of their own in the browser, and sets parameters in layers. */
describe('templates', () => {
  let portal: Portal;
  let browser: Browser;
  let page: Page;
  let gallery: Gallery;
  let application: { id: string; environments: { environmentId: string }[] };
  const complaints: string[] = [];

  beforeAll(async () => {
    gallery = await openGallery('templates');
    const helm = await helmProgram();
    portal = await startPortal(helm === undefined ? {} : { env: { QUARTERDECK_HELM: helm } });
    browser = await launchBrowser();
    page = await openPage(browser);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // A live socket that a busy server refuses is opened again; the page polls meanwhile.
      const isAnswer = /Failed to load resource|WebSocket connection/.test(message.text());
      if (message.type() === 'error' && !isAnswer) complaints.push(message.text());
    });
    await claim(page, portal);
    // A database that is busy with the first minute of a fleet may say so once.
    const listed = (path: string, count: number) =>
      waitFor(path, async () => {
        const { items } = (await api('GET', path)) as { items: { id: string }[] };
        return items.length >= count ? items : undefined;
      });
    await listed('/clusters', 3);
    const [project] = await listed('/projects', 1);
    const rules = ['bj-1', 'nb-1'].map((cluster) => ({ selector: { cluster }, namespace: 'till' }));
    const environments = [{ name: 'prod', tier: 'production', rules }];
    application = (await api('POST', '/applications', {
      projectId: project?.id,
      slug: 'till',
      environments,
    })) as typeof application;
  });
  afterAll(async () => {
    await browser?.close();
    await portal?.stop();
  });

  async function api(method: string, path: string, data?: object): Promise<unknown> {
    const headers = { origin: portal.origin };
    const url = `${portal.origin}/api/v1${path}`;
    const response = await page.request.fetch(url, { method, headers, ...(data === undefined ? {} : { data }) });
    expect(response.ok(), `${path}: ${await response.text()}`).toBe(true);
    return response.status() === 204 ? undefined : response.json();
  }
  const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor();

  it('are offered with what each makes, the one most people look for first', async () => {
    await page.goto(`${portal.origin}/templates`);
    await page.getByRole('link', { name: 'Web service' }).waitFor();
    await expect.poll(() => page.getByRole('row').count()).toBe(9);
    await gallery.look(page, 'catalogue');
    await page.getByRole('link', { name: 'Stateful service' }).click();
    await heading('Stateful service');
    await page.getByRole('tab', { name: 'Form' }).click();
    await page.getByLabel('Name', { exact: true }).first().waitFor();
    await page.getByLabel('Replicas').fill('3');
    await page.getByText('PodDisruptionBudget sample').waitFor();
    await gallery.look(page, 'form');
    await page.getByRole('tab', { name: 'Checks' }).click();
    await page.getByText('tests/full.yaml').waitFor();
    await gallery.look(page, 'checks');
  });

  it('of one’s own begin from one that is there, and show at once what typing makes of them', async () => {
    await page.getByRole('button', { name: 'Make one of your own' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('ledger');
    await page.getByRole('button', { name: 'Begin a draft' }).click();
    await page.getByRole('navigation', { name: 'Files of the bundle' }).waitFor();
    await page.getByRole('button', { name: 'manifests/10-service.yaml', exact: true }).click();
    const editor = page.getByRole('textbox', { name: 'Text of manifests/10-service.yaml' });
    await editor.click();
    await page.keyboard.press('ControlOrMeta+End');
    await page.keyboard.type('x: [');
    await page.getByRole('tab', { name: 'Checks' }).click();
    await page.getByText('manifests/10-service.yaml is wrong').waitFor();
    await gallery.look(page, 'editor-broken');
    await editor.click();
    await page.keyboard.press('ControlOrMeta+z');
    await page.getByText('It can be published').waitFor();
    await page.getByRole('tab', { name: 'Manifests' }).click();
    await page.getByText('StatefulSet sample').waitFor();
    await gallery.look(page, 'editor');
  });

  it('are published when nothing stands against it, and are not written over after that', async () => {
    await page.getByLabel('File name').fill('manifests/extra.yaml');
    await page.getByRole('button', { name: 'Add a file' }).click();
    await page.getByText('Not saved').waitFor();
    await page.getByText('ConfigMap sample').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Not saved').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByRole('row', { name: /1\.0\.0.*Published/ }).waitFor();
    await gallery.look(page, 'versions');
  });

  it('come from Helm charts, object by object', async ({ skip }) => {
    await page.goto(`${portal.origin}/templates/_import`);
    await heading('Import a Helm chart');
    const noHelm = page.getByText('This installation has no helm');
    const file = page.getByLabel('Chart', { exact: true });
    await noHelm.or(file).waitFor();
    if (await noHelm.isVisible()) return skip('no Go, so no helm');
    const chart = chartArchive({
      'Chart.yaml': 'apiVersion: v2\nname: keys\nversion: 1.2.3\n',
      'templates/map.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: "{{ .Release.Name }}-keys" }\ndata: { size: "{{ .Values.size }}" }\n',
      'templates/role.yaml':
        'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: "{{ .Release.Name }}" }\n',
    });
    await file.setInputFiles({ name: 'keys-1.2.3.tgz', mimeType: 'application/gzip', buffer: chart });
    await page.getByLabel('Values').fill('size: large');
    await page.getByRole('button', { name: 'Render' }).click();
    await page.getByText('ClusterRole is not in a namespace').waitFor();
    await gallery.look(page, 'import');
    await page.getByLabel('Do without ClusterRole <app>').check();
    await page.getByText('2 objects, none refused.').waitFor();
    await page.getByRole('button', { name: 'Begin a draft' }).click();
    await page.getByRole('tab', { name: 'Manifests' }).click();
    await page.getByText('ConfigMap sample-keys').waitFor();
    await page.getByText('size: large').first().waitFor();
  });

  it('have parameters in layers, each value with where it comes from', async () => {
    const { items } = (await api('GET', '/templates')) as { items: { name: string; latestVersionId: string }[] };
    const templateVersionId = items.find(({ name }) => name === 'web-service')?.latestVersionId;
    await api('PUT', `/applications/${application.id}/template`, { templateVersionId });
    await page.goto(`${portal.origin}/applications/default/till/config`);
    await heading('Parameters of till');
    await page.getByLabel('Port').fill('9000');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Revision 1').waitFor();
    await page.getByLabel('Layer').selectOption({ label: 'prod: all clusters' });
    await page.getByText('From application, revision 1, by Li Wei', { exact: false }).waitFor();
    await page.getByLabel('Replicas').fill('3');
    await gallery.look(page, 'parameters');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Revision 1').waitFor();
  });

  it('are deployed from a form that begins with what is kept', async () => {
    await page.goto(`${portal.origin}/applications/default/till/deploy`);
    await page.getByLabel('Image').fill('registry.example.com/shop/till:1.0.0');
    await expect.poll(() => page.getByLabel('Replicas').inputValue()).toBe('3');
    await page.getByText('From application, revision 1, by Li Wei', { exact: false }).waitFor();
    const deploy = page.getByRole('button', { name: /^Deploy to/ });
    await expect.poll(() => deploy.getAttribute('aria-disabled')).toBe('false');
    await gallery.look(page, 'deploy');
    await deploy.click();
    await heading(/#1/);
    await page.goto(`${portal.origin}/templates/web-service`);
    await page.getByRole('link', { name: 'default/till' }).waitFor();
  });

  it('are pages that anybody can use, and that kept their content security policy', () => {
    expect(gallery.violations).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
