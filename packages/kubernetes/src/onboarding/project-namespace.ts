import { workerIdentity } from '../connection/probe.ts';
import { type ClusterClient, type ClusterResponse, expectAnswer } from '../transport/cluster-client.ts';
import { compareManifest } from './compare-manifest.ts';
import { projectGroup } from './manifest.ts';
import type { ManifestObject } from './manifest-types.ts';
import { type Rung, rungs } from './rungs.ts';

/** Why a project's namespace could not be made ready. */
export type NamespaceProblemCode =
  | 'namespace_reserved'
  /** It exists and is not labelled ours: somebody else's until a cluster administrator says otherwise. */
  | 'namespace_foreign'
  | 'namespace_terminating'
  /** Its bindings are the cluster's owner's to apply, and are not as they should be. */
  | 'namespace_unprepared'
  | 'namespace_refused';

export class NamespaceProblem extends Error {
  readonly code: NamespaceProblemCode;
  constructor(code: NamespaceProblemCode, message: string) {
    super(message);
    this.name = 'NamespaceProblem';
    this.code = code;
  }
}

export type ProjectNamespace = {
  namespace: string;
  project: { number: number; slug: string };
  installation: string;
  /** Take over a namespace that is not ours; the caller has checked `clusters:administer`. */
  adopt?: boolean;
  /** In a cluster with the profile `strict` its owner makes all this; then it is only looked at. */
  strict?: boolean;
};

type Namespace = { metadata?: { labels?: Record<string, string> }; status?: { phase?: string } };

const reserved = /^(default|quarterdeck-system|kube-.*)$/;
const managedBy = { 'app.kubernetes.io/managed-by': 'quarterdeck' };

/**
 * Makes the namespace of a project and binds the project's numbered groups to our rungs in it, all as
 * `quarterdeck:worker`. May run twice. Nothing is written where it is ready already.
 * @returns whether anything was created
 * @throws NamespaceProblem
 * @throws ClusterError
 */
export async function ensureProjectNamespace(client: ClusterClient, wanted: ProjectNamespace): Promise<boolean> {
  const { namespace } = wanted;
  if (reserved.test(namespace)) {
    throw new NamespaceProblem('namespace_reserved', `Namespace ${namespace} belongs to Kubernetes or to Quarterdeck.`);
  }
  if (wanted.strict === true) {
    await expectPrepared(client, wanted);
    return false;
  }
  const made = await ensureNamespace(client, wanted);
  const bound = await Promise.all(rungs.map((rung) => ensureBinding(client, wanted, rung)));
  return made || bound.includes(true);
}

/**
 * Whether `ensureProjectNamespace` would have nothing to write: it is ours, stays, and has the project's bindings.
 * @throws ClusterError
 */
export async function isProjectNamespaceReady(
  client: ClusterClient,
  { namespace, project }: { namespace: string; project: Pick<ProjectNamespace['project'], 'number'> },
): Promise<boolean> {
  const [live, ...bindings] = await Promise.all([
    ask<Namespace>(client, 'GET', `/api/v1/namespaces/${namespace}`),
    ...rungs.map((rung) => ask(client, 'GET', `${bindingsIn(namespace)}/${bindingName(project.number, rung)}`)),
  ]);
  const isOurs = live.body.metadata?.labels?.['app.kubernetes.io/managed-by'] === 'quarterdeck';
  return (
    live.status === 200 &&
    isOurs &&
    live.body.status?.phase !== 'Terminating' &&
    bindings.every(({ status }) => status === 200)
  );
}

/** The namespace of a project and the bindings of its groups in it, for an owner of the cluster to apply. */
export function projectObjects({
  namespace,
  ...rest
}: Pick<ProjectNamespace, 'namespace' | 'project' | 'installation'>): ManifestObject[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: {} } },
    ...rungs.map((rung) => bindingOf({ namespace, ...rest }, rung)),
  ];
}

async function expectPrepared(client: ClusterClient, wanted: ProjectNamespace): Promise<void> {
  const differences = await compareManifest(client, projectObjects(wanted));
  const lacking = differences.filter(({ change }) => change !== 'unchanged');
  if (lacking.length === 0) return;
  throw new NamespaceProblem(
    'namespace_unprepared',
    `In this cluster an owner of it makes the namespaces of projects. In ${wanted.namespace} this is not as it should be: ${lacking.map(({ kind, name }) => `${kind} ${name}`).join(', ')}. Its onboarding manifest, on the settings page of the cluster, holds what to apply; then try again.`,
  );
}

