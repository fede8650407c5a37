import { parse, stringify } from 'yaml';

type Kubeconfig = Record<'clusters' | 'users' | 'contexts', unknown[]>;

/** One file with the contexts of several, as `kubectl config view --flatten` makes it; names must differ. */
export function joinKubeconfigs(files: readonly string[]): string {
  const parts = files.map((file) => parse(file) as Kubeconfig);
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: parts.flatMap(({ clusters }) => clusters),
    users: parts.flatMap(({ users }) => users),
    contexts: parts.flatMap(({ contexts }) => contexts),
  });
}

/** A context whose credential comes from a program, as the clouds write them. */
export const execKubeconfig = stringify({
  clusters: [{ name: 'corp-sso', cluster: { server: 'https://sso.example.com:6443' } }],
  users: [
    { name: 'corp-sso', user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'get-token' } } },
  ],
  contexts: [{ name: 'corp-sso', context: { cluster: 'corp-sso', user: 'corp-sso' } }],
});
