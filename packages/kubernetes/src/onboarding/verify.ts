import type { AddressGuard } from '@quarterdeck/outbound';
import { workerIdentity } from '../connection/probe.ts';
import { type ClusterClient, type ClusterEndpoint, ClusterError } from '../transport/cluster-client.ts';
import { type BootstrapPlan, planBootstrap } from './bootstrap.ts';
import { buildManifest, serviceAccountUser } from './manifest.ts';
import type { InventoryKind } from './manifest-types.ts';
import { defaultProfile, type OnboardingProfile } from './profile.ts';
import type { BootstrapMode, Check, VerificationReport } from './report.ts';
import { checkLeftovers, checkProfile } from './verify-profile.ts';
import { checkAddress, checkExpiry, checkReach } from './verify-reach.ts';
import { checkImpersonation, checkRights, whoAmI } from './verify-rights.ts';

export type VerifyOptions = {
  endpoint: ClusterEndpoint;
  guard: AddressGuard;
  /** A client of this endpoint; the caller closes it. */
  client: ClusterClient;
  kinds: readonly InventoryKind[];
  /** `groups-only` and `managed` unless told. */
  profile?: OnboardingProfile;
  fieldManager: string;
  /** Rights may need a moment after the manifest was applied; default 0 ms. */
  settleMs?: number;
  now?: () => Date;
};

const requiredGroups = ['apps', 'authentication.k8s.io', 'authorization.k8s.io', 'rbac.authorization.k8s.io'];

/**
 * Tries an endpoint and says line by line what is right, what is missing and how to mend it. Changes nothing in the
 * cluster; never throws for what the cluster does. Later lines are left out where an earlier one blocks.
 */
export async function verifyCluster(options: VerifyOptions): Promise<VerificationReport> {
  const report: VerificationReport = { checks: [], acceptable: true, mode: 'manual', changes: [] };
  try {
    await fill(report, options);
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    add(report, {
      id: 'tls',
      level: 'block',
      code: 'cluster_unreachable',
      title: 'Connection',
      detail: `The cluster stopped answering in the middle: ${error.message}`,
    });
  }
  return report;
}

function add(report: VerificationReport, ...checks: Check[]): boolean {
  report.checks.push(...checks);
  report.acceptable = report.checks.every((check) => check.level !== 'block');
  return report.acceptable;
}

async function fill(report: VerificationReport, options: VerifyOptions): Promise<void> {
  const { endpoint, guard, client, kinds, profile = defaultProfile } = options;
  const now = options.now ?? (() => new Date());
  const { check: expiry, expiresAt } = checkExpiry(endpoint, now());
  if (expiresAt !== undefined) report.credentialExpiresAt = expiresAt;
  if (!add(report, await checkAddress(endpoint, guard)) || !add(report, expiry)) return;

  const reach = await checkReach(client, now);
  if (reach.version !== undefined) report.version = reach.version;
  if (reach.latencyMs !== undefined) report.latencyMs = reach.latencyMs;
  if (!add(report, ...reach.checks)) return;

  const groups = await readGroups(client);
  if (!add(report, groupsCheck(groups))) return;

  if (!add(report, checkProfile(profile, reach.version))) return;

  const access = await checkAccess(client, { kinds, profile }, options.fieldManager);
  report.mode = access.mode;
  report.changes = access.plan?.changes ?? [];
  add(report, ...access.checks);

  const uid = await readUid(client, report.mode === 'ready');
  if (uid !== undefined) report.clusterUid = uid;
  add(report, identityCheck(uid));
  if (report.mode === 'ready' && report.acceptable) {
    add(report, await checkRights(client, kinds, profile, options.settleMs));
    add(report, ...(await checkLeftovers(client, kinds, profile)));
  }
  add(report, metricsCheck(groups));
}

