import type { ClusterAccess, VerificationReport } from '@quarterdeck/contracts';
import {
  type BootstrapCall,
  BootstrapError,
  buildManifest,
  type ClusterClient,
  type ClusterEndpoint,
  readableKinds as kinds,
  manifestYaml,
  manualSteps,
  onboardingManager,
  runBootstrap,
  type VerificationReport as Verified,
  verifyCluster,
} from '@quarterdeck/kubernetes';
import type { AddressGuard } from '@quarterdeck/outbound';
import { AppError } from '../../platform/errors.ts';
import { type AccessVerdict, judgeAccess } from './access-verdict.ts';

/** An endpoint that may be stored, and what its verification saw. */
export type Admitted = { endpoint: ClusterEndpoint; report: Verified };

/** Everything that happens to an access before it is stored. */
export interface Onboarding {
  /** Tries an access; saves and changes nothing. */
  verify(access: ClusterAccess): Promise<VerificationReport>;
  /**
   * Verifies an access and, where asked, sets our ServiceAccount up with it; returns an endpoint whose credential may
   * only speak for others.
   * @throws AppError with the code of the first blocking check, `bootstrap_required` or `bootstrap_failed`
   */
  admit(
    access: ClusterAccess,
    options: {
      bootstrap: boolean;
      acceptUnverified: boolean;
      /** Before the first call of a bootstrap; raising stops it. */
      onBootstrap: (objects: readonly string[]) => Promise<void>;
      onCall: (call: BootstrapCall) => Promise<void>;
    },
  ): Promise<Admitted>;
}

const manifest = buildManifest({ kinds });
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

  function tryEndpoint(endpoint: ClusterEndpoint, settle = 0): Promise<Verified> {
    return withClient(endpoint, (client) =>
      verifyCluster({ endpoint, guard, client, kinds, fieldManager, settleMs: settle }),
    );
  }

  async function setUp(
    endpoint: ClusterEndpoint,
    options: {
      onBootstrap: (objects: readonly string[]) => Promise<void>;
      onCall: (call: BootstrapCall) => Promise<void>;
    },
  ): Promise<Admitted> {
    await options.onBootstrap(manifest.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
    const ours = await withClient(endpoint, (client) =>
      runBootstrap({ client, endpoint, manifest, fieldManager, onCall: options.onCall }),
    ).catch((error: unknown) => {
      if (error instanceof BootstrapError) throw new AppError('bootstrap_failed', 422, error.message, { cause: error });
      throw error;
    });
    const report = await tryEndpoint(ours, settleMs);
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

  return {
    async verify(access) {
      const verdict = judgeAccess(access, deps.allowedProxies);
      if (verdict.endpoint === undefined) return unverified(verdict);
      const report = await tryEndpoint(verdict.endpoint);
      return {
        candidates: verdict.candidates,
        checks: report.checks,
        acceptable: report.acceptable,
        ...(report.clusterUid === undefined ? {} : { clusterUid: report.clusterUid }),
        ...(report.version === undefined ? {} : { version: report.version }),
        ...(report.latencyMs === undefined ? {} : { latencyMs: report.latencyMs }),
        ...(report.credentialExpiresAt === undefined
          ? {}
          : { credentialExpiresAt: report.credentialExpiresAt.toISOString() }),
        bootstrap: plan(report.mode, report.changes, verdict.context),
      };
    },

    async admit(access, options) {
      const { endpoint, refusal } = judgeAccess(access, deps.allowedProxies);
      if (endpoint === undefined) throw refusal ?? new Error('An access has neither an endpoint nor a refusal.');
      const report = await tryEndpoint(endpoint);
      const problem = report.checks.find((check) => check.level === 'block');
      if (problem !== undefined) {
        if (options.acceptUnverified && problem.code === 'cluster_unreachable') return { endpoint, report };
        throw blocked(problem);
      }
      if (report.mode === 'ready') return { endpoint, report };
      if (options.bootstrap) return setUp(endpoint, options);
      const detail =
        'This credential may do far more than speak for others, so it is not stored. Let it set our ServiceAccount up once, or give the token of that account.';
      throw new AppError('bootstrap_required', 422, detail, {
        errors: [{ pointer: '/bootstrap', code: 'bootstrap_required', detail }],
      });
    },
  };
}

/** The report on a kubeconfig that gives no endpoint: what a person can do with it all the same. */
function unverified(verdict: AccessVerdict): VerificationReport {
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
    bootstrap: plan('manual', [], verdict.context),
  };
}

function plan(
  mode: Verified['mode'],
  changes: Verified['changes'],
  context: string | undefined,
): VerificationReport['bootstrap'] {
  return { mode, manifest: manifestYaml(manifest), changes, ...manualSteps(context) };
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
