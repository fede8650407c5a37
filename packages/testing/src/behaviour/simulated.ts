import { startSimulatedCluster } from '@quarterdeck/simulator';
import { openAuthority } from '../control-plane/certificates.ts';
import { createToken, isReady } from '../control-plane/cluster.ts';
import { createClusterClient } from '../control-plane/cluster-client.ts';
import { writeKubeconfig } from '../control-plane/kubeconfig.ts';
import { addNodes } from '../control-plane/nodes.ts';
import { waitFor } from '../control-plane/wait-for.ts';
import type { TestCluster } from './types.ts';

/** Simulated clusters in this process, with the same handles as real ones. */
export async function startSimulated(options: {
  count: number;
  nodes?: number;
  /** By HTTP/2 where the client asks for it; default false. */
  speaksHttp2?: boolean;
}): Promise<{ clusters: TestCluster[]; stop(): Promise<void> }> {
  const started = await Promise.all(
    Array.from({ length: options.count }, (_, index) => start(`simulated-${index + 1}`, options)),
  );
  return {
    clusters: started.map(({ cluster }) => cluster),
    async stop() {
      await Promise.all(started.map(({ stop }) => stop()));
    },
  };
}

async function start(
  name: string,
  { nodes = 0, speaksHttp2 = false }: { nodes?: number; speaksHttp2?: boolean },
): Promise<{ cluster: TestCluster; stop(): Promise<void> }> {
  const simulated = await startSimulatedCluster({ name, speaksHttp2 });
  const { server, caPem, caKeyPem, adminToken } = simulated;
  const client = createClusterClient(simulated);
  const authority = await openAuthority({ certPem: caPem, keyPem: caKeyPem });
  await addNodes(client, name, nodes);
  return {
    cluster: {
      name,
      server,
      caPem,
      adminToken,
      kubeconfig: writeKubeconfig(simulated, { token: adminToken }),
      kubeconfigWithClientCert: writeKubeconfig(
        simulated,
        await authority.issueClient('testbed-admin', ['system:masters']),
      ),
      authority: async () => authority,
      request: client.request,
      stream: client.stream,
      createToken: (namespace, serviceAccount) => createToken(client, namespace, serviceAccount),
      // Simulated pods write by themselves, every two seconds.
      appendPodLog: async () => {},
      compact: async () => simulated.compact(),
      stopApiServer: simulated.stopApiServer,
      async startApiServer() {
        await simulated.startApiServer();
        await waitFor(`${name} to be ready again`, () => isReady(client));
      },
    },
    stop: simulated.stop,
  };
}
