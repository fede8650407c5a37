import type { WorkloadLogSource } from '@quarterdeck/contracts/workload-logs';

/** How a source is named in front of its lines, and which of eight colours is its pod's. */
export type LogLabel = { name: string; hue: number };

const hues = 8;

/** Names of the sources of a mix: each pod has one colour for as long as the mix is read. */
export function createLogLabels() {
  const labels = new Map<number, LogLabel>();
  const pods = new Map<string, number>();

  return {
    learn(sources: readonly WorkloadLogSource[]): void {
      const hasSeveralClusters = new Set(sources.map(({ clusterId }) => clusterId)).size > 1;
      const containers = new Map<string, Set<string>>();
      for (const { clusterId, pod, container } of sources) {
        const key = `${clusterId} ${pod}`;
        containers.set(key, (containers.get(key) ?? new Set()).add(container));
      }
      for (const { id, clusterId, cluster, pod, container } of sources) {
        const key = `${clusterId} ${pod}`;
        const number = pods.get(key) ?? pods.size;
        pods.set(key, number);
        const isOneOfMany = (containers.get(key)?.size ?? 0) > 1;
        const parts = [...(hasSeveralClusters ? [cluster] : []), pod, ...(isOneOfMany ? [container] : [])];
        labels.set(id, { name: parts.join(' '), hue: number % hues });
      }
    },
    /** Nothing where there is only one, or the source is not known. */
    of(source: number | undefined): { source?: LogLabel } {
      const label = source === undefined ? undefined : labels.get(source);
      return label === undefined ? {} : { source: label };
    },
  };
}
