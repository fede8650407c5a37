import type { InventoryObject } from '@quarterdeck/contracts';
import { Skeleton } from '@quarterdeck/ui';
import { lazy, Suspense, useId } from 'react';
import { containersOf } from './containers-of.ts';
import { t } from './workloads.messages.ts';

const PodTerminal = lazy(() =>
  import('./terminal/pod-terminal.tsx').then((module) => ({ default: module.PodTerminal })),
);

const keyOf = (pod: InventoryObject) => `${pod.cluster}/${pod.name}`;

/** A shell in one pod of a workload, whichever cluster it is in; the first that runs unless one is chosen. */
export function WorkloadTerminal(props: {
  pods: readonly InventoryObject[];
  /** `cluster/pod`. */
  chosen: string | undefined;
  onChoose: (pod: string) => void;
}) {
  const id = useId();
  const pods = props.pods.toSorted(
    (a, b) => Number(b.health === 'healthy') - Number(a.health === 'healthy') || keyOf(a).localeCompare(keyOf(b)),
  );
  const pod = pods.find((each) => keyOf(each) === props.chosen) ?? pods[0];
  if (pod === undefined) return <p className="muted">{t.noPods}</p>;
  return (
    <>
      <div className="filters">
        <label htmlFor={id}>{t.onePod}</label>
        <select id={id} value={keyOf(pod)} onChange={(event) => props.onChoose(event.target.value)}>
          {pods.map((each) => (
            <option key={each.id} value={keyOf(each)}>
              {each.cluster} {each.name} ({each.statusText})
            </option>
          ))}
        </select>
      </div>
      <Suspense fallback={<Skeleton rows={12} />}>
        <PodTerminal
          // Another pod is another shell.
          key={pod.uid}
          clusterId={pod.clusterId}
          namespace={pod.namespace ?? ''}
          pod={pod.name}
          containers={containersOf(pod)}
        />
      </Suspense>
    </>
  );
}
