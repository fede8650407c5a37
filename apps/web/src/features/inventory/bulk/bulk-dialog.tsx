import type { InventoryObject } from '@quarterdeck/contracts';
import { ConfirmDanger, StatusDot } from '@quarterdeck/ui';
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { problemOf } from '../../../platform/api.ts';
import { useFleet } from '../../../platform/fleet.tsx';
import { TierBadge } from '../../../platform/tier-badge.tsx';
import { t } from './bulk.messages.ts';
import { act, type BulkAction, byCluster, emptyInput, wrongField } from './bulk-actions.ts';
import { BulkFields } from './bulk-fields.tsx';
import { BulkReport } from './bulk-report.tsx';
import { type Outcome, runBulk } from './run-bulk.ts';
import { useRights } from './use-rights.ts';

const most = 500;
const shownNames = 5;

/** One action on the ticked rows: what it means and where, who may not, then how it went with each. */
export function BulkDialog(props: {
  action: BulkAction;
  rows: readonly InventoryObject[];
  /** Clusters that are cut off now. */
  away: ReadonlySet<string>;
  onClose: (ended: boolean) => void;
}) {
  const { action, away } = props;
  // What was ticked when it was asked for: the list goes on below.
  const [rows] = useState(props.rows);
  const [runKey] = useState(() => crypto.randomUUID());
  const queries = useQueryClient();
  const rights = useRights(action, rows);
  const [input, setInput] = useState(emptyInput);
  const [touched, setTouched] = useState(false);
  const [chosen, setChosen] = useState<readonly InventoryObject[] | undefined>();
  const [outcomes, setOutcomes] = useState<ReadonlyMap<string, Outcome>>(new Map());
  const [running, setRunning] = useState(false);
  const stop = useRef(new AbortController());
  const plural = rows[0]?.plural ?? '';
  const refusalOf = (row: InventoryObject) => (away.has(row.cluster) ? t.awayNow : rights.data?.get(row.id));
  const able = rights.data === undefined ? [] : rows.filter((row) => refusalOf(row) === undefined);

  async function run(some: readonly InventoryObject[]): Promise<void> {
    stop.current = new AbortController();
    setRunning(true);
    setOutcomes((before) => {
      const next = new Map(before);
      for (const row of some) next.set(row.id, { state: 'waiting' });
      return next;
    });
    await runBulk({
      items: some,
      keyOf: (row) => row.id,
      // The same key again for the same object: what was done and whose answer was lost is not done twice.
      act: (row) => act(action, row, input, `${runKey}-${row.id}`),
      whyOf: (error) => problemOf(error).detail,
      onOutcome: (id, outcome) => setOutcomes((before) => new Map(before).set(id, outcome)),
      signal: stop.current.signal,
    });
    setRunning(false);
    void queries.invalidateQueries({ queryKey: ['inventory'] });
  }

  if (chosen !== undefined) {
    return (
      <BulkReport
        title={t.verbs[action](chosen.length, plural)}
        rows={chosen}
        outcomes={outcomes}
        running={running}
        onStop={() => stop.current.abort()}
        onAgain={(failed) => void run(failed)}
        onClose={() => props.onClose(true)}
      />
    );
  }
  const isWrong = wrongField(action, input) !== undefined;
  const destroys = action === 'delete' && plural !== 'pods';
  return (
    <ConfirmDanger
      title={t.verbs[action](rights.data === undefined ? rows.length : able.length, plural)}
      verb={t.verbs[action](able.length, plural)}
      level="L2"
      harmless={action !== 'delete'}
      {...(destroys && able.length > 0 ? { expectText: String(able.length) } : {})}
      pending={false}
      blocked={
        rights.isPending ? t.asking : able.length === 0 ? t.noneLeft : rows.length > most ? t.tooMany(most) : undefined
      }
      error={rights.isError ? <p className="notice failed">{problemOf(rights.error).detail}</p> : undefined}
      onConfirm={() => {
        setTouched(true);
        if (isWrong) return;
        setChosen(able);
        void run(able);
      }}
      onClose={() => props.onClose(false)}
    >
      <p>{action === 'delete' && plural === 'pods' ? t.what.deletePods : t.what[action]}</p>
      <BulkFields action={action} rows={rows} input={input} touched={touched} onChange={setInput} />
      <Places rows={able.length === 0 ? rows : able} />
      <LeftOut rows={rows.filter((row) => rights.data !== undefined && refusalOf(row) !== undefined)} why={refusalOf} />
    </ConfirmDanger>
  );
}

/** Each cluster by name, with how much of it this is about. */
function Places({ rows }: { rows: readonly InventoryObject[] }) {
  const fleet = useFleet();
  const tierOf = new Map(fleet?.map(({ slug, labels }) => [slug, labels.tier]));
  return (
    <ul className="plain-list lines" aria-label={t.where}>
      {byCluster(rows).map(({ cluster, count, namespaces }) => {
        const tier = tierOf.get(cluster);
        return (
          <li key={cluster} className="row wrap">
            <strong>{cluster}</strong>
            {tier === undefined ? null : <TierBadge tier={tier} />}
            <span className="muted">
              {t.inCluster(
                count,
                namespaces.slice(0, shownNames).join(', ') +
                  (namespaces.length > shownNames ? ` ${t.more(namespaces.length - shownNames)}` : ''),
              )}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function LeftOut(props: { rows: readonly InventoryObject[]; why: (row: InventoryObject) => string | undefined }) {
  const { rows, why } = props;
  if (rows.length === 0) return null;
  return (
    <details open={rows.length <= shownNames}>
      <summary>{t.leftOut(rows.length)}</summary>
      <ul className="plain-list lines">
        {rows.map((row) => (
          <li key={row.id}>
            <StatusDot status="unknown">
              {row.cluster} {row.namespace} <strong>{row.name}</strong>: {why(row)}
            </StatusDot>
          </li>
        ))}
      </ul>
    </details>
  );
}
