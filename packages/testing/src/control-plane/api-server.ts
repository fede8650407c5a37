import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { auditFlags, auditPolicy } from './audit-log.ts';
import { createAuthority } from './certificates.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { freePort } from './ports.ts';
import type { Setup } from './setup.ts';
import type { ClusterData } from './types.ts';

export type ApiServerFiles = {
  folder: string;
  caFile: string;
  caKeyFile: string;
  servingCertFile: string;
  servingKeyFile: string;
  serviceAccountKeyFile: string;
  kubeconfigFile: string;
};

/** The process of the API server as the supervisor knows it. */
export const apiServerOf = (cluster: string) => `${cluster}/kube-apiserver`;

/** Starts the API server of one cluster, with an authority, keys and an admin of its own; does not wait. */
export async function startApiServer(
  setup: Setup,
  { name, index, etcd, audit }: { name: string; index: number; etcd: string; audit: boolean },
): Promise<{ data: ClusterData; files: ApiServerFiles }> {
  const folder = join(setup.dataFolder, name);
  await mkdir(folder);
  const put = async (file: string, content: string) => {
    await writeFile(join(folder, file), content, { mode: 0o600 });
    return join(folder, file);
  };

  const authority = await createAuthority(`${name} authority`);
  const serving = await authority.issueServer([
    '127.0.0.1',
    'localhost',
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    `10.${128 + index}.0.1`,
  ]);
  const admin = await authority.issueClient('testbed-admin', ['system:masters']);
  const serviceAccounts = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const port = await freePort();
  const adminToken = randomBytes(24).toString('hex');
  const cluster = { name, server: `https://127.0.0.1:${port}`, caPem: authority.certPem };
  const kubeconfig = writeKubeconfig(cluster, { token: adminToken });

  const files: ApiServerFiles = {
    folder,
    caFile: await put('ca.pem', authority.certPem),
    caKeyFile: await put('ca-key.pem', authority.keyPem),
    servingCertFile: await put('serving.pem', serving.certPem),
    servingKeyFile: await put('serving-key.pem', serving.keyPem),
    serviceAccountKeyFile: await put('service-accounts-key.pem', serviceAccounts.privateKey),
    kubeconfigFile: await put('admin.kubeconfig', kubeconfig),
  };
  const publicKeyFile = await put('service-accounts.pem', serviceAccounts.publicKey);
  const tokenFile = await put('tokens.csv', `${adminToken},testbed-admin,testbed-admin,"system:masters"\n`);

  const auditFile = join(folder, 'audit.log');
  await setup.supervisor.start(
    setup.program(apiServerOf(name), 'kube-apiserver', [
      `--etcd-servers=${etcd}`,
      `--etcd-prefix=/${name}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      // A loopback address may not stand in the endpoints of the service "kubernetes"; nothing here dials them.
      '--endpoint-reconciler-type=none',
      `--secure-port=${port}`,
      `--tls-cert-file=${files.servingCertFile}`,
      `--tls-private-key-file=${files.servingKeyFile}`,
      `--client-ca-file=${files.caFile}`,
      `--token-auth-file=${tokenFile}`,
      '--authorization-mode=RBAC',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${publicKeyFile}`,
      `--service-account-signing-key-file=${files.serviceAccountKeyFile}`,
      `--service-cluster-ip-range=10.${128 + index}.0.0/16`,
      '--kubelet-preferred-address-types=InternalIP',
      `--kubelet-certificate-authority=${files.caFile}`,
      '--allow-privileged=true',
      '--profiling=false',
      ...(audit ? auditFlags(await put('audit-policy.json', auditPolicy), auditFile) : []),
    ]),
  );
  return {
    files,
    data: {
      ...cluster,
      caKeyPem: authority.keyPem,
      adminToken,
      kubeconfig,
      kubeconfigWithClientCert: writeKubeconfig(cluster, admin),
      logFile: join(folder, 'pods.log'),
      etcd,
      ...(audit ? { auditFile } : {}),
    },
  };
}
