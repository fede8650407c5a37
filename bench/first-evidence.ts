import type { Cluster } from '@quarterdeck/testing';

type Status = {
  restartCount?: number;
  state?: { waiting?: { reason?: string }; terminated?: { exitCode?: number } };
  lastState?: { terminated?: { reason?: string } };
};
type Pod = {
  metadata: { uid: string; labels?: Record<string, string> };
  status?: {
    containerStatuses?: Status[];
    initContainerStatuses?: Status[];
    conditions?: { type: string; status: string; reason?: string; message?: string; lastTransitionTime?: string }[];
  };
};
type Event = { type?: string; reason?: string; involvedObject?: { uid?: string } };

const usualWaits = new Set([undefined, 'ContainerCreating', 'PodInitializing']);
/** What a pod that waits for a node is given to find one. */
const patienceMs = 30_000;
const everyMs = 250;

/**
 * Looks at a cluster as its administrator until stopped: when it first showed that a pod of an application does not
 * come up, ms since the epoch.
 */
export function watchEvidence(cluster: Cluster, namespace: string) {
  const seenAt = new Map<string, number>();
  let stopped = false;
  const path = `/api/v1/namespaces/${namespace}`;
  const listed = async <T>(plural: string) => (await cluster.request<{ items: T[] }>('GET', `${path}/${plural}`)).items;
  const loop = (async () => {
    while (!stopped) {
      const at = Date.now();
      const [pods, events] = await Promise.all([listed<Pod>('pods'), listed<Event>('events')]);
      const unmounted = new Set(
        events.filter(({ reason }) => reason === 'FailedMount').map(({ involvedObject }) => involvedObject?.uid),
      );
      for (const pod of pods) {
        const name = pod.metadata.labels?.app ?? '';
        const told = evidenceOf(pod, at) ?? (unmounted.has(pod.metadata.uid) ? at : undefined);
        if (told !== undefined && !seenAt.has(name)) seenAt.set(name, told);
      }
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  })();
  return {
    of: (name: string) => seenAt.get(name),
    async stop(): Promise<void> {
      stopped = true;
      await loop;
    },
  };
}

function evidenceOf({ status = {} }: Pod, at: number): number | undefined {
  const statuses = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])];
  const isOdd = statuses.some(
    ({ state, lastState, restartCount = 0 }) =>
      !usualWaits.has(state?.waiting?.reason) || lastState?.terminated?.reason === 'OOMKilled' || restartCount >= 2,
  );
  if (isOdd) return at;
  const homeless = status.conditions?.find(
    (each) => each.type === 'PodScheduled' && each.status === 'False' && each.reason === 'Unschedulable',
  );
  if (homeless === undefined) return undefined;
  const isOfVolume = homeless.message?.includes('persistentvolumeclaim') === true;
  return isOfVolume ? at : Date.parse(homeless.lastTransitionTime ?? '') + patienceMs;
}
