import { useParams } from '@tanstack/react-router';
import { ClusterOverviewPage } from '../features/clusters/cluster-overview-page.tsx';
import { ClusterCapacity } from '../features/inventory/index.ts';
import { ProposeEvacuation } from '../features/releases/index.ts';

/** What a cluster is, and what its rows tell of it. */
export function ClusterOverview() {
  const { cluster = '' } = useParams({ strict: false });
  return (
    <ClusterOverviewPage>
      <ProposeEvacuation cluster={cluster} />
      <ClusterCapacity cluster={cluster} />
    </ClusterOverviewPage>
  );
}