/** Whose credential it is decides: ours is checked for impersonation, another one for the right to set ours up. */
async function checkAccess(
  client: ClusterClient,
  { kinds, profile }: { kinds: readonly InventoryKind[]; profile: OnboardingProfile },
  fieldManager: string,
): Promise<{ mode: BootstrapMode; checks: Check[]; plan?: BootstrapPlan }> {
  const user = await whoAmI(client);
  if (user === serviceAccountUser) {
    return { mode: 'ready', checks: [await checkImpersonation(client, kinds, profile)] };
  }
  const plan = await planBootstrap({ client, manifest: buildManifest({ kinds, profile }), fieldManager });
  const title = 'Impersonation';
  if (plan.obstacle === undefined) {
    const detail = 'This credential may set our ServiceAccount up: it is used once for that and then forgotten.';
    return { mode: 'apply', plan, checks: [{ id: 'impersonation', level: 'ok', title, detail }] };
  }
  const impersonation = await checkImpersonation(client, kinds, profile);
  if (impersonation.level === 'ok') {
    const detail = `The credential is of ${user ?? 'an unknown account'}, not of our ServiceAccount, and may speak for others.`;
    return {
      mode: 'ready',
      plan: { changes: [] },
      checks: [{ id: 'impersonation', level: 'warn', code: 'foreign_account', title, detail }],
    };
  }
  const detail = `${impersonation.detail} Nor may it set our ServiceAccount up: ${plan.obstacle}`;
  return { mode: 'manual', plan, checks: [{ ...impersonation, detail }] };
}

async function readGroups(client: ClusterClient): Promise<string[] | undefined> {
  const answer = await client.request<{ groups?: { name?: unknown }[] }>({
    method: 'GET',
    path: '/apis',
    identity: 'self',
  });
  const groups = answer.status === 200 ? answer.body?.groups : undefined;
  return Array.isArray(groups) ? groups.map((group) => String(group?.name)) : undefined;
}

function groupsCheck(groups: readonly string[] | undefined): Check {
  const title = 'API groups';
  if (groups === undefined) {
    return {
      id: 'api_groups',
      level: 'block',
      code: 'not_kubernetes',
      title,
      detail: 'The server does not list its API groups at /apis, as every Kubernetes does.',
    };
  }
  const missing = requiredGroups.filter((group) => !groups.includes(group));
  if (missing.length === 0) {
    return { id: 'api_groups', level: 'ok', title, detail: `${groups.length} groups are served.` };
  }
  const detail = `Not served: ${missing.join(', ')}. Parts of Quarterdeck will not work.`;
  return { id: 'api_groups', level: 'warn', code: 'api_groups_missing', title, detail };
}

async function readUid(client: ClusterClient, asWorker: boolean): Promise<string | undefined> {
  const answer = await client.request<{ metadata?: { uid?: unknown } }>({
    method: 'GET',
    path: '/api/v1/namespaces/kube-system',
    identity: asWorker ? workerIdentity : 'self',
  });
  const uid = answer.status === 200 ? answer.body?.metadata?.uid : undefined;
  return typeof uid === 'string' ? uid : undefined;
}

function identityCheck(uid: string | undefined): Check {
  const title = 'Cluster identity';
  if (uid !== undefined) return { id: 'identity', level: 'ok', title, detail: `uid of kube-system: ${uid}` };
  const detail = 'Namespace kube-system cannot be read, so a swapped cluster behind this address would go unnoticed.';
  return { id: 'identity', level: 'warn', code: 'identity_unknown', title, detail };
}

function metricsCheck(groups: readonly string[] | undefined): Check {
  const title = 'Metrics API';
  if (groups?.includes('metrics.k8s.io'))
    return { id: 'metrics', level: 'ok', title, detail: 'metrics.k8s.io is served.' };
  return {
    id: 'metrics',
    level: 'warn',
    code: 'metrics_missing',
    title,
    detail: 'metrics.k8s.io is not served: pages show requests and limits, but no usage.',
    remedy: {
      text: 'Install metrics-server.',
      command:
        'kubectl apply -f https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml',
    },
  };
}
