import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiServerFiles } from './api-server.ts';
import { readStages } from './kwok-stages.ts';
import { appendLog } from './pod-log.ts';
import { freePort } from './ports.ts';
import type { Setup } from './setup.ts';
import type { ClusterData } from './types.ts';

/** The process of KWOK as the supervisor knows it. */
export const kwokOf = (cluster: string) => `${cluster}/kwok`;

/**
 * Starts KWOK, which plays the kubelets of all nodes of a cluster: pods become Ready and complete, and it
 * answers the API server's questions for their logs; does not wait.
 */
export async function startKwok(
  { supervisor, program, stagesFolder }: Setup,
  {
    data,
    files,
    index,
    podExec,
    podPort,
  }: { data: ClusterData; files: ApiServerFiles; index: number; podExec: boolean; podPort: number | undefined },
): Promise<void> {
  const previousLogFile = join(files.folder, 'pods-previous.log');
  await appendLog(data.logFile, [`${data.name}: listening on :8080`, `${data.name}: ready`]);
  await appendLog(previousLogFile, [`${data.name}: starting`, `${data.name}: cannot go on`], 'stderr');

  const documents = [
    ...(await readStages(stagesFolder)),
    resource('ClusterLogs', { logs: [{ logsFile: data.logFile, previousLogsFile: previousLogFile, follow: true }] }),
    resource('ClusterAttach', { attaches: [{ logsFile: data.logFile }] }),
    ...(podPort === undefined
      ? []
      : [resource('ClusterPortForward', { forwards: [{ target: { address: '127.0.0.1', port: podPort } }] })]),
    ...(podExec ? [resource('ClusterExec', { execs: [{ local: { workDir: files.folder } }] })] : []),
  ];
  const configFile = join(files.folder, 'kwok.yaml');
  await writeFile(configFile, documents.join('\n---\n'));

  const port = await freePort();
  await supervisor.start(
    program(kwokOf(data.name), 'kwok', [
      `--kubeconfig=${files.kubeconfigFile}`,
      `--config=${configFile}`,
      '--manage-all-nodes=true',
      '--node-ip=127.0.0.1',
      `--node-port=${port}`,
      `--server-address=127.0.0.1:${port}`,
      `--tls-cert-file=${files.servingCertFile}`,
      `--tls-private-key-file=${files.servingKeyFile}`,
      `--cidr=10.${16 + index}.0.1/16`,
      '--node-lease-duration-seconds=40',
    ]),
  );
}

function resource(kind: string, spec: unknown): string {
  return JSON.stringify({ apiVersion: 'kwok.x-k8s.io/v1alpha1', kind, metadata: { name: 'testbed' }, spec });
}
