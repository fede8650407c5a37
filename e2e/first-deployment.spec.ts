import { waitFor } from '@quarterdeck/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it as test } from 'vitest';
import { launchBrowser, openPage } from './setup/browser.ts';
import { countEffort } from './setup/effort.ts';
import { type Gallery, openGallery } from './setup/gallery.ts';
import { execKubeconfig, joinKubeconfigs } from './setup/kubeconfigs.ts';
import { ask } from './setup/people.ts';
import type { Portal } from './setup/portal.ts';
import { demoStage, realStage, type Stage } from './setup/stage.ts';

/**
 * Both journeys wait most of the time, so they run side by side; the steps of each one after another. Waiting is no
 * `expect.poll`, which loses its test when one of the other journey ends.
 */
const it = (title: string, run: () => Promise<unknown> | unknown) => test(title, { concurrent: false }, run);

const real = await realStage();
const demo = demoStage();

let starting: Promise<unknown> = Promise.resolve();
/** One product after another: starting at once, they would share the cores and each its deadline. */
function inTurn<T>(start: () => Promise<T>): Promise<T> {
  const mine = starting.then(start);
  starting = mine.catch(() => {});
  return mine;
}

/** In order: a stranger's first half hour. */
const journey = (stage: Stage) => {
  const [alpha, beta] = stage.clusters;
  const isDemo = stage.kind === 'the demo fleet';
  const connected = isDemo ? 3 : 2;
  const folder = isDemo ? 'first-deployment-demo' : 'first-deployment';
  let portal: Portal;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  let gallery: Gallery;
  const effort = countEffort();

  beforeAll(async () => {
    gallery = await openGallery(folder);
    portal = await inTurn(stage.start);
    browser = await launchBrowser();
    page = await openPage(browser);
    page.on('console', (message) => {
      const text = message.text();
      // A 401 before sign-in and refusals that a step provokes are answers, not faults of the page.
      if (message.type() === 'error' && !text.includes('Failed to load resource'))
        complaints.push(
          `${text} at ${message.location().url}:${message.location().lineNumber}:${message.location().columnNumber}`,
        );
    });
    page.on('pageerror', (error) => complaints.push(error.message));
  });
  afterAll(async () => {
    await browser?.close();
    await portal?.stop();
    await stage.stop();
  });

  /** The first page after signing in. */
  const home = () =>
    page
      .getByText(isDemo ? 'Needs attention' : 'No cluster is registered yet')
      .first()
      .waitFor();

  const look = (name: string) => gallery.look(page, name);

  /** Clusters in the list; one that answers slowly on a machine that does much answers. */
  const answering = () => page.getByText(/^(Connected|Degraded)$/).count();

  const bothHealthy = async () => {
    const targets = page.getByRole('region', { name: /Target/ });
    return (await targets.getByText('Healthy', { exact: true }).count()) === 2;
  };

  it('claims the installation with the setup code', async () => {
    await page.goto(`${portal.origin}/setup#code=${portal.setupCode}`);
    const code = page.getByLabel('Setup code');
    await waitFor('the code to be taken over', async () => (await code.inputValue()) === portal.setupCode);
    await waitFor('the address to forget it', () => !page.url().includes(portal.setupCode));
    await page.getByLabel('Your name').fill('Li Wei');
    await page.getByLabel('Account name').fill('li.wei');
    await page.getByLabel('Password').fill('correct horse battery staple');
    await look('setup');
    await page.getByRole('button', { name: 'Claim this installation' }).click();
    await home();
    await look('home-first');
  });

  it('signs out and in again', async () => {
    await page.getByRole('button', { name: 'Li Wei' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to Quarterdeck' }).waitFor();
    await look('sign-in');
    await page.getByLabel('Account name').fill('li.wei');
    await page.getByLabel('Password').fill('wrong password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Name or password is not right.').waitFor();
    await page.getByLabel('Password').fill('correct horse battery staple');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await home();
  });

  /** Pastes a kubeconfig and reads the report. */
  async function verify(kubeconfig: string): Promise<void> {
    await page.goto(`${portal.origin}/clusters/register`);
    await page.getByRole('textbox', { name: 'Kubeconfig', exact: true }).fill(kubeconfig);
    await page.getByLabel('Tier').selectOption('production');
    await page.getByRole('button', { name: 'Verify', exact: true }).click();
  }

  it(isDemo ? 'finds the demo fleet registered' : 'registers a cluster after its report', async () => {
    if (alpha.kubeconfig !== undefined) {
      await verify(alpha.kubeconfig);
      await page.getByRole('list', { name: 'Verification report' }).waitFor();
      await page.getByLabel('Short name').fill(alpha.name);
      await look('register');
      await page.getByRole('button', { name: 'Apply manifest and register' }).click();
      await page.getByRole('heading', { name: alpha.name, exact: true }).waitFor();
    }
    await page.goto(`${portal.origin}/clusters`);
    await page.getByRole('link', { name: alpha.name }).first().click();
    const health = page.getByRole('link', { name: 'Health', exact: true });
    await health.waitFor();
    await look('cluster');
    await health.click();
    await page.getByText('streaming').first().waitFor();
  });

  const files = Object.fromEntries(
    [alpha, beta].flatMap(({ name, kubeconfig }) => (kubeconfig === undefined ? [] : [[name, kubeconfig]])),
  );
  if (!isDemo)
    it('registers the clusters of one file, each with its own verdict', async () => {
      await verify(joinKubeconfigs({ ...files, 'corp-sso': execKubeconfig }));
      const row = (context: string) => page.getByRole('row', { name: new RegExp(context) });
      await row('corp-sso').getByText('runs a program', { exact: false }).waitFor();
      await page.getByRole('button', { name: 'Verify 2' }).click();
      await page.getByRole('button', { name: 'Register 2 that are ready' }).waitFor();
      await row(beta.name).getByRole('button', { name: 'Show' }).click();
      await page.getByRole('list', { name: 'Verification report' }).waitFor();
      await look('import');
      await page.getByRole('button', { name: 'Close' }).click();
      await row(beta.name).getByRole('textbox').fill(beta.name);
      await page.getByRole('button', { name: 'Register 2 that are ready' }).click();
      await row(beta.name).getByText('registered', { exact: true }).waitFor();
      await row(alpha.name).getByText(`registered already, as ${alpha.name}`, { exact: false }).waitFor();
      await look('imported');
    });

  it('shows all clusters connected', async () => {
    await page.goto(`${portal.origin}/clusters`);
    await waitFor('all to answer', async () => (await answering()) === connected);
    await look('clusters');
  });

  it('lists the pods of both, live', async () => {
    const deployment = (name: string) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image: `${name}:1` }] } },
      },
    });
    for (const cluster of [alpha, beta])
      await cluster.request('POST', '/apis/apps/v1/namespaces/default/deployments', deployment('guide'));
    await page.goto(`${portal.origin}/inventory/core/pods?namespaces=default`);
    // Rows that come after the first are asked for, so that none moves under the hand.
    const show = page.getByRole('button', { name: /new.*show/ });
    await waitFor('four pods that run', async () => {
      if ((await show.count()) > 0) await show.click();
      return (await page.getByRole('row', { name: /guide.*Running/ }).count()) === 4;
    });
    await look('inventory');
    await page.getByRole('row', { name: /guide/ }).first().click();
    await page.getByRole('heading', { name: /Logs of guide/ }).waitFor();
    await page.locator('.log time').first().waitFor();
    await look('pod');
  });

  it('creates an application for both clusters', async () => {
    await page.goto(portal.origin);
    await effort.click(page.getByRole('link', { name: 'Deploy', exact: true }));
    await page.getByText('No application yet').waitFor();
    await effort.click(page.getByRole('link', { name: 'Create the first application' }));
    await effort.fill(page.getByLabel('Name', { exact: true }), 'cart');
    await effort.fill(page.getByLabel('Namespace'), 'shop');
    await effort.tick(page.getByRole('checkbox', { name: new RegExp(alpha.name) }));
    await effort.tick(page.getByRole('checkbox', { name: new RegExp(beta.name) }));
    await look('application-new');
    await effort.click(page.getByRole('button', { name: 'Create and set up the first deployment' }));
    await page.getByRole('heading', { name: 'Deploy cart to production' }).waitFor();
  });

  it('fills the form, sees what each cluster would get, and deploys: 6 inputs and 4 clicks from Home at most', async () => {
    await effort.fill(page.getByLabel('Image'), 'registry.example.com/shop/cart:1.0.0');
    await page.getByText('Ready to deploy').waitFor();
    await page.getByText('not pinned').first().waitFor({ state: 'attached' });
    // Said once for both.
    const found = page.getByRole('region', { name: 'What was found' });
    await found.getByText(`New namespace in ${[alpha.name, beta.name].join(', ')}`).waitFor();
    await look('deploy');
    await effort.click(page.getByRole('button', { name: 'Deploy to 2 clusters' }));
    await page.getByRole('heading', { name: 'cart production #1' }).waitFor();
    expect(effort.inputs).toBeLessThanOrEqual(6);
    expect(effort.clicks).toBeLessThanOrEqual(4);
    await page
      .getByRole('region', { name: `Target ${alpha.name}` })
      .getByText('2 of 2 pods ready', { exact: false })
      .first()
      .waitFor();
    await look('release-updating');
    await waitFor('both targets to be healthy', bothHealthy);
    const timeline = page.getByRole('region', { name: 'Timeline' });
    await timeline.getByRole('img', { name: new RegExp(`${alpha.name}: .*Writes .*, Healthy`) }).waitFor();
    await look('release-healthy');
  });

  it('is told what a hand changed, with the field, and that it was put right again', async () => {
    const scale = (replicas: number) =>
      alpha.request('PATCH', '/apis/apps/v1/namespaces/shop/deployments/cart', { spec: { replicas } });
    const release = page.url();
    await scale(3);
    await page.goto(`${portal.origin}/applications/default/cart/drift`);
    await page.getByText('changed by hand').first().waitFor();
    await page.getByText('spec.replicas').first().waitFor();
    await look('drift');
    await scale(2);
    await page.getByRole('button', { name: 'Compare again' }).click();
    await page.getByText('Everything is as it was released, in 2 clusters').waitFor();
    await page.goto(release);
  });

  it('reads the logs of a pod from the release', async () => {
    await page
      .getByRole('region', { name: `Target ${alpha.name}` })
      .getByRole('button', { name: 'Logs', exact: true })
      .click();
    await page.locator('.log time').first().waitFor();
    await page.getByRole('button', { name: 'Close logs' }).click();
  });

  it('decides that production leaves out a cluster that does not answer', async () => {
    const release = page.url();
    await page.goto(`${portal.origin}/access/projects/default/delivery`);
    await page.getByLabel('An unreachable cluster').selectOption('is skipped, and owed');
    await page.getByRole('button', { name: 'Save for production' }).click();
    await page.getByText('Saved. Releases that exist').waitFor();
    await look('delivery-policy');
    await page.goto(release);
  });

  it('changes the image with one cluster gone: the other proceeds, and it is said which is which', async () => {
    await beta.cut();
    await page.getByRole('link', { name: 'Change and deploy' }).click();
    await page.getByLabel('Image').fill('registry.example.com/shop/cart:1.1.0');
    await page.getByText('Does not answer').first().waitFor();
    await look('deploy-one-cut');
    await page.getByRole('button', { name: 'Deploy to 2 clusters' }).click();
    await page.getByRole('heading', { name: 'cart production #2' }).waitFor();
    // What goes out is what was typed, however fast the button was found.
    await page.getByText('registry.example.com/shop/cart:1.1.0').first().waitFor();
    const target = (name: string) => page.getByRole('region', { name: `Target ${name}` });
    await target(beta.name).getByText('Skipped, owed').waitFor();
    await look('release-one-owed');
    await page.goto(portal.origin);
    await page.getByRole('link', { name: beta.name }).waitFor();
    await look('home-one-cut');
    await beta.restore();
    await page.goto(`${portal.origin}/clusters`);
    await waitFor('all to answer', async () => (await answering()) === connected);
    await page.goto(`${portal.origin}/applications/default/cart/production/releases/2`);
    await target(alpha.name).getByText('Healthy', { exact: true }).waitFor();
    // What it missed follows by itself, as a release of its own.
    const follows = async () => {
      await page.goto(`${portal.origin}/applications/default/cart/production/releases/3`);
      const heading = page.getByRole('heading', { name: 'cart production #3' });
      return heading.waitFor({ timeout: 20_000 }).then(
        () => true,
        () => false,
      );
    };
    await waitFor('the release that follows', follows, { timeoutMs: 120_000 });
    // Deployment controller, scheduler and kubelets ask a server that was away again after up to 30 s each, one after another.
    await target(beta.name).getByText('Healthy', { exact: true }).waitFor({ timeout: 180_000 });
    await look('catch-up');
  });

  it('rolls back to the first release from its stored bytes', async () => {
    await page.goto(`${portal.origin}/applications/default/cart/production/releases/1`);
    await page.getByRole('button', { name: 'Roll back to #1' }).click();
    const leadsTo = page.getByRole('region', { name: 'What changes from #2 to #1' });
    await leadsTo.getByText('cart:1.1.0 → ', { exact: false }).waitFor();
    await leadsTo.getByText('2 changed', { exact: false }).waitFor();
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    await waitFor('the safe button to have the focus', async () => (await focused()) === 'Cancel');
    await page.getByRole('button', { name: 'Roll back cart to #1' }).click();
    await page.getByRole('heading', { name: 'cart production #4' }).waitFor();
    await waitFor('both targets to be healthy', bothHealthy);
    const pods = (await alpha.request('GET', '/api/v1/namespaces/shop/pods')) as {
      items: { spec: { containers: { image: string }[] } }[];
    };
    expect(new Set(pods.items.map((pod) => pod.spec.containers[0]?.image))).toEqual(
      new Set(['registry.example.com/shop/cart:1.0.0']),
    );
    await look('rollback');
  });

  it('finds its objects by name from the palette', async () => {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Search' }).fill('cart');
    const deployments = page.getByRole('listbox').getByRole('group', { name: 'Deployment' });
    await deployments
      .getByRole('option', { name: new RegExp(alpha.name) })
      .first()
      .waitFor();
    await look('palette');
    await page.keyboard.press('Escape');
  });

  it('removes the application from the clusters and deletes it', async () => {
    await page.goto(`${portal.origin}/applications/default/cart`);
    await page.getByRole('button', { name: 'Remove from production' }).click();
    await page.getByLabel('Type cart to confirm').fill('cart');
    await look('remove');
    await page.getByRole('button', { name: 'Remove from 2 clusters' }).click();
    await page.getByText('Removed', { exact: true }).first().waitFor();
    for (const cluster of [alpha, beta]) {
      const deployments = (await cluster.request('GET', '/apis/apps/v1/namespaces/shop/deployments')) as {
        items: unknown[];
      };
      expect(deployments.items).toEqual([]);
    }
    await page.goto(`${portal.origin}/applications/default/cart`);
    await page.getByRole('button', { name: 'Delete application' }).click();
    await page.getByLabel('Type cart to confirm').fill('cart');
    await page.getByRole('button', { name: 'Delete cart' }).click();
    await page.getByText('No application yet').waitFor();
    await page.goto(`${portal.origin}/audit`);
    await page
      .getByRole('row', { name: /releases:rollback/ })
      .first()
      .waitFor();
    await look('audit');
  });

  it('asks before it takes what others have, and before what a release no longer has goes', async () => {
    const call = async <B>(method: string, path: string, body?: object): Promise<B> => {
      const answer = await ask<B>(page, method, path, body);
      expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
      return answer.body;
    };
    type List<T> = { items: ({ id: string } & T)[] };
    const [project] = (await call<List<object>>('GET', '/projects')).items;
    const templates = await call<List<{ name: string; latestVersionId: string }>>('GET', '/templates');
    const templateVersionId = templates.items.find(({ name }) => name === 'raw')?.latestVersionId;
    const rules = [{ selector: { cluster: alpha.name }, namespace: 'rota' }];
    const { id: applicationId, environments } = await call<{ id: string; environments: { environmentId: string }[] }>(
      'POST',
      '/applications',
      { projectId: project?.id, slug: 'rota', environments: [{ name: 'rota', tier: 'test', rules }] },
    );
    const release = async (...objects: object[]) => {
      const manifests = objects.map((object) => JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', ...object }));
      return call<{ id: string; number: number }>('POST', '/releases', {
        applicationId,
        environmentId: environments[0]?.environmentId,
        templateVersionId,
        images: {},
        parameters: { manifests: manifests.join('\n---\n') },
      });
    };
    const settings = (mode: string) => ({ metadata: { name: 'settings' }, data: { mode } });
    const roster = { metadata: { name: 'roster', annotations: { 'quarterdeck.dev/keep': 'true' } } };
    const first = await release(settings('ours'), roster);
    await waitFor('the first release', async () => {
      const { state } = await call<{ state: string }>('GET', `/releases/${first.id}`);
      return state === 'succeeded';
    });
    const maps = '/api/v1/namespaces/rota/configmaps';
    await alpha.request('PATCH', `${maps}/settings?fieldManager=night-team`, { data: { mode: 'theirs' } });
    await release(settings('ours again'));
    await page.goto(`${portal.origin}/applications/default/rota/rota/releases/2`);
    await page.getByText(`${alpha.name} asks for a decision`).first().waitFor();
    await page.getByText('Needs a decision').first().waitFor();
    const questions = page.getByRole('region', { name: `What ${alpha.name} asks` });
    await questions.getByRole('radio', { name: 'Leave it to night-team' }).check();
    await look('questions');
    await questions.getByRole('button', { name: `Decide for ${alpha.name}` }).click();
    await page.getByRole('button', { name: 'Take away …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Tick at least one. Type rota. Say why.').waitFor();
    await dialog.getByRole('checkbox', { name: /ConfigMap roster/ }).check();
    await dialog.getByLabel('Type rota to confirm').fill('rota');
    await dialog.getByLabel('Reason, for the audit').fill('nobody is on call by night');
    await look('take-away');
    await dialog.getByRole('button', { name: 'Take away 1 object' }).click();
    await waitFor('the roster to go', async () => {
      const { items } = await alpha.request<{ items: { metadata: { name: string } }[] }>('GET', maps);
      return items.every(({ metadata }) => metadata.name !== 'roster');
    });
    await page.goto(`${portal.origin}/applications/default/rota`);
    await page.getByText('is left to night-team').waitFor();
    await page.getByRole('button', { name: 'Ask again' }).click();
    await page.getByText('is left to night-team').waitFor({ state: 'detached' });
  });

  it('left nothing for axe to find, in either theme', () => {
    expect(gallery.violations).toEqual([]);
  });

  it('never broke its content security policy and threw nothing', () => {
    expect(complaints).toEqual([]);
  });
};

const title = 'the first deployment from the browser';
// Without control planes its steps count as skipped.
describe(`${title}, on real control planes`, { concurrent: true, skip: real === undefined }, () =>
  journey(real ?? demo),
);
describe(`${title}, on the demo fleet`, { concurrent: true }, () => journey(demo));
