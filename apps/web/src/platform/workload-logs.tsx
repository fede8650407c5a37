import type { WorkloadLogSource } from '@quarterdeck/contracts/workload-logs';
import { LogViewer, MultiPicker, type Status, StatusDot } from '@quarterdeck/ui';
import { useMemo, useState } from 'react';
import { Completeness } from './completeness.tsx';
import type { WorkloadLogAddress } from './follow-log.ts';
import { t } from './platform.messages.ts';
import { useLogs } from './pod-logs.tsx';

const states: Record<WorkloadLogSource['state'], Status> = {
  waiting: 'waiting',
  following: 'healthy',
  ended: 'unknown',
  failed: 'failed',
};

const podOf = ({ cluster, pod }: Pick<WorkloadLogSource, 'cluster' | 'pod'>) => `${cluster}/${pod}`;

/**
 * The logs of all pods of a workload as one, or of the pods chosen.
 * @param props.pods `cluster/pod` of those that may be chosen beside those that are read
 * @param props.chosen `cluster/pod`, of none all
 */
export function WorkloadLogs(props: {
  workload: Pick<WorkloadLogAddress, 'clusterId' | 'namespace' | 'plural' | 'name'>;
  pods?: readonly string[];
  chosen: readonly string[];
  onChoose: (pods: string[]) => void;
}) {
  const { workload, chosen, onChoose } = props;
  const [containers, setContainers] = useState<readonly string[]>([]);
  const [known, setKnown] = useState<readonly string[]>([]);
  const address = useMemo(() => {
    const parts = chosen.map((text) => text.split('/'));
    const clusters = [...new Set(parts.flatMap(([cluster]) => cluster ?? []))];
    return {
      ...workload,
      ...(workload.clusterId === undefined ? { clusters } : {}),
      pods: parts.flatMap(([, pod]) => pod ?? []),
      containers,
    };
  }, [workload, chosen, containers]);
  const { told, ...logs } = useLogs(address);
  const sources = told?.sources ?? [];
  const pods = [...new Set([...(props.pods ?? []), ...sources.map(podOf)])].toSorted();
  const names = [...new Set([...known, ...sources.map(({ container }) => container)])].toSorted();
  if (names.length > known.length) setKnown(names);
  const failed = sources.filter(({ state }) => state === 'failed');
  const open = sources.filter(({ state }) => state === 'following' || state === 'waiting');
  return (
    <section className="panel stack" aria-label={t.logs}>
      <div className="filters">
        <MultiPicker
          label={t.logPods}
          all={t.allPods}
          picked={chosen}
          options={pods.map(optionOf)}
          none={t.noPodNow}
          onChange={onChoose}
        />
        {names.length > 1 ? (
          <MultiPicker
            label={t.logContainers}
            all={t.allContainers}
            picked={containers}
            options={names.map((value) => ({ value, detail: '' }))}
            onChange={setContainers}
          />
        ) : null}
        {told === undefined ? null : sources.length === 0 ? (
          <span className="muted">{t.noPodNow}</span>
        ) : (
          <span className="muted">{t.logsFollowed(open.length, new Set(open.map(podOf)).size)}</span>
        )}
        {told === undefined ? null : <Completeness clusters={told.clusters} only="chip" />}
      </div>
      {told === undefined ? null : <Completeness clusters={told.clusters} only="bar" />}
      {told?.cut === undefined ? null : <p className="notice stale">{t.logsCutTo(told.cut.shown, told.cut.all)}</p>}
      {failed.length === 0 ? null : (
        <div className="notice failed" role="status">
          <ul className="plain-list">
            {failed.map((source) => (
              <li key={source.id}>
                <strong>{labelOf(source)}</strong>: {source.detail}
              </li>
            ))}
          </ul>
        </div>
      )}
      <LogViewer {...logs} fileName={workload.name} />
      {sources.length === 0 ? null : (
        <details>
          <summary>{t.logSources(sources.length)}</summary>
          <ul className="plain-list log-sources">
            {sources.map((source) => (
              <li key={source.id}>
                <StatusDot status={states[source.state]}>{t.logStates[source.state]}</StatusDot>
                <span className="breakable">{labelOf(source)}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

/** A pod by its name; the cluster is said beside it. */
function optionOf(value: string) {
  const [cluster = '', pod = ''] = value.split('/');
  return { value, label: pod, detail: cluster };
}

const labelOf = ({ cluster, pod, container }: WorkloadLogSource) => `${cluster} ${pod} ${container}`;
