import { CopyButton, EmptyState, PageHeader, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { problemOf } from '../../platform/api.ts';
import { t } from './audit.messages.ts';
import { recordQuery } from './audit.queries.ts';
import { Outcome, RecordDetails } from './record-details.tsx';
import { sentenceOf } from './record-sentence.ts';
import { useClusterName } from './use-cluster-name.ts';

/** One record of the trail: what happened in a sentence, then every fact and change. */
export function RecordPage() {
  const { eventId = '' } = useParams({ strict: false }) as { eventId?: string };
  const clusterName = useClusterName();
  const query = useQuery(recordQuery(eventId));
  if (query.isPending) return <Skeleton rows={10} />;
  if (query.isError) {
    const problem = problemOf(query.error);
    if (problem.code !== 'not_found') return <ProblemAlert problem={problem} onRetry={() => void query.refetch()} />;
    return (
      <EmptyState
        page
        title={t.unknown}
        action={
          <Link to="/audit" className="button">
            {t.back}
          </Link>
        }
      />
    );
  }
  const record = query.data;
  return (
    <>
      <PageHeader
        crumbs={[
          <Link key="audit" to="/audit">
            {t.audit}
          </Link>,
        ]}
        title={sentenceOf(record, clusterName)}
        status={<Outcome record={record} />}
        actions={<CopyButton text={record.id} label={record.id} />}
      />
      <div className="panel">
        <RecordDetails record={record} clusterName={clusterName} heading="h2" />
      </div>
    </>
  );
}
