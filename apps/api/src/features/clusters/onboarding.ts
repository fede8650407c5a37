import type { ClusterAccess, OnboardingProfile, VerificationReport } from '@quarterdeck/contracts';
import {
  type BootstrapCall,
  BootstrapError,
  buildManifest,
  type ClusterClient,
  type ClusterEndpoint,
  readableKinds as kinds,
  manifestYaml,
  manualSteps,
  OwnTokenRefused,
  onboardingManager,
  requestOwnToken,
  runBootstrap,
  type VerificationReport as Verified,
  verifyCluster,
  workerIdentity,
} from '@quarterdeck/kubernetes';
import type { AddressGuard } from '@quarterdeck/outbound';
import { AppError } from '../../platform/errors.ts';
import { type AccessVerdict, judgeAccess } from './access-verdict.ts';

/** An endpoint that may be stored, and what its verification saw. */
export type Admitted = { endpoint: ClusterEndpoint; report: Verified };

/** Everything that happens to an access before it is stored. */
export interface Onboarding {
  /** Tries an access; saves and changes nothing. */
  verify(access: ClusterAccess, profile: OnboardingProfile): Promise<VerificationReport>;
  /** Tries what is stored of a cluster; saves and changes nothing. */
  reverify(endpoint: ClusterEndpoint, profile: OnboardingProfile): Promise<VerificationReport>;
  /**
   * Verifies an access and, where asked, sets our ServiceAccount up with it; returns an endpoint whose credential may
   * only speak for others.
   * @throws AppError with the code of the first blocking check, `bootstrap_required`, `bootstrap_failed` or
   *   `renewal_refused`
   */
  admit(
    access: ClusterAccess,
    options: {
      profile: OnboardingProfile;
      bootstrap: boolean;
      acceptUnverified: boolean;
      /** Keep a token with an end that the worker replaces at half of its life. */
      renewing: boolean;
      /** How many project numbers the manifest of a bootstrap lists; 128 unless told. */
      projectNumbers?: number;
      /** Once it is verified and before anything is changed in the cluster; raising refuses it. */
      onVerified: (report: Verified) => Promise<void>;
      /** Before the first call of a bootstrap; raising stops it. */
      onBootstrap: (objects: readonly string[]) => Promise<void>;
      onCall: (call: BootstrapCall) => Promise<void>;
    },
  ): Promise<Admitted>;
}

/**
 * The manifest and the line that applies it.
 * @param needs `projectNumbers`: it lists the groups of projects up to this number
 */
export function onboardingManifest(needs: ManifestNeeds) {
  return { objects: manifestFor(needs), applyCommand: manualSteps().applyCommand };
}

type ManifestNeeds = { projectNumbers?: number; renewing: boolean; profile: OnboardingProfile };

function manifestFor({ projectNumbers, renewing, profile }: ManifestNeeds) {
  const projects = projectNumbers === undefined ? {} : { projects: { from: 1, to: projectNumbers } };
  return buildManifest({ kinds, profile, ...(renewing ? { renewing } : {}), ...projects });
}

/** Aggregated roles are put together by the cluster's controller a moment after they were applied. */
const settleMs = 15_000;

