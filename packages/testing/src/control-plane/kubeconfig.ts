type User = { token: string } | { certPem: string; keyPem: string };

/** A self-contained kubeconfig with one context named after the cluster. */
export function writeKubeconfig(cluster: { name: string; server: string; caPem: string }, user: User): string {
  const credentials =
    'token' in user
      ? [`token: ${user.token}`]
      : [`client-certificate-data: ${base64(user.certPem)}`, `client-key-data: ${base64(user.keyPem)}`];
  return [
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    `  - name: ${cluster.name}`,
    '    cluster:',
    `      server: ${cluster.server}`,
    `      certificate-authority-data: ${base64(cluster.caPem)}`,
    'users:',
    `  - name: ${cluster.name}`,
    '    user:',
    ...credentials.map((line) => `      ${line}`),
    'contexts:',
    `  - name: ${cluster.name}`,
    `    context: { cluster: ${cluster.name}, user: ${cluster.name} }`,
    `current-context: ${cluster.name}`,
    '',
  ].join('\n');
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
