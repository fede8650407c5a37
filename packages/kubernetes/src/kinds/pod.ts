import { conditionsOf } from '../projection/conditions.ts';
import { containerFacts, podStatus } from '../projection/pod-status.ts';
import { caps } from '../projection/project-object.ts';
import { podRequests } from '../projection/requests.ts';
import { facts, type Json, objectOf, objectsOf, textOf, textOrNothing } from '../projection/values.ts';
import type { WatchedKind } from './kind.ts';

export const podKind: WatchedKind = {
  group: '',
  version: 'v1',
  resource: 'pods',
  kind: 'Pod',
  namespaced: true,
  rank: 30,
  projection: '2',
  ignoresManagers: true,
  project(object) {
    const spec = objectOf(object.spec);
    const status = objectOf(object.status);
    const seen = podStatus(object);
    const images = [...new Set(objectsOf(spec.containers, caps.containers).map(({ image }) => textOf(image, 512)))];
    const ips = objectsOf(status.podIPs, 4).flatMap(({ ip }) => textOrNothing(ip, 64) ?? []);
    return {
      health: seen.health,
      statusText: seen.text,
      ready: seen.ready,
      desired: seen.desired,
      restarts: seen.restarts,
      node: textOrNothing(spec.nodeName),
      ...podRequests(spec),
      facts: facts({
        phase: textOrNothing(status.phase, 64),
        reason: textOrNothing(status.reason, 128),
        message: textOrNothing(status.message, 500),
        ips: ips.length > 0 ? ips : textOrNothing(status.podIP, 64),
        hostIp: textOrNothing(status.hostIP, 64),
        qos: textOrNothing(status.qosClass, 32),
        containers: containerFacts(spec.containers, status.containerStatuses),
        initContainers: containerFacts(spec.initContainers, status.initContainerStatuses),
        conditions: conditionsOf(status),
        ...references(spec),
        priorityClass: textOrNothing(spec.priorityClassName),
        serviceAccount: textOrNothing(spec.serviceAccountName),
      }),
      words: [...images, ...ips, textOf(spec.nodeName)],
    };
  },
};

/** Names of what the pod mounts or reads: the diagnosis looks them up. */
function references(spec: Json): Record<string, unknown> {
  const claims = new Set<string>();
  const configMaps = new Set<string>();
  const secrets = new Set<string>();
  const add = (to: Set<string>, name: unknown) => {
    const text = textOf(name);
    if (text !== '' && to.size < 20) to.add(text);
  };
  for (const volume of objectsOf(spec.volumes, 50)) {
    add(claims, objectOf(volume.persistentVolumeClaim).claimName);
    add(configMaps, objectOf(volume.configMap).name);
    add(secrets, objectOf(volume.secret).secretName);
    // The one that every pod gets for its ServiceAccount tells nothing.
    if (textOf(volume.name).startsWith('kube-api-access-')) continue;
    for (const source of objectsOf(objectOf(volume.projected).sources, 20)) {
      add(configMaps, objectOf(source.configMap).name);
      add(secrets, objectOf(source.secret).name);
    }
  }
  for (const secret of objectsOf(spec.imagePullSecrets, 20)) add(secrets, secret.name);
  const containers = [spec.initContainers, spec.containers].flatMap((list) => objectsOf(list, caps.containers));
  for (const container of containers) {
    for (const source of objectsOf(container.envFrom, 20)) {
      add(configMaps, objectOf(source.configMapRef).name);
      add(secrets, objectOf(source.secretRef).name);
    }
    for (const { valueFrom } of objectsOf(container.env, 100)) {
      add(configMaps, objectOf(objectOf(valueFrom).configMapKeyRef).name);
      add(secrets, objectOf(objectOf(valueFrom).secretKeyRef).name);
    }
  }
  return { claims: [...claims], configMaps: [...configMaps], secrets: [...secrets] };
}
