import { type Deed, type Permission, pausableKinds, restartableKinds, scalableKinds } from '@quarterdeck/contracts';
import type { ClusterClient, Identity } from '@quarterdeck/kubernetes';
import { AppError } from '../../platform/errors.ts';
import type { AuditChange } from '../audit/index.ts';
import type { ObjectAddress } from './object-address.ts';

/** What of an object the deeds read before they are done. */
export type Known = {
  metadata?: {
    uid?: string;
    resourceVersion?: string;
    labels?: Record<string, string>;
    ownerReferences?: { kind?: string; name?: string; controller?: boolean }[];
  };
  spec?: { replicas?: number; paused?: boolean; suspend?: boolean; template?: unknown };
};

/** The object as it is just before a deed, and its cluster for whoever must read more of it. */
export type Now = { client: ClusterClient; identity: Identity; path: string; before: Known };

/** What is sent for a deed, and what of it the trail says beside the verb. */
export type Change = {
  /** Asked first; to restart is to operate, though it is a patch of the object like any edit. */
  permission: Permission;
  method: 'PATCH' | 'DELETE';
  subresource?: 'scale';
  /** Of a patch; a merge patch unless it says. */
  contentType?: 'application/json-patch+json';
  /** Made of the object as it is, where it depends on it; that may refuse the deed. */
  body: object | ((now: Now) => Promise<object>);
  facts: (before: Known) => AuditChange[];
};

const restartedAt = 'kubectl.kubernetes.io/restartedAt';

/** @throws AppError `invalid_input` where the kind knows no such deed */
export function changeFor(deed: Deed, address: ObjectAddress, uid: string): Change {
  switch (deed.kind) {
    case 'restart': {
      mustBeOneOf(restartableKinds, address, 'restarted');
      const at = new Date().toISOString();
      const template = { metadata: { annotations: { [restartedAt]: at } } };
      return {
        permission: 'workloads:operate',
        method: 'PATCH',
        body: { metadata: { uid }, spec: { template } },
        facts: () => [{ path: 'restartedAt', after: at }],
      };
    }
    case 'scale':
      mustBeOneOf(scalableKinds, address, 'scaled');
      return {
        permission: 'workloads:operate',
        method: 'PATCH',
        subresource: 'scale',
        body: { spec: { replicas: deed.replicas } },
        facts: (before) => [{ path: 'replicas', before: replicasOf(before), after: deed.replicas }],
      };
    case 'pause':
    case 'resume': {
      const group = address.plural === 'deployments' ? 'apps' : 'batch';
      mustBeOneOf(pausableKinds, address, `${deed.kind}d`, group);
      // A rollout is paused, runs are suspended: the same with two names.
      const field = group === 'apps' ? 'paused' : 'suspend';
      const after = deed.kind === 'pause';
      return {
        permission: 'workloads:operate',
        method: 'PATCH',
        body: { metadata: { uid }, spec: { [field]: after } },
        facts: ({ spec }) => [{ path: field, before: spec?.[field] ?? false, after }],
      };
    }
    case 'label':
      return {
        permission: 'workloads:edit',
        method: 'PATCH',
        body: { metadata: { uid, labels: deed.labels } },
        facts: ({ metadata }) =>
          Object.entries(deed.labels).map(([name, after]) => ({
            path: `labels/${name}`,
            ...(metadata?.labels?.[name] === undefined ? {} : { before: metadata.labels[name] }),
            ...(after === null ? {} : { after }),
          })),
      };
    case 'delete':
      return {
        permission: address.group === 'core' && address.plural === 'pods' ? 'workloads:operate' : 'workloads:edit',
        method: 'DELETE',
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          preconditions: { uid },
          propagationPolicy: 'Background',
        },
        facts: () => [],
      };
  }
}

/** Kubernetes takes an absent number for one. */
export function replicasOf({ spec }: Known): number {
  return spec?.replicas ?? 1;
}

function mustBeOneOf(kinds: readonly string[], { group, plural }: ObjectAddress, done: string, ofGroup = 'apps'): void {
  if (group === ofGroup && kinds.includes(plural)) return;
  const detail = `${plural} cannot be ${done}: only ${kinds.join(', ')} can.`;
  throw new AppError('invalid_input', 422, detail, {
    errors: [{ pointer: 'params/plural', code: 'invalid_input', detail }],
  });
}
