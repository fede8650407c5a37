import type { InventoryObject } from '@quarterdeck/contracts';
import { Tabs } from '@quarterdeck/ui';
import { t } from '../workloads.messages.ts';
import { viewedOf } from './views.queries.ts';
import { WorkloadTimeline } from './workload-timeline.tsx';
import { WorkloadTree } from './workload-tree.tsx';

/** The tree or the timeline of a workload, a tab per cluster that holds it. */
export function WorkloadViewIn(props: {
  view: 'tree' | 'timeline';
  copies: readonly InventoryObject[];
  chosen: string | undefined;
  onChoose: (cluster: string) => void;
}) {
  const copy = props.copies.find(({ cluster }) => cluster === props.chosen) ?? props.copies[0];
  const viewed = copy === undefined ? undefined : viewedOf(copy);
  if (copy === undefined || viewed === undefined) return null;
  const View = props.view === 'tree' ? WorkloadTree : WorkloadTimeline;
  return (
    <>
      {props.copies.length === 1 ? null : (
        <Tabs
          label={t.cluster}
          current={copy.cluster}
          tabs={props.copies.map(({ cluster }) => ({ key: cluster, title: cluster }))}
          onChange={props.onChoose}
        />
      )}
      <View key={copy.id} workload={viewed} />
    </>
  );
}
