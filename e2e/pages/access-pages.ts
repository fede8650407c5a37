import type { Page } from 'playwright-core';
import type { OidcServer } from '../../apps/api/src/testing/oidc-server.ts';

/** A look at the page as it is, by the name it is kept under. */
type Look = (name: string) => Promise<void>;

const firstOwner = { displayName: 'Li Wei', name: 'li.wei', password: 'correct horse battery staple' };

/** Claims an installation that has just started. @returns whom it belongs to now */
export async function claim(page: Page, portal: { origin: string; setupCode: string }): Promise<typeof firstOwner> {
  await page.goto(`${portal.origin}/setup#code=${portal.setupCode}`);
  await page.getByLabel('Your name').fill(firstOwner.displayName);
  await page.getByLabel('Account name').fill(firstOwner.name);
  await page.getByLabel('Password').fill(firstOwner.password);
  await page.getByRole('button', { name: 'Claim this installation' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  return firstOwner;
}

/**
 * On Settings: adds a provider called Corp, once with a wrong secret, which its report must tell.
 * @returns the addresses that the form asks to register at the provider
 */
export async function addProvider(
  page: Page,
  { provider, client, look }: { provider: OidcServer; client: { id: string; secret: string }; look: Look },
): Promise<string[]> {
  await page.getByRole('button', { name: 'Add a provider' }).click();
  const dialog = page.getByRole('dialog');
  const shown = (await dialog.locator('pre').first().textContent()) ?? '';
  const addresses = shown.split(/\s+/).filter((line) => line !== '');
  provider.register({ ...client, redirectUris: addresses });
  await dialog.getByLabel('Name', { exact: true }).fill('Corp');
  await dialog.getByLabel('Issuer').fill(provider.issuer);
  await dialog.getByLabel('Client id').fill(client.id);
  await dialog.getByLabel('Client secret').fill('wrong');
  await dialog.getByText('Scopes, signing').click();
  await dialog.getByLabel('Certificate authority').fill(provider.caPem);
  await dialog.getByRole('button', { name: 'Test', exact: true }).click();
  await dialog.getByText('must be mended').first().waitFor();
  await look('provider-to-mend');
  await dialog.getByLabel('Client secret').fill(client.secret);
  await dialog.getByRole('button', { name: 'Test again' }).click();
  await dialog.getByText('A sign-in will work.').waitFor();
  await look('provider-works');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('row', { name: /Corp/ }).waitFor();
  return addresses;
}

/** On the page of a project: an environment called production with one namespace of one cluster. */
export async function addEnvironment(
  page: Page,
  { cluster, namespace, look }: { cluster: string; namespace: string; look: Look },
): Promise<void> {
  await page.getByRole('tab', { name: /Environments/ }).click();
  await page.getByRole('button', { name: 'New environment' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('production');
  await dialog.getByLabel('Cluster labels').fill(`cluster=${cluster}`);
  await dialog.getByText(`Fits ${cluster}`).waitFor();
  await dialog.getByLabel('Namespace').fill(namespace);
  await look('environment');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText(`Fits ${cluster}`).waitFor();
}

/** On the members of a project: a role for whom these words find. */
export async function grantRole(
  page: Page,
  { words, who, role, look }: { words: string; who: RegExp; role: string; look?: Look },
): Promise<void> {
  await page.getByRole('button', { name: 'Grant a role' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'Person, group or service account' }).fill(words);
  await dialog.getByRole('option', { name: who }).click();
  await dialog.getByLabel('Role', { exact: true }).selectOption({ label: role });
  await dialog.getByText(/Gains \d+ permissions/).waitFor();
  await look?.('grant');
  await dialog.getByRole('button', { name: new RegExp(`Grant ${role} to`) }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('row', { name: who }).waitFor();
}

/** On Tokens: a service account of a project. */
export async function addServiceAccount(page: Page, name: string, project: string): Promise<void> {
  await page.getByRole('button', { name: 'New service account' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill(name);
  await dialog.getByLabel('Belongs to').selectOption({ label: project });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name }).waitFor();
}

/** From the form of a new application to the page of its first release: into an environment that is there. */
export async function deployFirst(
  page: Page,
  { origin, name, environment, image }: { origin: string; name: string; environment: string; image: string },
): Promise<void> {
  await page.goto(`${origin}/applications/new`);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Environment', { exact: true }).selectOption({ label: environment });
  await page.getByRole('button', { name: 'Create and set up the first deployment' }).click();
  await page.getByRole('heading', { name: `Deploy ${name} to production` }).waitFor();
  await page.getByLabel('Image').fill(image);
  await page.getByText('Ready to deploy').waitFor();
  await page.getByRole('button', { name: 'Deploy to 1 cluster' }).click();
  await page.getByRole('heading', { name: `${name} production #1` }).waitFor();
}
