import { at, list, text } from '../health/json.ts';
import { ClusterError, type ClusterResponse } from '../transport/cluster-client.ts';
import { asked, type NodeContext } from './evict-pod.ts';

/** A node as its cluster holds it now. */
export type NodeState = { uid: string; resourceVersion: string; cordoned: boolean; ready: boolean };

/** No node and no cluster has more pods or budgets to look at: the listing is given up, not cut. */
const mostObjects = 20_000;
const pageOf = 500;

/** An answer of the cluster that is no success, for whoever asked to put into words. */
export class NodeAnswerError extends Error {
  readonly status: number;
  readonly response: ClusterResponse;
  constructor(response: ClusterResponse) {
    super(text(at(response.body, 'message')) ?? `The cluster answered ${response.status}.`);
    this.name = 'NodeAnswerError';
    this.status = response.status;
    this.response = response;
  }
}

const nodePath = (name: string) => `/api/v1/nodes/${encodeURIComponent(name)}`;

/** @returns `undefined` when there is no such node @throws NodeAnswerError | ClusterError */
export async function readNode(context: NodeContext, name: string): Promise<NodeState | undefined> {
  const response = await context.client.request({ method: 'GET', path: nodePath(name), ...asked(context) });
  if (response.status === 404) return undefined;
  if (response.status !== 200) throw new NodeAnswerError(response);
  return stateOf(response.body);
}

/**
 * Cordons a node, or takes it back into use. What is so already stays as it is.
 * @param seen the very node that was seen, and its version where no change since may be overlooked
 * @throws NodeAnswerError 404, 409 for another node or version, 403 … | ClusterError
 */
export async function setCordon(
  context: NodeContext,
  name: string,
  seen: { uid: string; resourceVersion?: string | undefined },
  cordoned: boolean,
): Promise<NodeState> {
  const { uid, resourceVersion } = seen;
  const response = await context.client.request({
    method: 'PATCH',
    path: nodePath(name),
    ...asked(context),
    contentType: 'application/merge-patch+json',
    body: {
      metadata: { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
      // Absent is what kubectl leaves behind, too.
      spec: { unschedulable: cordoned ? true : null },
    },
  });
  if (response.status !== 200) throw new NodeAnswerError(response);
  return stateOf(response.body);
}

/** Every pod that is on a node now, whatever its namespace. @throws NodeAnswerError | ClusterError */
export async function podsOnNode(context: NodeContext, name: string): Promise<readonly unknown[]> {
  return listAll(context, '/api/v1/pods', { fieldSelector: `spec.nodeName=${name}` });
}

/** The PodDisruptionBudgets of a namespace, or of all. @throws NodeAnswerError | ClusterError */
export async function budgetsIn(context: NodeContext, namespace?: string): Promise<readonly unknown[]> {
  const place = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return listAll(context, `/apis/policy/v1${place}/poddisruptionbudgets`, {});
}

async function listAll(context: NodeContext, path: string, query: Record<string, string>): Promise<unknown[]> {
  const found: unknown[] = [];
  let next: string | undefined;
  do {
    const response = await context.client.request({
      method: 'GET',
      path,
      ...asked(context),
      query: { ...query, limit: pageOf, ...(next === undefined ? {} : { continue: next }) },
    });
    if (response.status !== 200) throw new NodeAnswerError(response);
    found.push(...list(at(response.body, 'items')));
    next = text(at(response.body, 'metadata', 'continue'));
    if (found.length > mostObjects) throw new ClusterError('answer_too_large', `${path} has more than ${mostObjects}.`);
  } while (next !== undefined && next !== '');
  return found;
}

function stateOf(node: unknown): NodeState {
  const ready = list(at(node, 'status', 'conditions')).find((each) => at(each, 'type') === 'Ready');
  return {
    uid: text(at(node, 'metadata', 'uid')) ?? '',
    resourceVersion: text(at(node, 'metadata', 'resourceVersion')) ?? '',
    cordoned: at(node, 'spec', 'unschedulable') === true,
    ready: at(ready, 'status') === 'True',
  };
}
