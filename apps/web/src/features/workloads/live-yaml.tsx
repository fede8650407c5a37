import type { LiveObject } from '@quarterdeck/contracts';
import { ActionButton, AgeText, CopyButton, Skeleton } from '@quarterdeck/ui';
import type { UseQueryResult } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useRefusal } from '../../platform/me.tsx';
import { t } from './workloads.messages.ts';
import type { Address } from './workloads.queries.ts';

const EditObject = lazy(() => import('./edit/edit-object.tsx').then((module) => ({ default: module.EditObject })));

/** The YAML of an object as its cluster holds it now, who wrote fields of it, and its editor. */
export function LiveYaml({ query, address }: { query: UseQueryResult<LiveObject>; address: Address }) {
  const [isEditing, setIsEditing] = useState(false);
  const [said, setSaid] = useState<string | undefined>();
  const mayEdit = useRefusal('workloads:edit');
  if (isEditing) {
    return (
      <Suspense fallback={<Skeleton rows={16} />}>
        <EditObject
          address={address}
          onClose={() => setIsEditing(false)}
          onSaved={(what) => {
            setSaid(what);
            setIsEditing(false);
          }}
        />
      </Suspense>
    );
  }
  if (query.isPending) return <Skeleton rows={16} />;
  if (query.data === undefined) return null;
  const { yaml, masked, managers, readAt } = query.data;
  return (
    <section className="panel stack">
      <div className="spread">
        <span className="row wrap">
          <span className="muted">
            {t.readAt} <AgeText at={readAt} />
          </span>
          {masked ? <span className="badge warn">{t.masked}</span> : null}
          <span role="status">{said === undefined ? null : <span className="badge">{said}</span>}</span>
        </span>
        <span className="row">
          <button type="button" className="button small" onClick={() => void query.refetch()}>
            {t.refresh}
          </button>
          <CopyButton text={yaml} label={t.copyYaml} />
          <ActionButton
            small
            kind="primary"
            reason={mayEdit}
            onClick={() => {
              setSaid(undefined);
              setIsEditing(true);
            }}
          >
            {t.edit}
          </ActionButton>
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard */}
      <pre className="code tall" tabIndex={0}>
        {yaml}
      </pre>
      {managers.length === 0 ? null : (
        <p className="muted">
          {t.writtenBy}{' '}
          {managers.map((manager, index) => (
            <span key={`${manager.name} ${manager.operation} ${manager.subresource ?? ''}`}>
              {index === 0 ? '' : ', '}
              <code>{manager.name}</code> {manager.subresource} <AgeText at={manager.at} />
            </span>
          ))}
        </p>
      )}
    </section>
  );
}
