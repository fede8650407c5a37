import type { KubeconfigLevel, Permission, Token } from '@quarterdeck/contracts';
import { toYaml } from '@quarterdeck/templating';
import { notFound } from '../../platform/errors.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { Tokens } from '../identity/index.ts';
import type { ClustersStore } from './clusters.store.ts';

export type KubeconfigWish = {
  level: KubeconfigLevel;
  namespaces?: string[] | undefined;
  expiresInHours: number;
};

/** Kubeconfigs that lead to a cluster through us, with a token of the person that ends by itself. */
export interface Kubeconfigs {
  /** @throws AppError `not_found` | `too_many_tokens` | `step_up_required` for who came with a token */
  create(
    actor: Actor,
    clusterId: string,
    wish: KubeconfigWish,
  ): Promise<{ kubeconfig: string; fileName: string; token: Token }>;
}

const read: readonly Permission[] = ['clusters:read', 'inventory:read', 'workloads:read', 'workloads:logs'];
/** Minting tokens of service accounts is left out: they would outlive this one. */
const write: readonly Permission[] = [
  ...read,
  'workloads:operate',
  'workloads:edit',
  'workloads:read-secrets',
  'workloads:write-secrets',
  'scheduling:drain',
  'clusters:administer',
];
const exec: readonly Permission[] = [...write, 'workloads:exec', 'workloads:forward'];
const permissionsOf: Readonly<Record<KubeconfigLevel, readonly Permission[]>> = { read, write, exec };

export function createKubeconfigs(deps: {
  access: Pick<Access, 'mutate'>;
  tokens: Tokens;
  store: Pick<ClustersStore, 'findById'>;
  /** Where this installation is reached: `https://quarterdeck.example.com`. */
  publicOrigin: string;
  /** On loopback: who signed for the TLS that answers on the same port, as kubectl sends no token over plain http. */
  loopbackCaPem: string | undefined;
}): Kubeconfigs {
  const { access, tokens, store, loopbackCaPem } = deps;
  const origin = loopbackCaPem === undefined ? deps.publicOrigin : deps.publicOrigin.replace(/^http:/, 'https:');
  return {
    async create(actor, clusterId, { level, namespaces, expiresInHours }) {
      const cluster = await store.findById(clusterId);
      if (cluster === undefined) throw notFound('This cluster');
      const input = {
        name: `kubeconfig ${cluster.slug}`,
        permissions: [...permissionsOf[level]],
        clusterIds: [clusterId],
        ...(namespaces === undefined ? {} : { namespaces }),
      };
      const lifeSeconds = expiresInHours * 3600;
      const made = await access.mutate({ actor, permission: 'identity:self', target: 'any' }, async (tx) => {
        const { audit, ...value } = await tokens.createShort(tx, actor, { lifeSeconds, input });
        return { value, audit: [audit] };
      });
      return {
        kubeconfig: kubeconfigText({
          name: cluster.slug,
          server: `${origin}/k8s/clusters/${clusterId}`,
          caPem: loopbackCaPem,
          token: made.secret,
          namespace: namespaces?.[0],
        }),
        fileName: `kubeconfig-${cluster.slug}.yaml`,
        token: made.token,
      };
    },
  };
}

function kubeconfigText(way: {
  name: string;
  server: string;
  caPem: string | undefined;
  token: string;
  namespace: string | undefined;
}): string {
  const { name, server, caPem, token, namespace } = way;
  const user = `quarterdeck-${name}`;
  return toYaml({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: {
          server,
          ...(caPem === undefined ? {} : { 'certificate-authority-data': Buffer.from(caPem).toString('base64') }),
        },
      },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [{ name, context: { cluster: name, user, ...(namespace === undefined ? {} : { namespace }) } }],
    'current-context': name,
  });
}
