import { mutate } from './mutate.ts';

/** A field that everybody reads carries the credential of a cluster. */
export default mutate<typeof import('../../apps/api/src/features/clusters/credentials.ts')>({
  createClusterCredentials: (real) => (deps) => {
    const credentials = real.createClusterCredentials(deps);
    return {
      ...credentials,
      async put(tx, clusterId, credential, expiresAt) {
        await credentials.put(tx, clusterId, credential, expiresAt);
        await tx.query('UPDATE clusters_cluster SET color = 0, display_name = $1', [JSON.stringify(credential)]);
      },
    };
  },
});
