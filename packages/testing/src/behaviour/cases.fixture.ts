import { ClusterRequestError } from '../control-plane/cluster-client.ts';
import { waitFor } from '../control-plane/wait-for.ts';
import type { TestCluster } from './types.ts';

export type Meta = {
  name: string;
  namespace?: string;
  generateName?: string;
  uid: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { kind: string; name: string; uid: string; controller?: boolean }[];
  managedFields?: { manager: string; operation: string; fieldsV1: Record<string, unknown> }[];
};
export type Kube = { metadata: Meta; spec?: Record<string, unknown>; status?: Record<string, unknown> } & Record<
  string,
  unknown
>;
export type KubeList = {
  kind: string;
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: Kube[];
};
export type Refusal = {
  status: number;
  reason?: string;
  message: string;
  details?: {
    name?: string;
    kind?: string;
    group?: string;
    causes?: { reason: string; field?: string; message?: string }[];
  };
  metadata?: { continue?: string };
};

/** The `Status` of a request that must be refused. */
export async function refusal(request: Promise<unknown>): Promise<Refusal> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof ClusterRequestError)) throw error;
    const body = (typeof error.body === 'object' ? error.body : { message: String(error.body) }) as Refusal;
    return { ...body, status: error.status };
  }
  throw new Error('the request was not refused');
}

/** A namespace of the suite's own that takes pods. */
export async function makeNamespace(
  cluster: TestCluster,
  name: string,
  labels: Record<string, string> = {},
): Promise<void> {
  await cluster.request('POST', '/api/v1/namespaces', { metadata: { name, labels } });
  await waitFor('the default ServiceAccount', () =>
    cluster.request('GET', `/api/v1/namespaces/${name}/serviceaccounts/default`).catch(() => undefined),
  );
}

export function configMap(name: string, data: Record<string, string> = {}, metadata: object = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}

export function deployment(
  name: string,
  options: {
    replicas?: number;
    image?: string;
    annotations?: Record<string, string>;
    pod?: object;
    spec?: object;
  } = {},
) {
  const { replicas = 1, image = 'registry.example/web:1', annotations, pod = {}, spec = {} } = options;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, ...(annotations === undefined ? {} : { annotations }) },
        spec: { containers: [{ name: 'app', image }], ...pod },
      },
      ...spec,
    },
  };
}

/** Server-side apply. */
export function apply<T = Kube>(
  cluster: TestCluster,
  path: string,
  body: unknown,
  options: { manager?: string; query?: string } = {},
): Promise<T> {
  const { manager = 'quarterdeck-release.testtest', query = '' } = options;
  return cluster.request<T>('PATCH', `${path}?fieldManager=${manager}${query}`, body, {
    contentType: 'application/apply-patch+yaml',
  });
}
