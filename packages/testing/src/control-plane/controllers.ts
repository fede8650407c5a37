import type { ApiServerFiles } from './api-server.ts';
import type { Setup } from './setup.ts';

/** Starts the controller manager and the scheduler of a cluster; does not wait. */
export async function startControllers(
  { supervisor, program }: Setup,
  name: string,
  files: ApiServerFiles,
): Promise<void> {
  const shared = [
    `--kubeconfig=${files.kubeconfigFile}`,
    // The only ones of their kind in the cluster, and nobody asks for their metrics.
    '--leader-elect=false',
    '--secure-port=0',
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
    '--profiling=false',
  ];
  await supervisor.start(
    program(`${name}/kube-controller-manager`, 'kube-controller-manager', [
      ...shared,
      `--root-ca-file=${files.caFile}`,
      `--service-account-private-key-file=${files.serviceAccountKeyFile}`,
      `--cluster-signing-cert-file=${files.caFile}`,
      `--cluster-signing-key-file=${files.caKeyFile}`,
    ]),
  );
  await supervisor.start(program(`${name}/kube-scheduler`, 'kube-scheduler', shared));
}