export function createOnboarding(deps: {
  installation: string;
  guard: AddressGuard;
  allowedProxies: readonly string[];
  createClient: (endpoint: ClusterEndpoint) => ClusterClient;
}): Onboarding {
  const { guard } = deps;
  const fieldManager = onboardingManager(deps.installation);

  async function withClient<T>(endpoint: ClusterEndpoint, use: (client: ClusterClient) => Promise<T>): Promise<T> {
    const client = deps.createClient(endpoint);
    try {
      return await use(client);
    } finally {
      await client.close();
    }
  }

  function tryEndpoint(endpoint: ClusterEndpoint, profile: OnboardingProfile, settle = 0): Promise<Verified> {
    return withClient(endpoint, (client) =>
      verifyCluster({ endpoint, guard, client, kinds, profile, fieldManager, settleMs: settle }),
    );
  }

  async function setUp(
    endpoint: ClusterEndpoint,
    options: {
      profile: OnboardingProfile;
      renewing: boolean;
      projectNumbers?: number;
      onBootstrap: (objects: readonly string[]) => Promise<void>;
      onCall: (call: BootstrapCall) => Promise<void>;
    },
  ): Promise<Admitted> {
    const { renewing, onCall } = options;
    const objects = manifestFor(options);
    await options.onBootstrap(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
    const ours = await withClient(endpoint, (client) =>
      runBootstrap({ client, endpoint, manifest: objects, fieldManager, onCall, renewing }),
    ).catch((error: unknown) => {
      if (error instanceof BootstrapError) throw new AppError('bootstrap_failed', 422, error.message, { cause: error });
      throw error;
    });
    const report = await tryEndpoint(ours, options.profile, settleMs);
    if (!report.acceptable || report.mode !== 'ready') {
      const problem = report.checks.find((check) => check.level === 'block');
      throw new AppError(
        'bootstrap_failed',
        422,
        `The manifest is applied, but our ServiceAccount does not get in: ${problem?.detail ?? 'it is another account'}`,
      );
    }
    return { endpoint: ours, report };
  }

  /** The given token of our ServiceAccount, exchanged for one with an end. */
  async function exchange({ endpoint, report }: Admitted): Promise<Admitted> {
    try {
      const { token, expiresAt } = await withClient(endpoint, (client) => requestOwnToken(client, workerIdentity));
      const renewed: ClusterEndpoint = { ...endpoint, credential: { kind: 'token', token } };
      return { endpoint: renewed, report: { ...report, credentialExpiresAt: expiresAt } };
    } catch (error) {
      if (!(error instanceof OwnTokenRefused)) throw error;
      const detail = `${error.message} Apply the current onboarding manifest, or register without renewal.`;
      throw new AppError('renewal_refused', 422, detail, {
        errors: [{ pointer: '/renewing', code: 'renewal_refused', detail }],
        cause: error,
      });
    }
  }

  return {
    async verify(access, profile) {
      const verdict = judgeAccess(access, deps.allowedProxies);
      if (verdict.endpoint === undefined) return unverified(verdict, profile);
      const { candidates, context } = verdict;
      return toView(await tryEndpoint(verdict.endpoint, profile), { profile, candidates, context });
    },

    async reverify(endpoint, profile) {
      return toView(await tryEndpoint(endpoint, profile), { profile, candidates: [], context: undefined });
    },

    async admit(access, options) {
      const { endpoint, refusal } = judgeAccess(access, deps.allowedProxies);
      if (endpoint === undefined) throw refusal ?? new Error('An access has neither an endpoint nor a refusal.');
      const report = await tryEndpoint(endpoint, options.profile);
      const problem = report.checks.find((check) => check.level === 'block');
      const isAccepted = options.acceptUnverified && problem?.code === 'cluster_unreachable';
      if (problem !== undefined && !isAccepted) throw blocked(problem);
      await options.onVerified(report);
      if (isAccepted) return { endpoint, report };
      if (report.mode === 'ready') return options.renewing ? exchange({ endpoint, report }) : { endpoint, report };
      if (options.bootstrap) return setUp(endpoint, options);
      const detail =
        'This credential may do far more than speak for others, so it is not stored. Let it set our ServiceAccount up once, or give the token of that account.';
      throw new AppError('bootstrap_required', 422, detail, {
        errors: [{ pointer: '/bootstrap', code: 'bootstrap_required', detail }],
      });
    },
  };
}

type Shown = {
  profile: OnboardingProfile;
  candidates: VerificationReport['candidates'];
  context: string | undefined;
};

function toView(report: Verified, { profile, candidates, context }: Shown): VerificationReport {
  const { checks, acceptable, clusterUid, version, latencyMs, credentialExpiresAt } = report;
  return {
    candidates,
    checks,
    acceptable,
    ...(clusterUid === undefined ? {} : { clusterUid }),
    ...(version === undefined ? {} : { version }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(credentialExpiresAt === undefined ? {} : { credentialExpiresAt: credentialExpiresAt.toISOString() }),
    bootstrap: plan(report.mode, report.changes, { profile, context }),
  };
}

/** The report on a kubeconfig that gives no endpoint: what a person can do with it all the same. */
function unverified(verdict: AccessVerdict, profile: OnboardingProfile): VerificationReport {
  const { candidates, refusal } = verdict;
  if (refusal === undefined) throw new Error('An access has neither an endpoint nor a refusal.');
  const item = refusal.errors?.[0];
  const isOpen = refusal.code === 'kubeconfig_exec' || refusal.code === 'kubeconfig_several_contexts';
  if (!isOpen) throw refusal;
  return {
    candidates,
    checks: [
      {
        id: 'access',
        level: 'block',
        code: refusal.code,
        title: 'Access',
        detail: refusal.message,
        ...(item?.remedy === undefined ? {} : { remedy: { text: item.remedy } }),
      },
    ],
    acceptable: false,
    bootstrap: plan('manual', [], { profile, context: verdict.context }),
  };
}

function plan(
  mode: Verified['mode'],
  changes: Verified['changes'],
  { profile, context }: Pick<Shown, 'profile' | 'context'>,
): VerificationReport['bootstrap'] {
  return { mode, manifest: manifestYaml(buildManifest({ kinds, profile })), changes, ...manualSteps(context) };
}

function blocked(check: Verified['checks'][number]): AppError {
  const code = check.code ?? 'cluster_unreachable';
  const remedy = [check.remedy?.text, check.remedy?.command, check.remedy?.yaml].filter((part) => part !== undefined);
  return new AppError(code, 422, check.detail, {
    errors: [
      { pointer: '/access', code, detail: check.detail, ...(remedy.length === 0 ? {} : { remedy: remedy.join('\n') }) },
    ],
  });
}
