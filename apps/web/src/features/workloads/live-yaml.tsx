import type { LiveObject } from '@quarterdeck/contracts';
import { AgeText, CopyButton, Skeleton } from '@quarterdeck/ui';
import type { UseQueryResult } from '@tanstack/react-query';
import { t } from './workloads.messages.ts';

/** The YAML of an object as its cluster holds it now, and who wrote fields of it. */
export function LiveYaml({ query }: { query: UseQueryResult<LiveObject> }) {
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
        </span>
        <span className="row">
          <button type="button" className="button small" onClick={() => void query.refetch()}>
            {t.refresh}
          </button>
          <CopyButton text={yaml} label={t.copyYaml} />
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
