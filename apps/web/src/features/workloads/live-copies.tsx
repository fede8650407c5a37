import type { InventoryObject } from '@quarterdeck/contracts';
import { ProblemAlert, Tabs } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { problemOf } from '../../platform/api.ts';
import { groupOf } from '../../platform/object-path.ts';
import { LiveYaml } from './live-yaml.tsx';
import { t } from './workloads.messages.ts';
import { liveObjectQuery } from './workloads.queries.ts';

/** The YAML of a workload, a tab per cluster that holds it. */
export function LiveCopies(props: {
  copies: readonly InventoryObject[];
  chosen: string | undefined;
  onChoose: (cluster: string) => void;
}) {
  const copy = props.copies.find(({ cluster }) => cluster === props.chosen) ?? props.copies[0];
  if (copy === undefined) return null;
  return (
    <>
      <Tabs
        label={t.cluster}
        current={copy.cluster}
        tabs={props.copies.map(({ cluster }) => ({ key: cluster, title: cluster }))}
        onChange={props.onChoose}
      />
      <OneCopy key={copy.id} copy={copy} />
    </>
  );
}

function OneCopy({ copy }: { copy: InventoryObject }) {
  const { clusterId, cluster, plural, name } = copy;
  const address = { clusterId, cluster, group: groupOf(plural), plural, namespace: copy.namespace ?? '_', name };
  const live = useQuery(liveObjectQuery(address));
  return (
    <>
      {live.isError ? <ProblemAlert problem={problemOf(live.error)} onRetry={() => void live.refetch()} /> : null}
      <LiveYaml query={live} address={address} />
    </>
  );
}
