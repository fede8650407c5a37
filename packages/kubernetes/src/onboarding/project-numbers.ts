import { workerIdentity } from '../connection/probe.ts';
import { type ClusterClient, expectAnswer } from '../transport/cluster-client.ts';
import { names } from './manifest.ts';
import { NamespaceProblem } from './project-namespace.ts';

/** Whose a binding is, by the annotations we put on ours, and since when it is there. */
export type BindingOwner = {
  installation: string | undefined;
  project: string | undefined;
  /** Sorts by age, with the uid where two were made in one second: every reader sees the same order. */
  since: string;
};

/** The numbers of project groups as a cluster has them now. */
export type SeenNumbers = {
  /** Those our credential may speak for, ascending: the cluster's impersonator role lists them by name. */
  listed: number[];
  /** Those that bindings name, whoever made them. */
  named: Map<number, BindingOwner[]>;
};

type Binding = {
  metadata?: { annotations?: Record<string, string>; creationTimestamp?: string; uid?: string };
  subjects?: { kind?: string; name?: string }[];
};
type List = { items?: Binding[]; metadata?: { continue?: string } };

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const pageSize = 500;
const projectGroup = /^quarterdeck:p(\d{3,9}):/;

/**
 * Asks a cluster, live, which project numbers it lists and which its bindings name.
 * @throws NamespaceProblem `namespace_refused` when the worker may not read roles or bindings
 * @throws ClusterError
 */
export async function readProjectNumbers(client: ClusterClient): Promise<SeenNumbers> {
  const named = new Map<number, BindingOwner[]>();
  for (const resource of ['rolebindings', 'clusterrolebindings']) {
    let from: string | undefined;
    do {
      const query = { limit: pageSize, continue: from };
      const page: List = await read<List>(client, `${rbac}/${resource}`, query);
      for (const binding of page.items ?? []) {
        for (const number of numbersIn(binding)) named.set(number, [...(named.get(number) ?? []), ownerOf(binding)]);
      }
      from = page.metadata?.continue;
    } while (from !== undefined && from !== '');
  }
  const role = await read<{ rules?: { resourceNames?: string[] }[] }>(
    client,
    `${rbac}/clusterroles/${names.impersonator}`,
  );
  const groups = (role.rules ?? []).flatMap(({ resourceNames }) => resourceNames ?? []);
  const listed = [...new Set(groups.flatMap((group) => numberOf(group) ?? []))].sort((a, b) => a - b);
  return { listed, named };
}

/**
 * Was a number that bindings of ours name taken by somebody else before? Two that took it at once see the same answer
 * from their two sides, so one of them keeps it.
 */
export function cameLater(
  { named }: Pick<SeenNumbers, 'named'>,
  number: number,
  isOurs: (owner: BindingOwner) => boolean,
): boolean {
  const owners = named.get(number) ?? [];
  const ours = owners
    .filter(isOurs)
    .map(({ since }) => since)
    .sort();
  const theirs = owners
    .filter((owner) => !isOurs(owner))
    .map(({ since }) => since)
    .sort();
  return theirs[0] !== undefined && (ours[0] === undefined || theirs[0] < ours[0]);
}

function numbersIn({ subjects }: Binding): Set<number> {
  return new Set((subjects ?? []).flatMap(({ kind, name }) => (kind === 'Group' ? (numberOf(name ?? '') ?? []) : [])));
}

function numberOf(group: string): number | undefined {
  const digits = projectGroup.exec(group)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function ownerOf({ metadata }: Binding): BindingOwner {
  const { annotations, creationTimestamp = '', uid = '' } = metadata ?? {};
  return {
    since: `${creationTimestamp} ${uid}`,
    installation: annotations?.['quarterdeck.dev/installation'],
    project: annotations?.['quarterdeck.dev/project'],
  };
}

async function read<T>(
  client: ClusterClient,
  path: string,
  query: Readonly<Record<string, string | number | undefined>> = {},
): Promise<T> {
  const request = { method: 'GET', path, query, identity: workerIdentity, priority: 'deploy' } as const;
  const answer = expectAnswer(await client.request<T>(request));
  if (answer.status < 300) return answer.body;
  throw new NamespaceProblem(
    'namespace_refused',
    `The worker may not read ${path} (status ${answer.status}). Apply the onboarding manifest again.`,
  );
}
