import { type ClusterClient, expectOk, type Identity, workerIdentity } from '@quarterdeck/kubernetes';
import { gather } from '../../platform/jobs/gather.ts';

/** An object as a list of the API server has it: without its kind. */
export type Kube = Record<string, unknown> & {
  metadata?: {
    name?: string;
    uid?: string;
    generation?: number;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { uid?: string }[];
  };
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
};

/** Where a release's objects are looked at, and as whom. */
export type RolloutPlace = {
  client: ClusterClient;
  clusterId: string;
  identity: Identity;
  namespace: string;
  application: string;
  environment: string;
};

export type Labels = Readonly<Record<string, string>>;

/** Kinds whose objects carry the labels of their application. */
export type LabelledKind = 'deployments' | 'statefulsets' | 'daemonsets' | 'replicasets' | 'pods';

export type RolloutLists = {
  /** Those of the place's application and environment. */
  of(place: RolloutPlace, kind: LabelledKind): Promise<Kube[]>;
  /** Those that carry these labels: pods of somebody's own manifests do not carry ours. */
  selected(place: RolloutPlace, kind: LabelledKind, labels: Labels): Promise<Kube[]>;
  /** Of the whole namespace. */
  events(place: RolloutPlace): Promise<Kube[]>;
  budgets(place: RolloutPlace): Promise<Kube[]>;
  /**
   * Of the cluster, as the worker: the identity of a release reaches no further than its namespace, and without them a
   * taint looks like a selector that no node has. Raises an error where they may not be read.
   */
  nodes(place: RolloutPlace): Promise<Kube[]>;
};

const apps = (namespace: string, plural: string) => `/apis/apps/v1/namespaces/${namespace}/${plural}`;
const paths: Record<LabelledKind | 'events' | 'budgets' | 'nodes', (namespace: string) => string> = {
  deployments: (namespace) => apps(namespace, 'deployments'),
  statefulsets: (namespace) => apps(namespace, 'statefulsets'),
  daemonsets: (namespace) => apps(namespace, 'daemonsets'),
  replicasets: (namespace) => apps(namespace, 'replicasets'),
  pods: (namespace) => `/api/v1/namespaces/${namespace}/pods`,
  events: (namespace) => `/api/v1/namespaces/${namespace}/events`,
  budgets: (namespace) => `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`,
  nodes: () => '/api/v1/nodes',
};
const pageSize = 500;
/** A namespace in turmoil has tens of thousands of events; what a rollout does is among the first of these. */
const mostPages = 20;
/** Their names are in the address, which may be 8 KiB long. */
const applicationsAtOnce = 50;

type Question = RolloutPlace & { kind: LabelledKind };

/**
 * Lists that rollouts are judged by. Those of one namespace that are watched at the same time share theirs: a hundred
 * releases there ask no more often than one, and each list starts after it was asked for.
 */
export function createRolloutLists(): RolloutLists {
  const labelled = gather(
    async (questions: readonly Question[]) => {
      const [first] = questions as [Question];
      const names = [...new Set(questions.map(({ application }) => application))];
      const found = await listAll(first, first.kind, {
        labelSelector: `app.kubernetes.io/name in (${names.join(',')}),quarterdeck.dev/environment=${first.environment}`,
      });
      const byName = Map.groupBy(found, ({ metadata }) => metadata?.labels?.['app.kubernetes.io/name']);
      return questions.map(({ application }) => byName.get(application) ?? []);
    },
    { lane: (question) => `${question.kind} ${question.environment} ${laneOf(question)}`, most: applicationsAtOnce },
  );
  /** By the first of their labels in one list for many, which for most is the name of their workload. */
  const selected = gather(
    async (questions: readonly (Question & { labels: Labels })[]) => {
      const [first] = questions as [Question & { labels: Labels }];
      const key = firstKeyOf(first.labels);
      const values = [...new Set(questions.flatMap(({ labels }) => (key === undefined ? [] : [labels[key]])))];
      const query: Record<string, string> =
        key === undefined ? {} : { labelSelector: `${key} in (${values.join(',')})` };
      const found = await listAll(first, first.kind, query);
      const byValue = Map.groupBy(found, ({ metadata }) => key && metadata?.labels?.[key]);
      return questions.map(({ labels }) =>
        (byValue.get(key && labels[key]) ?? []).filter(({ metadata }) => carries(metadata?.labels, labels)),
      );
    },
    {
      lane: (question) => `${question.kind} ${firstKeyOf(question.labels)} ${laneOf(question)}`,
      most: applicationsAtOnce,
    },
  );
  const whole = (kind: 'events' | 'budgets' | 'nodes', lane: (place: RolloutPlace) => string = laneOf) =>
    gather(
      async (places: readonly RolloutPlace[]) => {
        const found = await listAll((places as [RolloutPlace])[0], kind, {});
        return places.map(() => found);
      },
      { lane },
    );
  const [events, budgets] = [whole('events'), whole('budgets')];
  const nodes = whole('nodes', ({ clusterId }) => clusterId);
  return {
    of: (place, kind) => labelled({ ...place, kind }),
    selected: (place, kind, labels) => selected({ ...place, kind, labels }),
    events,
    budgets,
    nodes: (place) => nodes({ ...place, identity: workerIdentity }),
  };
}

function firstKeyOf(labels: Labels): string | undefined {
  return Object.keys(labels).sort()[0];
}

function carries(found: Labels | undefined, asked: Labels): boolean {
  return Object.entries(asked).every(([key, value]) => found?.[key] === value);
}

/** What one may see there another may, too, when their groups are the same. */
function laneOf({ clusterId, namespace, identity }: RolloutPlace): string {
  return [clusterId, namespace, ...identity.groups].join(' ');
}

async function listAll(place: RolloutPlace, kind: keyof typeof paths, query: Record<string, string>): Promise<Kube[]> {
  const items: Kube[] = [];
  let next: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const response = await place.client.request<{ items?: Kube[]; metadata?: { continue?: string } }>({
      method: 'GET',
      path: paths[kind](place.namespace),
      identity: place.identity,
      priority: 'deploy',
      query: { ...query, limit: pageSize, ...(next === undefined ? {} : { continue: next }) },
    });
    const body = expectOk(response);
    items.push(...(body.items ?? []));
    next = body.metadata?.continue;
    if (next === undefined || next === '') break;
  }
  return items;
}
