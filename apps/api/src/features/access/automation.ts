import type { Database, Transaction } from '@quarterdeck/database';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import type { GrantsStore } from './grants.store.ts';

/** Makes a service account of a project and gives its uuid; filled by `identity`. */
export type AddAutomationAccount = (tx: Transaction, project: { uuid: string; slug: string }) => Promise<string>;

/**
 * Every project has one account that its standing automation runs as, with the role `automation` there: what runs by
 * itself does not depend on whoever saved it. People may revoke the grant; the account alone may nothing.
 */
export function createAutomation(deps: { database: Database; grants: GrantsStore; add: AddAutomationAccount }) {
  const { database, grants } = deps;

  async function addTo(tx: Transaction, project: { id: string; slug: string }): Promise<void> {
    const uuid = toUuid(project.id);
    const account = await deps.add(tx, { uuid, slug: project.slug });
    await tx.query('UPDATE access_project SET automation_id = $2 WHERE id = $1', [uuid, account]);
    await grants.insert(tx, {
      id: newId('grt'),
      subjectKind: 'service_account',
      subject: account,
      roleId: 'automation',
      scope: { kind: 'project', id: project.id },
      expiresAt: undefined,
      createdById: '',
      createdBy: '',
    });
  }

  return {
    addTo,
    /** At the start: projects from before, and the first one, which a migration made. */
    addMissing: () =>
      database.transaction(async (tx) => {
        const result = await tx.query<{ id: string; slug: string }>(
          'SELECT id, slug FROM access_project WHERE automation_id IS NULL ORDER BY id FOR UPDATE',
        );
        for (const row of result.rows) await addTo(tx, { id: fromUuid('prj', row.id), slug: row.slug });
      }),
  };
}
