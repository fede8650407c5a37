import { parse } from 'yaml';
import { mutate } from './mutate.ts';

/** What a kubeconfig asks for besides server and token is passed over instead of refused. */
export default mutate<typeof import('../../packages/kubernetes/src/auth/kubeconfig.ts')>({
  parseKubeconfig: (real) => (source) => {
    const verdict = real.parseKubeconfig(source);
    const server = (parse(source) as { clusters: { cluster: { server: string } }[] }).clusters[0]?.cluster.server ?? '';
    const endpoint = { server, credential: { kind: 'token' as const, token: 'none' } };
    return {
      ...verdict,
      contexts: verdict.contexts.map(({ refusal: _dropped, ...context }) => ({ ...context, endpoint })),
    };
  },
});
