import type { Cluster } from '../control-plane/types.ts';
import { type Answers, startAnswers } from './answers.ts';
import { type Network, startNetwork } from './network.ts';
import { createRandom } from './random.ts';

/** A cluster seen through a bad network, and through a server that does not always say what it should. */
export type FaultProxy = {
  /** Where to dial instead of the cluster; its certificate is of the cluster's own authority. */
  readonly server: string;
  readonly port: number;
  /** The cluster's kubeconfig with this address. */
  readonly kubeconfig: string;
  readonly network: Omit<Network, 'port' | 'close'>;
  readonly answers: Omit<Answers, 'port' | 'close'>;
  /** Takes away all faults. */
  heal(): Promise<void>;
  close(): Promise<void>;
};

/**
 * Starts a fault proxy before an API server, real or simulated. Clients sign in by token: their certificates end here.
 * @param seed of the jitter
 */
export async function startFaultProxy(
  target: Pick<Cluster, 'server' | 'caPem' | 'kubeconfig' | 'authority'>,
  { seed = 1 }: { seed?: number } = {},
): Promise<FaultProxy> {
  const answers = await startAnswers(target);
  const network = await startNetwork(answers.port, createRandom(seed));
  const server = `https://127.0.0.1:${network.port}`;
  return {
    server,
    port: network.port,
    kubeconfig: target.kubeconfig.replaceAll(target.server, server),
    network,
    answers,
    async heal() {
      answers.heal();
      network.heal();
      await network.up();
    },
    async close() {
      await network.close();
      await answers.close();
    },
  };
}
