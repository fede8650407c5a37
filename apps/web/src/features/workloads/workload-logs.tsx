import type { InventoryObject } from '@quarterdeck/contracts';
import { LogViewer } from '@quarterdeck/ui';
import { useId, useMemo } from 'react';
import { useLogs } from '../../platform/pod-logs.tsx';
import { t } from './workloads.messages.ts';

const most = 12;

/** Logs of all pods over all clusters, merged by time; or of the one chosen. */
export function WorkloadLogs(props: {
  pods: readonly InventoryObject[];
  /** `cluster/pod`. */
  chosen: string | undefined;
  onChoose: (pod: string) => void;
}) {
  const { pods, chosen } = props;
  const id = useId();
  const asked = pods
    .filter((pod) => chosen === undefined || `${pod.cluster}/${pod.name}` === chosen)
    .toSorted((a, b) => Number(b.health === 'failed') - Number(a.health === 'failed') || a.name.localeCompare(b.name))
    .slice(0, most);
  const key = asked.map((pod) => `${pod.clusterId}/${pod.cluster}/${pod.namespace ?? ''}/${pod.name}`).join(' ');
  const sources = useMemo(
    () =>
      key.split(' ').flatMap((text) => {
        const [clusterId = '', cluster = '', namespace = '', pod = ''] = text.split('/');
        return pod === '' ? [] : [{ clusterId, cluster, namespace, pod }];
      }),
    [key],
  );
  const logs = useLogs(sources);
  return (
    <section className="panel stack">
      <div className="filters">
        <label htmlFor={id}>{t.onePod}</label>
        <select id={id} value={chosen ?? ''} onChange={(event) => props.onChoose(event.target.value)}>
          <option value="">{t.allPods}</option>
          {pods.map((pod) => (
            <option key={pod.id} value={`${pod.cluster}/${pod.name}`}>
              {pod.cluster} {pod.name}
            </option>
          ))}
        </select>
        {pods.length === 0 ? (
          <span className="muted">{t.noPods}</span>
        ) : chosen === undefined ? (
          <span className="muted">{t.logsHint(asked.length, pods.length)}</span>
        ) : null}
      </div>
      <LogViewer {...logs} />
    </section>
  );
}
