import type { ClusterResponse, KubernetesStatusError } from '../transport/cluster-client.ts';

/** Why a cluster did not take a write, as a name and in words; what to do about it follows from the name. */
export type WriteRefusal = {
  outcome: 'conflict' | 'invalid' | 'denied' | 'replaced' | 'retry';
  code: string;
  detail: string;
  field?: string;
  retryAfterMs?: number;
};

type Status = {
  reason?: string;
  message?: string;
  details?: { causes?: { reason?: string; message?: string; field?: string }[]; retryAfterSeconds?: number };
};

const maxDetail = 500;

/** Names the refusal of a write from its HTTP status and Kubernetes `Status`. */
export function refusalOf(response: ClusterResponse<unknown>, object: { kind: string; name: string }): WriteRefusal {
  const status = (typeof response.body === 'object' && response.body !== null ? response.body : {}) as Status;
  const message = (status.message ?? `The cluster answered ${response.status}.`).slice(0, maxDetail);
  const causes = status.details?.causes ?? [];
  switch (response.status) {
    case 409:
      return conflictOf(message, causes, object);
    case 403:
      return deniedOf(message);
    case 404:
      if (/namespaces? "/.test(message)) return { outcome: 'denied', code: 'namespace_missing', detail: message };
      return { outcome: 'invalid', code: 'kind_unknown', detail: `The cluster does not know this kind: ${message}` };
    case 401:
      return {
        outcome: 'denied',
        code: 'credential_rejected',
        detail: 'The cluster does not take our credential any more.',
      };
    case 400:
      return message.includes('admission webhook')
        ? { outcome: 'denied', code: 'admission_denied', detail: message }
        : { outcome: 'invalid', code: 'invalid_object', detail: message };
    case 422:
      return invalidOf(message, causes);
    case 429:
    case 503:
    case 504: {
      const seconds = status.details?.retryAfterSeconds;
      return {
        outcome: 'retry',
        code: 'cluster_busy',
        detail: message,
        ...(seconds === undefined ? {} : { retryAfterMs: seconds * 1000 }),
      };
    }
    case 500:
      if (message.includes('failed to create typed patch object'))
        return { outcome: 'invalid', code: 'invalid_object', detail: message };
      return {
        outcome: 'retry',
        code: message.includes('failed calling webhook') ? 'admission_unavailable' : 'cluster_failed',
        detail: message,
      };
    default:
      return { outcome: response.status >= 500 ? 'retry' : 'invalid', code: 'cluster_refused', detail: message };
  }
}

/** Names the refusal of a question by what the cluster answered. */
export function refusalOfStatus({ status, reason, message, details }: KubernetesStatusError): WriteRefusal {
  const body = { reason, message, details };
  return refusalOf({ status, headers: {}, body, warnings: [] }, { kind: 'object', name: '' });
}

/** Fields that others own, with the name of each manager; none when the answer says something else. */
export function conflictsOf(response: ClusterResponse<unknown>): { field: string; manager: string }[] {
  const { details } = (response.body ?? {}) as Status;
  return response.status === 409 ? ownedByOthers(details?.causes ?? []) : [];
}

function ownedByOthers(causes: NonNullable<Status['details']>['causes'] & object) {
  return causes
    .filter((cause) => cause.reason === 'FieldManagerConflict')
    .map(({ field, message }) => ({
      field: field ?? '',
      manager: /conflict with "([^"]+)"/.exec(message ?? '')?.[1] ?? 'somebody else',
    }));
}

function conflictOf(
  message: string,
  causes: NonNullable<Status['details']>['causes'] & object,
  object: { kind: string; name: string },
): WriteRefusal {
  const owned = ownedByOthers(causes);
  const [first] = owned;
  if (first !== undefined) {
    const { manager } = first;
    const fields = owned.map(({ field }) => field).filter((field) => field !== '');
    return {
      outcome: 'conflict',
      code: 'conflict',
      detail: `${manager} owns ${fields.slice(0, 5).join(', ')} of ${object.kind} ${object.name}. Leave ${fields.length === 1 ? 'it' : 'them'} to ${manager}, or take ${fields.length === 1 ? 'it' : 'them'} over.`,
      ...(first.field === '' ? {} : { field: first.field }),
    };
  }
  if (/no existing object|Precondition failed|the UID in the precondition/i.test(message))
    return { outcome: 'replaced', code: 'replaced', detail: message };
  return { outcome: 'retry', code: 'write_conflict', detail: message };
}

function deniedOf(message: string): WriteRefusal {
  if (message.includes('exceeded quota:')) return { outcome: 'denied', code: 'quota_exceeded', detail: message };
  if (/denied the request|denied request:|violates PodSecurity|admission webhook/.test(message))
    return { outcome: 'denied', code: 'admission_denied', detail: message };
  if (message.includes('is being terminated'))
    return { outcome: 'denied', code: 'namespace_terminating', detail: message };
  if (/namespaces? "[^"]+" not found/.test(message))
    return { outcome: 'denied', code: 'namespace_missing', detail: message };
  if (/serviceaccount "[^"]+" not found/i.test(message))
    return { outcome: 'denied', code: 'service_account_missing', detail: message };
  if (message.includes('no PriorityClass with name'))
    return { outcome: 'denied', code: 'priority_class_missing', detail: message };
  if (message.includes('LimitRange') || message.includes('maximum') || message.includes('minimum'))
    return { outcome: 'denied', code: 'limit_exceeded', detail: message };
  return { outcome: 'denied', code: 'cluster_forbidden', detail: message };
}

function invalidOf(message: string, causes: NonNullable<Status['details']>['causes'] & object): WriteRefusal {
  const [first] = causes;
  const field = first?.field === undefined ? {} : { field: first.field };
  if (causes.some((cause) => cause.field === 'metadata.uid'))
    return { outcome: 'replaced', code: 'replaced', detail: message };
  if (message.includes('field is immutable')) {
    return {
      outcome: 'invalid',
      code: 'immutable_field',
      detail: `${message} It can only be changed by deleting the object and making it anew.`,
      ...field,
    };
  }
  return { outcome: 'invalid', code: 'invalid_object', detail: message, ...field };
}
