import type { Download } from '@quarterdeck/contracts';
import { csvLine } from '../../platform/http/csv.ts';
import { fromUuid } from '../../platform/ids.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Audit } from './audit.service.ts';
import type { AuditFilter, AuditRow } from './audit.store.ts';

const csvTitles = [
  'at',
  'who',
  'action',
  'outcome',
  'code',
  'kind',
  'name',
  'id',
  'cluster',
  'namespace',
  'project',
  'reason',
  'ip',
  'requestId',
  'chain',
  'seq',
  'hash',
];

/** The export is itself a record, written before the first line leaves. */
export async function exportTrail(
  audit: Audit,
  actor: Actor,
  format: 'jsonl' | 'csv',
  filter: AuditFilter,
): Promise<Download> {
  const named = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
  await audit.record(actor, [
    {
      action: 'audit:export',
      target: { kind: 'audit', ...(filter.project === undefined ? {} : { project: filter.project }) },
      changes: [
        { path: 'format', after: format },
        { path: 'filter', after: named },
      ],
    },
  ]);
  const body = format === 'csv' ? csvLines(audit, filter) : jsonLines(audit, filter);
  return {
    contentType: format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson',
    fileName: `audit.${format}`,
    body,
  };
}

async function* jsonLines(audit: Audit, filter: AuditFilter): AsyncGenerator<string> {
  for await (const rows of audit.all(filter)) yield rows.map((row) => `${JSON.stringify(provable(row))}\n`).join('');
}

/** With what a verifier needs: the hash is over `prevHash`, `chain|seq|at|` and the text of `record`. */
function provable(row: AuditRow) {
  return {
    id: fromUuid('aud', row.id),
    chain: row.chain,
    seq: Number(row.seq),
    at: row.at_text,
    ...(row.count === null ? {} : { count: row.count }),
    record: row.record_text,
    prevHash: row.prev_hash.toString('hex'),
    hash: row.hash.toString('hex'),
  };
}

async function* csvLines(audit: Audit, filter: AuditFilter): AsyncGenerator<string> {
  yield csvLine(csvTitles);
  for await (const rows of audit.all(filter)) yield rows.map((row) => csvLine(cells(row))).join('');
}

function cells(row: AuditRow): (string | undefined)[] {
  const { actor, target, reason, ip, requestId } = row.record;
  return [
    ...[row.at_text, actor.display, row.action, row.outcome, row.code ?? undefined],
    ...[target.kind, target.name, target.id, target.cluster, target.namespace, target.project],
    ...[reason, ip, requestId, String(row.chain), row.seq, row.hash.toString('hex')],
  ];
}