/**
 * Takes the bindings of a number out of a namespace: it turned out to be somebody else's. May run twice.
 * @throws NamespaceProblem
 * @throws ClusterError
 */
export async function removeProjectBindings(client: ClusterClient, namespace: string, number: number): Promise<void> {
  await Promise.all(
    rungs.map(async (rung) => {
      const path = `${bindingsIn(namespace)}/${bindingName(number, rung)}`;
      const answer = await ask(client, 'DELETE', path);
      if (answer.status !== 404) accept(answer, `RoleBinding ${bindingName(number, rung)} in ${namespace}`);
    }),
  );
}

async function ensureNamespace(
  client: ClusterClient,
  { namespace, adopt }: Pick<ProjectNamespace, 'namespace' | 'adopt'>,
): Promise<boolean> {
  const live = await ask<Namespace>(client, 'GET', `/api/v1/namespaces/${namespace}`);
  if (live.status === 404) {
    const made = await ask(client, 'POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: managedBy },
    });
    // Another worker was faster: then it carries our label.
    if (made.status === 409) return ensureNamespace(client, { namespace });
    accept(made, `Namespace ${namespace}`);
    return true;
  }
  accept(live, `Namespace ${namespace}`);
  if (live.body.status?.phase === 'Terminating') {
    throw new NamespaceProblem(
      'namespace_terminating',
      `Namespace ${namespace} is being deleted. Try again when it is gone.`,
    );
  }
  const isOurs = live.body.metadata?.labels?.['app.kubernetes.io/managed-by'] === 'quarterdeck';
  if (!isOurs && adopt !== true) {
    throw new NamespaceProblem(
      'namespace_foreign',
      `Namespace ${namespace} exists and was not made by Quarterdeck. Take another name, or let an administrator of the cluster label it app.kubernetes.io/managed-by=quarterdeck.`,
    );
  }
  return false;
}

async function ensureBinding(client: ClusterClient, wanted: ProjectNamespace, rung: Rung): Promise<boolean> {
  const { namespace, project } = wanted;
  const name = bindingName(project.number, rung);
  const path = bindingsIn(namespace);
  if ((await ask(client, 'GET', `${path}/${name}`)).status === 200) return false;
  const made = await ask(client, 'POST', path, bindingOf(wanted, rung));
  if (made.status === 409) return false;
  accept(made, `RoleBinding ${name} in ${namespace}`);
  return true;
}

function bindingOf(
  { namespace, project, installation }: Pick<ProjectNamespace, 'namespace' | 'project' | 'installation'>,
  rung: Rung,
): ManifestObject {
  const apiGroup = 'rbac.authorization.k8s.io';
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata: {
      name: bindingName(project.number, rung),
      namespace,
      labels: managedBy,
      annotations: { 'quarterdeck.dev/project': project.slug, 'quarterdeck.dev/installation': installation },
    },
    roleRef: { apiGroup, kind: 'ClusterRole', name: `quarterdeck-${rung}` },
    subjects: [{ apiGroup, kind: 'Group', name: projectGroup(project.number, rung) }],
  };
}

function bindingsIn(namespace: string): string {
  return `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`;
}

function bindingName(number: number, rung: string): string {
  return `quarterdeck-p${String(number).padStart(3, '0')}-${rung}`;
}

async function ask<T>(
  client: ClusterClient,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<ClusterResponse<T>> {
  const request = { method, path, identity: workerIdentity, priority: 'deploy' as const, ...(body ? { body } : {}) };
  return expectAnswer(await client.request<T>(request));
}

function accept(answer: ClusterResponse, what: string): void {
  if (answer.status < 300) return;
  const message = (answer.body as { message?: unknown } | undefined)?.message;
  const said = typeof message === 'string' ? message.slice(0, 300) : `status ${answer.status}`;
  throw new NamespaceProblem('namespace_refused', `${what} was refused by the cluster: ${said}`);
}
