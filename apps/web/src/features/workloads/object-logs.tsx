import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { WorkloadLogs } from '../../platform/workload-logs.tsx';
import type { Address } from './workloads.queries.ts';

/** The logs of an object that makes pods, in its cluster; the URL holds the pods that are chosen. */
export function ObjectLogs({ address }: { address: Address }) {
  const { clusterId, cluster, namespace, plural, name } = address;
  const { pod = '' } = useSearch({ strict: false }) as { pod?: string };
  const navigate = useNavigate();
  const workload = useMemo(() => ({ clusterId, namespace, plural, name }), [clusterId, namespace, plural, name]);
  const chosen = useMemo(
    () => pod.split(',').flatMap((one) => (one === '' ? [] : `${cluster}/${one}`)),
    [cluster, pod],
  );
  const onChoose = (next: string[]) => {
    const names = next.map((key) => key.slice(cluster.length + 1)).join(',');
    const search = (before: object) => ({ ...before, pod: names === '' ? undefined : names });
    void navigate({ to: '.', search: search as never });
  };
  return <WorkloadLogs workload={workload} chosen={chosen} onChoose={onChoose} />;
}
