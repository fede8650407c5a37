import type { InventoryObject } from '@quarterdeck/contracts';
import { listEvents } from '@quarterdeck/contracts/inventory';
import { AgeText, CopyButton, Drawer, ProblemAlert, Skeleton, StatusDot } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { api, problemOf } from '../../platform/api.ts';
import { PodLogs } from '../../platform/pod-logs.tsx';
import { t } from './inventory.messages.ts';

/** What is known of one object, its events and, of a pod, its log. */
export function ObjectDrawer({ row, gone, onClose }: { row: InventoryObject; gone: boolean; onClose: () => void }) {
  const namespace = row.namespace === undefined ? '' : ` -n ${row.namespace}`;
  const facts = Object.entries(row.facts).filter(([, value]) => isSaid(value));
  return (
    <Drawer title={row.name} onClose={onClose}>
      {gone ? <p className="notice stale">{t.gone}</p> : null}
      <div className="row wrap">
        <StatusDot status={row.health}>{row.statusText}</StatusDot>
        <span className="badge">{row.cluster}</span>
        <CopyButton text={`kubectl get ${row.plural} ${row.name}${namespace} -o yaml`} label={t.copyKubectl} />
      </div>
      <dl className="facts">
        <dt>{t.kind}</dt>
        <dd>{row.kind}</dd>
        <dt>Namespace</dt>
        <dd>{row.namespace ?? t.clusterWide}</dd>
        <dt>Created</dt>
        <dd>
          <AgeText at={row.createdAt} />
        </dd>
        {facts.map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
        <dt>{t.labels}</dt>
        <dd>
          {Object.keys(row.labels).length === 0 ? <span className="muted">{t.noLabels}</span> : null}
          {Object.entries(row.labels).map(([name, value]) => (
            <div key={name}>
              <code>
                {name}={value}
              </code>
            </div>
          ))}
        </dd>
      </dl>
      <Events uid={row.uid} />
      {row.plural === 'pods' && row.namespace !== undefined && !gone ? (
        <PodLogs clusterId={row.clusterId} namespace={row.namespace} pod={row.name} />
      ) : null}
    </Drawer>
  );
}

function Events({ uid }: { uid: string }) {
  const events = useQuery({
    queryKey: ['inventory', 'events', uid],
    queryFn: ({ signal }) => api.call(listEvents, { query: { objectUid: uid, limit: 20 } }, { signal }),
    refetchInterval: 5000,
  });
  return (
    <section>
      <h3>{t.events}</h3>
      {events.isPending ? <Skeleton rows={2} /> : null}
      {events.isError ? <ProblemAlert problem={problemOf(events.error)} onRetry={() => void events.refetch()} /> : null}
      {events.data?.items.length === 0 ? <p className="muted">{t.noEvents}</p> : null}
      <ul className="attention">
        {(events.data?.items ?? []).map((event) => (
          <li key={event.id}>
            <StatusDot status={event.type === 'Warning' ? 'degraded' : 'healthy'}>{event.reason}</StatusDot>
            <span className="grow">
              {event.message}
              {event.count > 1 ? <span className="muted"> · {event.count} times</span> : null}
            </span>
            <AgeText at={event.lastAt} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function isSaid(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** `readyReplicas` reads as "Ready replicas". */
function wordsOf(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function Fact({ name, value }: { name: string; value: unknown }) {
  return (
    <>
      <dt>{wordsOf(name)}</dt>
      <dd>
        <FactValue value={value} />
      </dd>
    </>
  );
}

function FactValue({ value }: { value: unknown }) {
  if (Array.isArray(value)) {
    return value.map((item, index) => (
      <div key={String(index)}>
        <FactValue value={item} />
      </div>
    ));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .filter(([, part]) => isSaid(part))
      .map(([name, part]) => (
        <div key={name}>
          <span className="muted">{wordsOf(name)}</span>{' '}
          {typeof part === 'object' ? JSON.stringify(part) : String(part)}
        </div>
      ));
  }
  return String(value);
}
