import type { Queryable } from '@quarterdeck/database';
import { type Link, type LinkRow, linkColumns, whyBroken } from './chain-link.ts';
import type { Checkpoint } from './checkpoint.ts';

export type BadRecord = { chain: number; seq: number; problem: string };
export type Verdict = { records: number; bad: BadRecord | undefined };

const pageSize = 10_000;

/** Where each chain begins: at its first record, or after what its retention has dropped. */
export async function readAnchor(on: Queryable, chain: number): Promise<Link> {
  const { rows } = await on.query<{ seq: string; hash: Buffer }>(
    'SELECT seq, hash FROM audit_anchor WHERE chain = $1',
    [chain],
  );
  const row = rows[0];
  return row === undefined ? { seq: 0, hash: Buffer.alloc(0) } : { seq: Number(row.seq), hash: row.hash };
}

/** Recomputes records of one chain after `from`; stops at the first bad one, or after `limit`. */
export async function verifyOnwards(
  on: Queryable,
  chain: number,
  from: Link,
  limit: number,
  onGood: (row: LinkRow) => void = () => {},
): Promise<{ link: Link; lastAt: string | undefined; checked: number; bad: BadRecord | undefined }> {
  let link = from;
  let lastAt: string | undefined;
  let checked = 0;
  while (checked < limit) {
    const { rows } = await on.query<LinkRow>(
      `SELECT ${linkColumns} FROM audit_event WHERE chain = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
      [chain, link.seq, Math.min(pageSize, limit - checked)],
    );
    for (const row of rows) {
      const problem = whyBroken(chain, link, row);
      if (problem !== undefined) return { link, lastAt, checked, bad: { chain, seq: Number(row.seq), problem } };
      link = { seq: Number(row.seq), hash: row.hash };
      lastAt = row.at_text;
      checked += 1;
      onGood(row);
    }
    if (rows.length === 0) break;
  }
  return { link, lastAt, checked, bad: undefined };
}

/**
 * Recomputes the whole trail, and compares it with heads that were written down outside the database: those tell a
 * trail that was rewritten from one end to the other, or cut off at its end.
 */
export async function verifyTrail(on: Queryable, checkpoints: readonly Checkpoint[] = []): Promise<Verdict> {
  const { rows: heads } = await on.query<{ chain: number; seq: string; hash: Buffer }>(
    'SELECT chain, seq, hash FROM audit_chain ORDER BY chain',
  );
  let records = 0;
  for (const head of heads) {
    const anchor = await readAnchor(on, head.chain);
    const marks = new Map(checkpoints.filter(({ chain }) => chain === head.chain).map((mark) => [mark.seq, mark]));
    let rewritten: BadRecord | undefined;
    const { link, checked, bad } = await verifyOnwards(on, head.chain, anchor, Number.POSITIVE_INFINITY, (row) => {
      const mark = marks.get(Number(row.seq));
      if (mark === undefined || mark.hash === row.hash.toString('hex')) return;
      rewritten ??= {
        chain: head.chain,
        seq: mark.seq,
        problem: `it is not the record of the checkpoint of ${mark.at}`,
      };
    });
    records += checked;
    const problem = bad ?? rewritten ?? whyCutOff(head, link, [...marks.values()]);
    if (problem !== undefined) return { records, bad: problem };
  }
  return { records, bad: undefined };
}

function whyCutOff(
  head: { chain: number; seq: string; hash: Buffer },
  last: Link,
  marks: readonly Checkpoint[],
): BadRecord | undefined {
  const later = marks.find(({ seq }) => seq > last.seq);
  const missing = { chain: head.chain, seq: last.seq + 1 };
  if (later !== undefined)
    return { ...missing, problem: `it is missing: the checkpoint of ${later.at} knows ${later.seq}` };
  // A head that moved on since it was read has more records, never fewer.
  if (Number(head.seq) > last.seq) return { ...missing, problem: `it is missing: the chain counts ${head.seq}` };
  return undefined;
}
