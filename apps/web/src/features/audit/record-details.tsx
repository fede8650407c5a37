import type { AuditRecord } from '@quarterdeck/contracts';
import { CodeDiff, exactTime, StatusDot } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { t } from './audit.messages.ts';
import type { AuditSearch } from './audit.queries.ts';
import { useProjectName } from './use-project-name.ts';

export const outcomeStatus = { allowed: 'healthy', denied: 'degraded', failed: 'failed' } as const;

/**
 * Everything a record says, in the reader's words; what one may want to see more of is a link.
 * @param heading of its parts: one below the heading of what shows it
 */
export function RecordDetails(props: {
  record: AuditRecord;
  clusterName: (id: string) => string;
  heading: 'h2' | 'h3';
}) {
  const { record, clusterName } = props;
  const { target, actor } = record;
  const project = useProjectName(target.project);
  return (
    <div className="stack">
      <dl className="facts">
        <Fact name={t.when}>{exactTime(new Date(record.at))}</Fact>
        <Fact name={t.who}>
          <Filtered search={actor.id === undefined ? undefined : { actor: actor.id }}>{actor.display}</Filtered>
        </Fact>
        <Fact name={t.how}>{t.vias[record.via] ?? record.via}</Fact>
        <Fact name={t.permission}>
          <Filtered search={{ action: record.action }}>
            <code>{record.action}</code>
          </Filtered>
        </Fact>
        <Fact name={t.outcome}>
          <Outcome record={record} />
        </Fact>
        <Fact name={t.object}>
          <Filtered search={target.id === undefined ? undefined : { target: target.id }}>
            {target.kind} {target.name ?? target.id}
          </Filtered>
        </Fact>
        <Fact name={t.cluster}>
          {target.cluster === undefined ? undefined : (
            <Filtered search={{ cluster: clusterName(target.cluster) }}>{clusterName(target.cluster)}</Filtered>
          )}
        </Fact>
        <Fact name={t.namespace}>{target.namespace}</Fact>
        <Fact name={t.project}>
          {target.project === undefined ? undefined : (
            <Filtered search={{ project: target.project }}>{project}</Filtered>
          )}
        </Fact>
        <Fact name={t.reason}>{record.reason}</Fact>
        <Fact name={t.requestId}>
          {record.requestId === undefined ? undefined : (
            <Filtered search={{ request: record.requestId }}>
              <code>{record.requestId}</code>
            </Filtered>
          )}
        </Fact>
        <Fact name={t.traceId}>{record.traceId}</Fact>
        <Fact name={t.address}>{record.ip}</Fact>
        <Fact name={t.userAgent}>{record.userAgent}</Fact>
        <Fact name={t.chain}>{t.link(record.chain, record.seq)}</Fact>
        <Fact name={t.hash}>
          <code className="break">{record.hash}</code>
        </Fact>
      </dl>
      <Changes record={record} heading={props.heading} />
    </div>
  );
}

export function Outcome({ record }: { record: AuditRecord }) {
  return (
    <>
      <StatusDot status={outcomeStatus[record.outcome]}>
        {record.code === undefined ? t.outcomes[record.outcome] : `${t.outcomes[record.outcome]}: ${record.code}`}
      </StatusDot>
      {record.count === undefined ? null : <span className="muted"> {t.times(record.count)}</span>}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (children === undefined || children === '') return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** Leads to all records that have this in common. */
function Filtered({ search, children }: { search: AuditSearch | undefined; children: ReactNode }) {
  if (search === undefined) return children;
  return (
    <Link to="/audit" search={search as never}>
      {children}
    </Link>
  );
}

function Changes({ record, heading: Heading }: { record: AuditRecord; heading: 'h2' | 'h3' }) {
  if (record.changes.length === 0) return <p className="muted">{t.noChanges}</p>;
  const isHidden = JSON.stringify(record.changes).includes('"hmac:');
  return (
    <section className="stack">
      <Heading>{t.changes}</Heading>
      {record.changes.map((change) => (
        <div key={change.path}>
          <code>{change.path}</code>
          <CodeDiff label={change.path} before={textOf(change.before)} after={textOf(change.after)} />
        </div>
      ))}
      {isHidden ? <p className="muted">{t.hidden}</p> : null}
    </section>
  );
}

function textOf(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
}
