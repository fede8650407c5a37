import type { Download, Grant, ScopeKind } from '@quarterdeck/contracts';
import { csvLine } from '../../platform/http/csv.ts';
import { toUuid } from '../../platform/ids.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Audit } from '../audit/index.ts';
import type { Authorization } from './authorize.ts';
import type { Directory } from './directory.ts';
import type { GrantUse } from './grant-use.ts';
import { toGrantViews } from './grant-view.ts';
import type { GrantFilter, GrantsStore } from './grants.store.ts';

const pageRows = 1000;
const titles = [
  'subject',
  'kind',
  'subjectId',
  'disabled',
  'role',
  'scope',
  'place',
  'expiresAt',
  'expired',
  'lastUsedAt',
  'createdAt',
  'createdBy',
  'grantId',
];

export type Review = (
  actor: Actor,
  query: { format: 'jsonl' | 'csv'; scope?: ScopeKind | undefined; role?: string | undefined },
) => Promise<Download>;

/** Who may what where, until when, and when it was last used: a line for each grant. The export is itself a record. */
export function createReview(deps: {
  audit: Audit;
  authorization: Authorization;
  store: GrantsStore;
  directory: Directory;
  use: GrantUse;
}): Review {
  const { audit, authorization, store, directory, use } = deps;

  async function* grants(actor: Actor, filter: GrantFilter): AsyncGenerator<Grant[]> {
    const visible = await authorization.visibleScope(actor.principal, 'access:export');
    let after: { at: string; id: string } | undefined;
    for (;;) {
      const rows = await store.page(visible, filter, after, pageRows);
      if (rows.length > 0) yield toGrantViews(directory, rows);
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageRows) return;
      after = { at: last.createdAt.toISOString(), id: toUuid(last.id) };
    }
  }

  return async (actor, { format, scope, role }) => {
    const filter = {
      ...(scope === undefined ? {} : { scope: [scope] }),
      ...(role === undefined ? {} : { role }),
    };
    await audit.record(actor, [
      {
        action: 'access:export',
        target: { kind: 'access' },
        changes: [
          { path: 'format', after: format },
          { path: 'filter', after: filter },
        ],
      },
    ]);
    // What this process has seen used and not written yet belongs into the review.
    await use.flush();
    const isCsv = format === 'csv';
    return {
      contentType: isCsv ? 'text/csv; charset=utf-8' : 'application/x-ndjson',
      fileName: `access-review.${format}`,
      body: isCsv ? csvLines(grants(actor, filter)) : jsonLines(grants(actor, filter)),
    };
  };
}

async function* jsonLines(pages: AsyncIterable<Grant[]>): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((grant) => `${JSON.stringify(grant)}\n`).join('');
}

async function* csvLines(pages: AsyncIterable<Grant[]>): AsyncGenerator<string> {
  yield csvLine(titles);
  for await (const page of pages) yield page.map((grant) => csvLine(cells(grant))).join('');
}

function cells({ subject, ...grant }: Grant): (string | undefined)[] {
  return [
    ...[subject.displayName ?? subject.name, subject.kind, subject.id, String(subject.disabled)],
    ...[grant.role, grant.scope.kind, grant.scopeName],
    ...[grant.expiresAt, String(grant.expired), grant.lastUsedAt, grant.createdAt, grant.createdBy, grant.id],
  ];
}
