import type { Database, Transaction } from '@quarterdeck/database';
import { newId, toUuid } from '../../platform/ids.ts';
import { createServiceAccountsStore } from './service-accounts.store.ts';

/** Makes the service account that a project's standing automation runs as; `access` grants it its role. Gives its uuid. */
export function createAutomationAccounts(database: Database) {
  const store = createServiceAccountsStore(database);
  return async function addAutomationAccount(
    tx: Transaction,
    project: { uuid: string; slug: string },
  ): Promise<string> {
    const id = toUuid(newId('sva'));
    const account = { id, description: `Standing automation of ${project.slug}`, projectId: project.uuid };
    const made = await store.insert(tx, { ...account, name: `${project.slug}-automation` });
    // Somebody has an account of this name: the end of the id makes another.
    if (made === 'name_taken') {
      await store.insert(tx, { ...account, name: `${project.slug}-automation-${id.slice(-6)}` });
    }
    return id;
  };
}
