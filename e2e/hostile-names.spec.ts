import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openPage } from './setup/browser.ts';
import type { Portal } from './setup/portal.ts';
import { demoStage } from './setup/stage.ts';
import { watchForAttacks } from './setup/watch-for-attacks.ts';

const image = '<img src=x onerror=alert(1)>';
const script = '"><script>alert(2)</script>';
const scheme = "javascript:alert(3)//'";
const drawing = '<svg/onload=alert(4)>{{7*7}}';

/** What people and clusters may call things is shown as it is written, on every page that shows it. */
describe('S36 hostile names and labels', () => {
  const stage = demoStage();
  let portal: Portal;
  let browser: Browser;
  let page: Page;
  let signs: string[];

  beforeAll(async () => {
    portal = await stage.start();
    browser = await launchBrowser();
    page = await openPage(browser);
    signs = await watchForAttacks(page);
    await page.goto(`${portal.origin}/setup#code=${portal.setupCode}`);
    await page.getByLabel('Your name').fill(image);
    await page.getByLabel('Account name').fill('li.wei');
    await page.getByLabel('Password').fill('correct horse battery staple');
    await page.getByRole('button', { name: 'Claim this installation' }).click();
    await page.getByRole('heading', { name: 'Home', exact: true }).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await portal?.stop();
  });

  async function call(method: 'GET' | 'POST' | 'PATCH', path: string, data?: object): Promise<Record<string, unknown>> {
    const answer = await page.request.fetch(`${portal.origin}/api/v1${path}`, {
      method,
      headers: { origin: portal.origin },
      ...(data === undefined ? {} : { data }),
    });
    const body = (await answer.json()) as Record<string, unknown>;
    if (!answer.ok()) throw new Error(`${method} ${path}: ${JSON.stringify(body)}`);
    return body;
  }

  it('are taken wherever a name is free', async () => {
    const [cluster] = stage.clusters;
    const { items } = (await call('GET', '/clusters')) as { items: { id: string; slug: string }[] };
    const clusterId = items.find(({ slug }) => slug === cluster.name)?.id;
    await call('PATCH', `/clusters/${clusterId}`, { displayName: script });
    const project = await call('POST', '/projects', { slug: 'hostile', displayName: drawing });
    await call('POST', '/access/roles', { name: script, permissions: ['inventory:read'], scopes: ['project'] });
    await call('POST', '/groups', { name: drawing });
    await call('POST', '/service-accounts', { name: 'hostile-ci', projectId: project.id, description: scheme });
    await cluster.request('POST', '/api/v1/namespaces/default/configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'hostile', annotations: { 'example.com/link': scheme, 'example.com/note': image } },
      data: { page: [image, script, scheme, drawing].join('\n') },
    });
  });

  it('open no dialog, break no policy and make no link that runs, wherever they are shown', async () => {
    const shown: [path: string, text: string][] = [
      ['/', image],
      [`/clusters/bj-1`, script],
      ['/access/projects', drawing],
      ['/access/projects/hostile', drawing],
      ['/access/members', image],
      ['/access/roles', script],
      ['/access/tokens', scheme],
      ['/settings/users', image],
      ['/settings/groups', drawing],
      ['/audit', image],
      ['/profile', image],
      ['/objects/bj-1/core/configmaps/default/hostile?tab=yaml', image],
    ];
    for (const [path, text] of shown) {
      await page.goto(`${portal.origin}${path}`);
      await page
        .getByText(text, { exact: false })
        .first()
        .waitFor({ state: 'attached' })
        .catch(() => signs.push(`${path} does not show ${text}`));
      const links = await page
        .locator('a[href]')
        .evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href));
      signs.push(...links.filter((href) => !href.startsWith(portal.origin)).map((href) => `${path} leads to ${href}`));
    }
    expect(signs).toEqual([]);
  });

  describe('would have been noticed', () => {
    it('by the page that fails, where a name is taken for markup', async () => {
      const broken = await browser.newPage();
      const seen = await watchForAttacks(broken);
      await broken.addInitScript(takeTextForMarkup);
      await broken.goto(`${portal.origin}/profile`);
      await expect.poll(() => seen.join('\n')).toContain('Markup is not taken.');
    });

    it('by a report of the policy, where a name becomes an address', async () => {
      const broken = await browser.newPage();
      const seen = await watchForAttacks(broken);
      await broken.goto(portal.origin);
      await broken.evaluate((href) => {
        const link = document.createElement('a');
        link.href = href;
        document.body.append(link);
        link.click();
      }, scheme);
      await expect.poll(() => seen.join('\n')).toMatch(/script-src/);
    });

    it('by a dialog, where nothing holds it back', async () => {
      const context = await browser.newContext({ bypassCSP: true });
      const broken = await context.newPage();
      const seen = await watchForAttacks(broken);
      await broken.goto(portal.origin);
      await broken.evaluate((markup) => {
        document.body.innerHTML = markup;
      }, image);
      await expect.poll(() => seen).toContain('a dialog: 1');
    });
  });
});

/** In the browser: a portal whose pages put text where markup goes. */
function takeTextForMarkup(): void {
  const real = Object.getOwnPropertyDescriptor(Node.prototype, 'textContent');
  Object.defineProperty(Node.prototype, 'textContent', {
    configurable: true,
    get() {
      return real?.get?.call(this);
    },
    set(text: string) {
      if (this instanceof Element && String(text).includes('<')) this.innerHTML = text;
      else real?.set?.call(this, text);
    },
  });
}
