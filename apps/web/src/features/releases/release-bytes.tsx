import { listReleaseObjects } from '@quarterdeck/contracts/releases';
import { CodeBlock, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { api, problemOf } from '../../platform/api.ts';
import { t } from './releases.messages.ts';

/** The stored bytes of a release, per cluster: what a roll-back puts out again. */
export function ReleaseBytes({ id }: { id: string }) {
  const bytes = useQuery({
    queryKey: ['releases', 'bytes', id],
    queryFn: ({ signal }) => api.call(listReleaseObjects, { params: { id } }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (bytes.isPending) return <Skeleton rows={8} />;
  if (bytes.isError) return <ProblemAlert problem={problemOf(bytes.error)} onRetry={() => void bytes.refetch()} />;
  return [...Map.groupBy(bytes.data.items, ({ cluster }) => cluster)].map(([cluster, items]) => (
    <section key={cluster} className="panel stack" aria-label={cluster}>
      <h2>{cluster}</h2>
      {items.map((item) => (
        <details key={`${item.kind} ${item.name}`}>
          <summary>
            {item.kind} {item.name} <code className="muted">{item.sha256.slice(0, 12)}</code>
          </summary>
          <CodeBlock code={item.manifest} />
        </details>
      ))}
      {items.length === 0 ? <p className="muted">{t.same}</p> : null}
    </section>
  ));
}
