import { ClusterError, extraKeys } from '@quarterdeck/kubernetes';
import { AppError } from '../../platform/errors.ts';
import type { AskCluster } from '../access/index.ts';
import type { Connections } from './connections.ts';

type Review = { status?: { allowed?: boolean; reason?: string }; message?: string };

/** What a member cluster answers to a SelfSubjectAccessReview as these groups: its RBAC and its other authorizers. */
export function createAskCluster(connections: Connections): AskCluster {
  return async (clusterId, identity, { verb, group, resource, subresource, namespace, name }) => {
    try {
      const client = await connections.for(clusterId);
      const answer = await client.request<Review>({
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        identity: {
          user: identity.user,
          groups: [...identity.groups],
          uid: identity.uid,
          extra: { [extraKeys.actor]: [identity.actor] },
        },
        priority: 'interactive',
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes: { verb, group, resource, subresource, namespace, name } },
        },
      });
      if (answer.status >= 300) {
        return { answer: 'unreachable', detail: `The cluster did not answer the question (status ${answer.status}).` };
      }
      const { allowed, reason } = answer.body.status ?? {};
      return {
        answer: allowed === true ? 'allowed' : 'denied',
        ...(reason === undefined || reason === '' ? {} : { detail: reason.slice(0, 300) }),
      };
    } catch (error) {
      if (error instanceof AppError || error instanceof ClusterError) {
        return { answer: 'unreachable', detail: error.message };
      }
      throw error;
    }
  };
}
