import { ProblemAlert, Skeleton, StatusDot } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { problemOf } from '../../platform/api.ts';
import { t } from './access.messages.ts';
import { type DraftGrant, previewQuery } from './access.queries.ts';

/** What a grant would add, and where; or why it would be refused. */
export function GrantPreview({ draft }: { draft: DraftGrant | undefined }) {
  const preview = useQuery(previewQuery(draft));
  if (draft === undefined) return <p className="muted">{t.previewEmpty}</p>;
  if (preview.isPending) return <Skeleton rows={2} />;
  if (preview.isError)
    return <ProblemAlert problem={problemOf(preview.error)} onRetry={() => void preview.refetch()} />;
  const { gains, clusters, namespaces, groups, refusal } = preview.data;
  return (
    <div className="stack tight" aria-live="polite">
      {refusal === undefined ? null : (
        <p className="notice failed">
          <StatusDot status="failed">{t.cannot}</StatusDot>
          <span>{refusal.detail}</span>
        </p>
      )}
      <p>
        <strong>{t.gains(gains.length)}</strong> <span className="muted">{t.reach(clusters, namespaces)}</span>
      </p>
      {gains.length === 0 ? null : (
        <details>
          <summary>{t.permissions}</summary>
          <p className="words">
            {gains.map((permission) => (
              <code key={permission}>{permission}</code>
            ))}
          </p>
        </details>
      )}
      {groups.length === 0 ? null : (
        <p className="muted words">
          {t.inClusters}{' '}
          {groups.map((group) => (
            <code key={group}>{group}</code>
          ))}
        </p>
      )}
    </div>
  );
}
