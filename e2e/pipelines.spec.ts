import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claim } from './pages/access-pages.ts';
import { type Gallery, openGallery } from './setup/gallery.ts';
import { ask, createPeople } from './setup/people.ts';
import { type Portal, startPortal } from './setup/portal.ts';

const commit = 'b81a4d6f0c9e7235aa41d0be6f5c3e2d9187a6f4';
const digest = `sha256:${'a1'.repeat(32)}`;
/** Nobody is there, and nobody is asked: loopback is not dialled. */
const registry = '127.0.0.1:9';

/** In order: from nothing to a release by a push, as somebody who sets it up for the first time. */
describe('pipelines in the browser', () => {
  let portal: Portal;
  let page: Page;
  let gallery: Gallery;
  const people = createPeople();
  const hooks: Record<string, { url: string; secret: string }> = {};

  beforeAll(async () => {
    gallery = await openGallery('pipelines');
    portal = await startPortal();
    page = await people.enter();
    await claim(page, portal);
    const projects = await ask<{ items: { id: string }[] }>(page, 'GET', '/projects');
    const application = await ask<{ id: string; environments: { environmentId: string }[] }>(
      page,
      'POST',
      '/applications',
      {
        projectId: projects.body.items[0]?.id,
        slug: 'web',
        environments: [
          { name: 'staging', tier: 'staging', rules: [{ selector: { cluster: 'bj-1' }, namespace: 'web' }] },
        ],
      },
    );
    expect(application.status).toBe(201);
    const templates = await ask<{ items: { name: string; latestVersionId: string }[] }>(page, 'GET', '/templates');
    const release = await ask(page, 'POST', '/releases', {
      applicationId: application.body.id,
      environmentId: application.body.environments[0]?.environmentId,
      templateVersionId: templates.body.items.find(({ name }) => name === 'web-service')?.latestVersionId,
      images: { main: `${registry}/shop/web:1.4.1` },
      parameters: { replicas: 2 },
    });
    expect(release.status).toBe(202);
  });
  afterAll(async () => {
    await people.leave();
    await portal?.stop();
  });

  const look = (name: string) => gallery.look(page, name);
  const dialog = () => page.getByRole('dialog');
  const tab = (name: string) => page.getByRole('tab', { name }).click();
  /** As a sender posts it. */
  const post = (hook: string, body: object, headers: Record<string, string>) =>
    fetch(hooks[hook]?.url ?? '', {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });

  async function takeSecret(hook: string): Promise<void> {
    await dialog().getByText('not shown again').waitFor();
    const url = await dialog().getByLabel('Address').inputValue();
    const secret = await dialog().getByLabel('Secret').inputValue();
    hooks[hook] = {
      url: url.replace(/^https?:\/\/[^/]+/, portal.origin),
      secret: secret.replace('Authorization: Bearer ', ''),
    };
  }

  it('says what to do while there is nothing', async () => {
    await page.getByRole('link', { name: 'Pipelines' }).click();
    await page.getByText('Nothing has arrived yet').waitFor();
    await look('empty');
  });

  it('connects a GitLab and a channel, and says how they answer', async () => {
    await tab('Connections and notices');
    await page.getByRole('button', { name: 'New connection' }).click();
    await dialog().getByLabel('Name', { exact: true }).fill('gitlab');
    await dialog().getByLabel('Address').fill('https://gitlab.example.com/path');
    await dialog().getByRole('button', { name: 'Create' }).click();
    await dialog().getByText('the address of your GitLab alone').first().waitFor();
    await look('connection-refused');
    await dialog().getByLabel('Address').fill('https://127.0.0.1:9');
    await dialog().getByRole('button', { name: 'Create' }).click();
    await page.getByRole('row', { name: /gitlab/ }).waitFor();
    await page.getByRole('button', { name: 'New connection' }).click();
    await dialog().getByLabel('Kind').selectOption('dingtalk');
    await dialog().getByLabel('Name', { exact: true }).fill('team chat');
    await dialog().getByLabel('Address').fill('https://127.0.0.1:9/robot/send?access_token=secret-of-the-robot');
    await look('connection-channel');
    await dialog().getByRole('button', { name: 'Create' }).click();
    await page.getByRole('button', { name: 'Test team chat' }).click();
    await page.getByText('team chat: It does not work').waitFor();
    await look('connections');
    await page.getByRole('row', { name: /team chat/ }).click();
    await page.getByRole('button', { name: 'Turn off' }).waitFor();
    await look('connection');
    await page.getByRole('button', { name: 'Close' }).click();
    expect(await page.content()).not.toContain('secret-of-the-robot');
  });

  it('makes hooks, whose secrets are shown once, and a test event comes through', async () => {
    await tab('Hooks');
    await page.getByRole('button', { name: 'New hook' }).click();
    await dialog().getByLabel('Name', { exact: true }).fill('gitlab events');
    await dialog().getByRole('button', { name: 'Create' }).click();
    await takeSecret('gitlab');
    await look('hook-secret');
    await page.keyboard.press('Escape');
    await dialog().getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'New hook' }).click();
    await dialog().getByLabel('Sender').selectOption('distribution');
    await dialog().getByLabel('Name', { exact: true }).fill('registry');
    await dialog().getByLabel('Registry').fill(registry);
    await dialog().getByRole('button', { name: 'Create' }).click();
    await takeSecret('registry');
    await dialog().getByRole('button', { name: 'Done' }).click();
    expect((await post('gitlab', {}, { 'x-gitlab-token': 'wrong' })).status).toBe(401);
    await page.getByText('rejected').waitFor();
    await look('hooks');
    await page.getByRole('row', { name: /gitlab events/ }).click();
    await page.getByText('Last rejected').waitFor();
    await look('hook');
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Send a test event gitlab events' }).click();
    await page.getByText('The test event came through').first().waitFor();
    await look('test-event');
    await page.getByRole('button', { name: 'Close' }).click();
  });

  it('says what deploys by itself', async () => {
    await tab('Triggers');
    await page.getByRole('button', { name: 'New trigger' }).click();
    await dialog().getByLabel('Application').selectOption({ label: 'default/web' });
    await dialog().getByLabel('Repository').fill(`${registry}/shop/web`);
    await dialog().getByRole('button', { name: 'Save' }).click();
    await dialog().getByText('name the GitLab connection and the number').first().waitFor();
    await look('trigger-refused');
    await dialog().getByLabel('GitLab project number').fill('22');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await page.getByText('and the build of GitLab project 22').waitFor();
    await look('triggers');
  });

  it('joins an image and its build to a release, and shows how', async () => {
    const { secret = '' } = hooks.registry ?? {};
    const target = {
      mediaType: 'application/vnd.oci.image.index.v1+json',
      digest,
      repository: 'shop/web',
      tag: `1.4.2-${commit.slice(0, 8)}`,
    };
    const event = { id: 'event-1', timestamp: new Date().toISOString(), action: 'push', target };
    expect((await post('registry', { events: [event] }, { authorization: `Bearer ${secret}` })).status).toBe(202);
    await tab('Deliveries');
    await page.getByText('Waits for the rest').first().waitFor();
    await page.getByRole('row', { name: /registry/ }).click();
    await page.getByText('No successful pipeline of GitLab project 22').first().waitFor();
    await look('waiting');
    const pipeline = {
      object_kind: 'pipeline',
      object_attributes: { id: 1212, ref: 'main', tag: false, sha: commit, source: 'push', status: 'success' },
      project: { id: 22 },
    };
    expect((await post('gitlab', pipeline, { 'x-gitlab-token': hooks.gitlab?.secret ?? '' })).status).toBe(202);
    await page.getByRole('link', { name: 'web staging #2' }).first().waitFor();
    await look('released');
    await page.getByRole('button', { name: 'Process again' }).click();
    await page.getByRole('button', { name: 'Process again' }).waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await tab('Deliveries');
    await page.getByRole('link', { name: 'web staging #2' }).first().click();
    await page.getByRole('heading', { name: 'web staging #2' }).waitFor();
    await page.goto(`${portal.origin}/pipelines?tab=sent`);
    await page.getByText('team chat').first().waitFor();
    await look('told');
  });

  it('gives the application a file for its pipeline', async () => {
    await page.goto(`${portal.origin}/applications/default/web`);
    await page.getByRole('button', { name: 'Show the file' }).click();
    await page.getByText('QUARTERDECK_TOKEN').first().waitFor();
    await page.getByRole('region', { name: 'Deploy from GitLab CI' }).scrollIntoViewIfNeeded();
    await look('snippet');
  });

  it('is accessible, and its pages complain about nothing', () => {
    expect(gallery.violations).toEqual([]);
    expect(people.complaints).toEqual([]);
  });
});
