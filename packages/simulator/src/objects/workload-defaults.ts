import type { Kind } from './kinds.ts';
import { at, type Json, type KubeObject, listOf, objectOf, textOf } from './types.ts';

type Template = (given: Json) => Json;

/** Defaults of the workloads beside Deployments. @param template fills a pod template in */
export function workloadSpec(kind: Kind, object: KubeObject, spec: Json, template: Template): Json {
  switch (kind.kind) {
    case 'StatefulSet':
      return statefulSet(spec, template);
    case 'DaemonSet':
      return {
        revisionHistoryLimit: 10,
        ...spec,
        template: template(objectOf(spec.template)),
        updateStrategy: rolling(spec.updateStrategy, { maxSurge: 0, maxUnavailable: 1 }),
      };
    case 'Job':
      return job(object, spec, template);
    default: {
      const given = objectOf(spec.jobTemplate);
      const inner = objectOf(given.spec);
      return {
        concurrencyPolicy: 'Allow',
        suspend: false,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 1,
        ...spec,
        jobTemplate: { metadata: {}, ...given, spec: { ...inner, template: template(objectOf(inner.template)) } },
      };
    }
  }
}

function statefulSet(spec: Json, template: Template): Json {
  return {
    replicas: 1,
    podManagementPolicy: 'OrderedReady',
    revisionHistoryLimit: 10,
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    ...spec,
    template: template(objectOf(spec.template)),
    updateStrategy: rolling(spec.updateStrategy, { partition: 0 }),
    ...(spec.volumeClaimTemplates === undefined
      ? {}
      : { volumeClaimTemplates: listOf(spec.volumeClaimTemplates).map(claimTemplate) }),
  };
}

function claimTemplate(given: Json): Json {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    ...given,
    spec: { volumeMode: 'Filesystem', ...objectOf(given.spec) },
    status: { phase: 'Pending' },
  };
}

function rolling(given: unknown, defaults: Json): Json {
  const { type = 'RollingUpdate', rollingUpdate } = objectOf(given);
  return type === 'RollingUpdate'
    ? { type, rollingUpdate: { ...defaults, ...objectOf(rollingUpdate) } }
    : { ...objectOf(given) };
}

/** A Job selects its pods by its own uid, which the server writes into selector and template. */
function job({ metadata }: KubeObject, spec: Json, template: Template): Json {
  const { uid, name } = metadata;
  const given = objectOf(spec.template);
  const own = { 'batch.kubernetes.io/controller-uid': uid, 'batch.kubernetes.io/job-name': name };
  const isSelected = spec.selector !== undefined;
  const labels = {
    ...objectOf(at(given, 'metadata', 'labels')),
    ...(isSelected ? {} : { ...own, 'controller-uid': uid, 'job-name': name }),
  };
  return {
    parallelism: 1,
    completions: 1,
    completionMode: 'NonIndexed',
    backoffLimit: 6,
    suspend: false,
    podReplacementPolicy: 'TerminatingOrFailed',
    ...(isSelected ? {} : { selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } } }),
    ...spec,
    template: template({ ...given, metadata: { ...objectOf(given.metadata), labels } }),
  };
}

/** A definition names its kind in every form. */
export function definition(spec: Json): Json {
  const names = objectOf(spec.names);
  const kind = textOf(names.kind);
  return {
    conversion: { strategy: 'None' },
    ...spec,
    names: { listKind: `${kind}List`, singular: kind.toLowerCase(), ...names },
  };
}
