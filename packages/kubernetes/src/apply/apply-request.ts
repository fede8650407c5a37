import type {
  ClusterClient,
  ClusterRequest,
  ClusterResponse,
  Identity,
  Priority,
} from '../transport/cluster-client.ts';
import { type KubernetesObject, type ObjectRef, objectPath } from './object-ref.ts';

export type ApplyContext = {
  client: ClusterClient;
  identity: Identity;
  /** `quarterdeck-release.<installation>` */
  fieldManager: string;
  /** `deploy` unless told. */
  priority?: Priority;
  signal?: AbortSignal;
  /** Asked right before each write, since a process may have been frozen since it last knew: false, and nothing is sent. */
  mayWrite?: () => boolean;
};

/** A mutating request lasts no longer than a lease, on both sides. */
const writeMs = 8000;

export type Live = {
  metadata?: {
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    labels?: Record<string, string>;
    deletionTimestamp?: string;
    managedFields?: { manager: string; operation: string; time?: string; fieldsV1?: unknown; subresource?: string }[];
  };
} & Record<string, unknown>;

/** @param how `force`: fields that others own change hands; for what somebody decided about those very fields alone */
export function sendApply(
  context: ApplyContext,
  object: KubernetesObject,
  ref: ObjectRef,
  how: { dryRun: boolean; force?: boolean },
): Promise<ClusterResponse<Live>> {
  return context.client.request<Live>(
    request(context, {
      method: 'PATCH',
      path: objectPath(ref),
      query: {
        fieldManager: context.fieldManager,
        fieldValidation: 'Strict',
        force: how.force === true,
        timeout: `${writeMs / 1000}s`,
        ...(how.dryRun ? { dryRun: 'All' } : {}),
      },
      contentType: 'application/apply-patch+yaml',
      body: object,
    }),
  );
}

/** A request of this apply, with its identity and its time. */
export function request(
  context: ApplyContext,
  given: Pick<ClusterRequest, 'method' | 'path'> & Partial<ClusterRequest>,
): ClusterRequest {
  return {
    identity: context.identity,
    priority: context.priority ?? 'deploy',
    timeoutMs: writeMs,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
    ...given,
  };
}
