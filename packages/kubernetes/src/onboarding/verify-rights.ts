import { workerIdentity } from '../connection/probe.ts';
import type { ClusterClient, ClusterRequest, Identity } from '../transport/cluster-client.ts';
import { inBatches } from './in-batches.ts';
import {
  buildManifest,
  impersonatedExtras,
  impersonatedGroups,
  impersonatedUsers,
  inventoryRules,
  manifestYaml,
  missingRulesYaml,
  names,
  workerRules,
} from './manifest.ts';
import type { InventoryKind, PolicyRule } from './manifest-types.ts';
import type { OnboardingProfile } from './profile.ts';
import type { Check } from './report.ts';
import { waitUntil } from './wait-until.ts';

/** User name of the credential itself; `undefined` where the cluster does not tell. */
export async function whoAmI(client: ClusterClient): Promise<string | undefined> {
  const answer = await review<{ status?: { userInfo?: { username?: unknown } } }>(client, 'self');
  const name = answer.body?.status?.userInfo?.username;
  return answer.status < 300 && typeof name === 'string' ? name : undefined;
}

/** An account that nobody has, to see whether any name may be spoken for. */
const anybody = 'quarterdeck-verification';

/** Whether the credential may speak for all names of the manifest, with uid and extras. One call per user. */
export async function checkImpersonation(
  client: ClusterClient,
  kinds: readonly InventoryKind[],
  profile: OnboardingProfile,
): Promise<Check> {
  const title = 'Impersonation';
  const extra = Object.fromEntries(impersonatedExtras.map((key) => [key, ['verification']]));
  // One request carries all groups: some 500 names of 25 bytes would burst the server's header limit, so the fleet's
  // own and the ends of the numbered ones stand for all of them.
  const groups = impersonatedGroups(undefined, profile);
  const sample = [...groups.slice(0, 10), ...groups.slice(-4)];
  const users = profile.people === 'named' ? [...impersonatedUsers, anybody] : impersonatedUsers;
  const answers = await Promise.all(
    users.map((user) => review<{ message?: unknown }>(client, { user, groups: sample, uid: 'verification', extra })),
  );
  const refused = answers.find((answer) => answer.status >= 300);
  if (refused === undefined) {
    return {
      id: 'impersonation',
      level: 'ok',
      title,
      detail: 'The credential may speak for people, releases and the worker.',
    };
  }
  const said = typeof refused.body?.message === 'string' ? ` ${refused.body.message.slice(0, 300)}` : '';
  const roles = buildManifest({ kinds, profile }).filter((object) => object.metadata.name === names.impersonator);
  return {
    id: 'impersonation',
    level: 'block',
    code: 'cluster_cannot_impersonate',
    title,
    detail: `The credential may not speak for others.${said}`,
    remedy: {
      text: 'Apply the onboarding manifest; these objects of it are what is missing.',
      yaml: manifestYaml(roles),
    },
  };
}

/**
 * Rights of the worker, asked under impersonation. `settleMs`: how long to wait for rights that the cluster's
 * controller is still putting together from aggregated roles.
 */
export async function checkRights(
  client: ClusterClient,
  kinds: readonly InventoryKind[],
  profile: OnboardingProfile,
  settleMs = 0,
): Promise<Check> {
  let missing: Missing = { inventory: [], worker: [] };
  await waitUntil(async () => {
    missing = await findMissing(client, kinds, profile);
    return missing.inventory.length + missing.worker.length === 0 ? true : undefined;
  }, settleMs);
  const title = 'Rights of the worker';
  const lacking = [...missing.inventory, ...missing.worker].map(words);
  if (lacking.length === 0) {
    return {
      id: 'rights',
      level: 'ok',
      title,
      detail:
        profile.bindings === 'strict'
          ? 'The worker may read every kind, and bind nothing: an owner of the cluster applies the bindings of each project.'
          : 'The worker may read every kind and set up namespaces. With the right to bind our roles this equals cluster-admin.',
    };
  }
  return {
    id: 'rights',
    level: 'warn',
    code: 'missing_rights',
    title,
    detail: `The worker may not ${lacking.join('; ')}.`,
    remedy: {
      text: 'Apply this with kubectl; kinds that may not be read stay out of the inventory until then.',
      command: 'kubectl apply --server-side -f -',
      yaml: missingYaml(missing, kinds),
    },
  };
}

type Missing = { inventory: PolicyRule[]; worker: PolicyRule[] };
type Question = { rule: PolicyRule; group: string; resource: string; verb: string; name?: string };

async function findMissing(
  client: ClusterClient,
  kinds: readonly InventoryKind[],
  { bindings }: OnboardingProfile,
): Promise<Missing> {
  const [inventory, worker] = await Promise.all([
    missingOf(client, inventoryRules(kinds)),
    bindings === 'strict' ? [] : missingOf(client, workerRules),
  ]);
  return { inventory, worker };
}

/** The rules reduced to what is not allowed. */
async function missingOf(client: ClusterClient, rules: readonly PolicyRule[]): Promise<PolicyRule[]> {
  const questions = rules.flatMap(questionsOf);
  const denied = await inBatches(questions, async (question) =>
    (await isAllowed(client, question)) ? [] : [question],
  );
  return [...Map.groupBy(denied.flat(), ({ rule }) => rule)].map(([rule, lacking]) => ({
    ...rule,
    resources: [...new Set(lacking.map(({ resource }) => resource))],
    verbs: [...new Set(lacking.map(({ verb }) => verb))],
  }));
}

function questionsOf(rule: PolicyRule): Question[] {
  return (rule.apiGroups ?? []).flatMap((group) =>
    (rule.resources ?? []).flatMap((resource) =>
      rule.verbs
        // A list and a watch decide over the inventory; `get` comes with them in every role we know.
        .filter((verb) => verb !== 'get')
        .map((verb) => {
          const name = rule.resourceNames?.[0];
          return { rule, group, resource, verb, ...(name === undefined ? {} : { name }) };
        }),
    ),
  );
}

async function isAllowed(client: ClusterClient, { group, resource, verb, name }: Question): Promise<boolean> {
  const answer = await client.request<{ status?: { allowed?: unknown } }>({
    ...post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'),
    identity: workerIdentity,
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { group, resource, verb, ...(name === undefined ? {} : { name }) } },
    },
  });
  return answer.body?.status?.allowed === true;
}

function missingYaml(missing: Missing, kinds: readonly InventoryKind[]): string {
  const inventory = missing.inventory.length === 0 ? [] : [missingRulesYaml('inventory', missing.inventory)];
  const worker = buildManifest({ kinds }).filter((object) => object.metadata.name === names.worker);
  return [...inventory, ...(missing.worker.length === 0 ? [] : [manifestYaml(worker)])].join('---\n');
}

function words({ apiGroups, resources, verbs }: PolicyRule): string {
  const group = apiGroups?.[0] ?? '';
  return `${verbs.join(', ')} ${(resources ?? []).join(', ')}${group === '' ? '' : ` (${group})`}`;
}

function review<T>(client: ClusterClient, identity: Identity | 'self') {
  return client.request<T>({
    ...post('/apis/authentication.k8s.io/v1/selfsubjectreviews'),
    identity,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
}

function post(path: string): Pick<ClusterRequest, 'method' | 'path'> {
  return { method: 'POST', path };
}
