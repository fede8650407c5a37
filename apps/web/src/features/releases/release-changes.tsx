import type { ReleaseDetail } from '@quarterdeck/contracts';
import { diffRelease } from '@quarterdeck/contracts/release-compare';
import { listReleases } from '@quarterdeck/contracts/releases';
import { CodeDiff, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, problemOf } from '../../platform/api.ts';
import { mergeSame } from './merge-same.ts';
import { t } from './releases.messages.ts';

/** What this release changed against the one before it; what is alike in several clusters is told once. */
export function ReleaseChanges({ release }: { release: ReleaseDetail }) {
  const before = useQuery({
    queryKey: ['releases', 'before', release.id],
    queryFn: async ({ signal }) => {
      const { items } = await api.call(
        listReleases,
        { query: { application: release.applicationId, environment: release.environmentId, limit: 200 } },
        { signal },
      );
      const previous = items.find((candidate) => candidate.number < release.number && candidate.kind !== 'remove');
      if (previous === undefined) return null;
      const diff = await api.call(
        diffRelease,
        { params: { id: release.id }, query: { against: previous.id } },
        { signal },
      );
      return { previous, items: diff.items.filter((item) => item.change !== 'unchanged') };
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (before.isPending) return <Skeleton rows={8} />;
  if (before.isError) return <ProblemAlert problem={problemOf(before.error)} onRetry={() => void before.refetch()} />;
  if (before.data === null) return <p className="muted">{t.first}</p>;
  return (
    <section className="panel stack">
      <div className="spread">
        <h2>{t.against(before.data.previous.number)}</h2>
        <Link
          to="/applications/$project/$app/compare"
          params={{ project: release.project, app: release.application }}
          search={
            {
              environment: release.environment,
              before: String(before.data.previous.number),
              after: String(release.number),
            } as never
          }
        >
          {t.compareAny}
        </Link>
      </div>
      {before.data.items.length === 0 ? <p className="muted">{t.same}</p> : null}
      {mergeSame(before.data.items).map(({ item, clusters }) => (
        <details key={`${clusters.join()} ${item.kind} ${item.name}`} open>
          <summary>
            {t.changeOf(t.changeWords[item.change], item.kind, item.name)}
            <span className="muted"> · {clusters.join(', ')}</span>
          </summary>
          <CodeDiff
            label={t.changesOf(item.kind, item.name, clusters.join(', '))}
            before={item.before ?? ''}
            after={item.after ?? ''}
          />
        </details>
      ))}
    </section>
  );
}
