import { apiServerOf } from './api-server.ts';
import { openAuthority } from './certificates.ts';
import { type ClusterClient, ClusterRequestError, createClusterClient } from './cluster-client.ts';
import { kwokOf } from './kwok.ts';
import { addNodes } from './nodes.ts';
import { appendLog } from './pod-log.ts';
import type { Supervisor } from './supervisor-client.ts';
import type { Cluster, ClusterData } from './types.ts';
import { waitFor } from './wait-for.ts';

/** A running cluster as tests use it, in the process that started it or in another one. */
export function createCluster(data: ClusterData, supervisor: Supervisor): Cluster {
  const client = createClusterClient(data);
  const { request, stream } = client;
  const { caKeyPem, logFile, etcd, ...known } = data;
  const apiServer = apiServerOf(data.name);
  const kwok = kwokOf(data.name);

  return {
    ...known,
    data,
    request,
    stream,
    authority: () => openAuthority({ certPem: data.caPem, keyPem: caKeyPem }),
    addNodes: (count, options) => addNodes(client, data.name, count, options),
    appendPodLog: (line) => appendLog(logFile, [line]),
    createToken: (namespace, serviceAccount) => createToken(client, namespace, serviceAccount),
    compact: () => compact(client, etcd),
    async stopApiServer() {
      await supervisor.stop(apiServer);
    },
    async startApiServer() {
      await supervisor.restart(apiServer);
      await waitFor(`${apiServer} to be ready again`, () => isReady(client));
    },
    pauseApiServer: () => supervisor.signal(apiServer, 'SIGSTOP'),
    resumeApiServer: () => supervisor.signal(apiServer, 'SIGCONT'),
    pauseNodes: () => supervisor.signal(kwok, 'SIGSTOP'),
    resumeNodes: () => supervisor.signal(kwok, 'SIGCONT'),
  };
}

/** Whether the API server answers and has finished its start hooks, such as the roles of RBAC. */
export async function isReady(client: ClusterClient): Promise<boolean> {
  return (await client.request('GET', '/readyz', undefined, { timeoutMs: 2000 })) === 'ok';
}

/** Through etcd's JSON gateway; a version of the API server is a revision of etcd. */
async function compact({ request }: ClusterClient, etcd: string): Promise<void> {
  const { metadata } = await request<{ metadata: { resourceVersion: string } }>('GET', '/api/v1/namespaces?limit=1');
  const body = JSON.stringify({ revision: metadata.resourceVersion });
  const answer = await fetch(`${etcd}/v3/kv/compaction`, { method: 'POST', body });
  if (!answer.ok) throw new Error(`etcd refused to compact: ${await answer.text()}`);
}

/** A token of the service account, which is created when missing. */
export async function createToken(
  { request }: Pick<ClusterClient, 'request'>,
  namespace: string,
  name: string,
): Promise<string> {
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await request('POST', accounts, { metadata: { name } }).catch((error: unknown) => {
    if (!(error instanceof ClusterRequestError && error.status === 409)) throw error;
  });
  const answer = await request<{ status: { token: string } }>('POST', `${accounts}/${name}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {},
  });
  return answer.status.token;
}
