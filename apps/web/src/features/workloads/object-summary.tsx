import type { InventoryObject, LiveObject } from '@quarterdeck/contracts';
import { AgeText, type Column, DataTable, type Status, StatusDot } from '@quarterdeck/ui';
import { causeOf } from '../../platform/pod-cause.ts';
import { CauseNotice } from './cause-notice.tsx';
import { t } from './workloads.messages.ts';

type Condition = LiveObject['conditions'][number];

/** Conditions whose `True` is trouble; of the others `False` is. */
const badWhenTrue = /Pressure$|Failure$|Failed$|Unavailable$|^Stalled$/;

export function conditionStatus({ type, status }: Pick<Condition, 'type' | 'status'>): Status {
  if (status === 'Unknown') return 'unknown';
  return (status === 'True') === badWhenTrue.test(type) ? 'degraded' : 'healthy';
}

const columns: Column<Condition>[] = [
  {
    key: 'type',
    title: t.type,
    cell: (row) => (
      <StatusDot status={conditionStatus(row)}>
        {row.type} {row.status}
      </StatusDot>
    ),
  },
  { key: 'reason', title: t.reason, wrap: true, cell: (row) => [row.reason, row.message].filter(Boolean).join(': ') },
  {
    key: 'since',
    title: t.since,
    cell: (row) => (row.lastTransitionAt === undefined ? null : <AgeText at={row.lastTransitionAt} />),
  },
];

/** What an object is, at a glance: the cause if it fails, facts, conditions, labels. */
export function ObjectSummary({ row, live }: { row: InventoryObject | undefined; live: LiveObject | undefined }) {
  const cause = row?.plural === 'pods' ? causeOf(row) : undefined;
  const containers = (row?.facts.containers ?? []) as { name?: string; image?: string }[];
  const images = (row?.facts.images ?? containers.map(({ image }) => image)) as (string | undefined)[];
  return (
    <div className="stack">
      {cause === undefined ? null : <CauseNotice cause={cause} />}
      <section className="panel">
        <dl className="facts">
          {row === undefined ? null : (
            <>
              <dt>{t.status}</dt>
              <dd>
                <StatusDot status={row.health}>{row.statusText}</StatusDot>
              </dd>
              <dt>{t.created}</dt>
              <dd>
                <AgeText at={row.createdAt} />
              </dd>
            </>
          )}
          {row?.node === undefined ? null : (
            <>
              <dt>{t.node}</dt>
              <dd>{row.node}</dd>
            </>
          )}
          {row?.restarts === undefined ? null : (
            <>
              <dt>{t.restarts}</dt>
              <dd>{row.restarts}</dd>
            </>
          )}
          {images.length === 0 ? null : (
            <>
              <dt>{t.image}</dt>
              <dd>
                {images.map((image) => (
                  <div key={image}>
                    <code>{image}</code>
                  </div>
                ))}
              </dd>
            </>
          )}
          {(live?.owners ?? []).map((owner) => (
            <div key={owner.uid} className="fact">
              <dt>{t.owner}</dt>
              <dd>
                {owner.kind} {owner.name}
              </dd>
            </div>
          ))}
          <dt>{t.labels}</dt>
          <dd>
            {Object.keys(row?.labels ?? {}).length === 0 ? <span className="muted">{t.none}</span> : null}
            {Object.entries(row?.labels ?? {}).map(([name, value]) => (
              <div key={name}>
                <code>
                  {name}={value}
                </code>
              </div>
            ))}
          </dd>
          <dt>{t.uid}</dt>
          <dd>
            <code>{live?.uid ?? row?.uid}</code>
          </dd>
        </dl>
      </section>
      {live === undefined || live.conditions.length === 0 ? null : (
        <section className="panel flush">
          <DataTable
            label={t.conditions}
            columns={columns}
            rows={live.conditions}
            rowId={(condition) => condition.type}
          />
        </section>
      )}
    </div>
  );
}
