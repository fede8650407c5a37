import type { InventoryObject } from '@quarterdeck/contracts';
import { listEvents } from '@quarterdeck/contracts/inventory';
import { AgeText, CopyButton, Drawer, StatusDot } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { api } from '../../platform/api.ts';
import { EventList } from '../../platform/event-list.tsx';
import { causeOf } from '../../platform/pod-cause.ts';
import { PodLogs } from '../../platform/pod-logs.tsx';
import { t } from './inventory.messages.ts';
import { kubectlOf } from './kubectl.ts';

type Container = { name?: string; image?: string; state?: string; reason?: string };

/** Said on the object's own page, where there is room for it. */
const ofItsPage = new Set([
  'conditions',
  'containers',
  'managers',
  'generation',
  'observedGeneration',
  'selector',
  'message',
]);

/** What is known of one object, its events and, of a pod, its log. */
export function ObjectDrawer(props: {
  row: InventoryObject;
  page: string;
  gone: boolean;
  /** What other features let one do to it. */
  actions?: ReactNode;
  onClose: () => void;
}) {
  const { row, gone, onClose } = props;
  const cause = row.plural === 'pods' ? causeOf(row) : undefined;
  const facts = Object.entries(row.facts).filter(([name, value]) => isSaid(value) && !ofItsPage.has(name));
  const containers = (row.facts.containers ?? []) as Container[];
  return (
    <Drawer title={row.name} onClose={onClose}>
      {gone ? <p className="notice stale">{t.gone}</p> : null}
      <div className="row wrap">
        <StatusDot status={row.health}>{row.statusText}</StatusDot>
        <span className="badge">{row.cluster}</span>
        <span className="grow" />
        {props.actions}
        <CopyButton text={kubectlOf(row)} label={t.copyKubectl} />
        <Link to={props.page} className="button small primary">
          {t.open}
        </Link>
      </div>
      {cause === undefined ? null : (
        <div className="notice failed">
          <div>
            <strong>{cause.summary}.</strong> {cause.nextStep}
            <p className="muted breakable">
              <code>{cause.evidence}</code>
            </p>
          </div>
        </div>
      )}
      <dl className="facts">
        <dt>{t.kind}</dt>
        <dd>{row.kind}</dd>
        <dt>{t.namespace}</dt>
        <dd>{row.namespace ?? t.clusterWide}</dd>
        <dt>{t.created}</dt>
        <dd>
          <AgeText at={row.createdAt} />
        </dd>
        {containers.map((container) => (
          <div key={container.name} className="fact">
            <dt>{t.container(container.name ?? '')}</dt>
            <dd>
              <code>{container.image}</code>
              <div className="muted">{[container.state, container.reason].filter(isSaid).join(' · ')}</div>
            </dd>
          </div>
        ))}
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
      <EventList events={events} none={t.noEvents} />
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
          {typeof part === 'object' ? JSON.stringify(part) : <Plain value={part} />}
        </div>
      ));
  }
  return <Plain value={value} />;
}

const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

/** A time reads as an age, like everywhere; the rest as it is. */
function Plain({ value }: { value: unknown }) {
  return typeof value === 'string' && isoTime.test(value) ? <AgeText at={value} /> : String(value);
}
