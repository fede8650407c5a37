import { parse, stringify } from 'yaml';

type Kubeconfig = { clusters: unknown[]; users: unknown[]; contexts: { name: string; context: unknown }[] };

/** One file of several, as `kubectl config view --flatten` makes it, with a context for each under its own name. */
export function joinKubeconfigs(files: Readonly<Record<string, string>>): string {
  const parts = Object.entries(files).map(([name, file]) => {
    const { contexts, ...rest } = parse(file) as Kubeconfig;
    return { ...rest, contexts: contexts.map((each) => ({ ...each, name })) };
  });
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
