import type { BootstrapPlan } from './bootstrap.ts';

/** Codes that forbid saving a cluster. */
export type BlockingCode =
  | 'address_refused'
  | 'tls_untrusted'
  | 'credential_expired'
  | 'credential_rejected'
  | 'cluster_unreachable'
  | 'not_kubernetes'
  | 'profile_unsupported'
  | 'cluster_cannot_impersonate';

export type WarningCode =
  | 'version_unknown'
  | 'version_old'
  | 'slow'
  | 'clock_skew'
  | 'identity_unknown'
  | 'api_groups_missing'
  | 'foreign_account'
  | 'equals_cluster_admin'
  | 'profile_leftovers'
  | 'bindings_drift'
  | 'missing_rights'
  | 'metrics_missing'
  | 'credential_expires_soon';

export type Check = {
  id:
    | 'address'
    | 'tls'
    | 'credential'
    | 'version'
    | 'latency'
    | 'clock'
    | 'api_groups'
    | 'profile'
    | 'bindings'
    | 'impersonation'
    | 'identity'
    | 'rights'
    | 'metrics'
    | 'expiry';
  level: 'ok' | 'warn' | 'block';
  code?: BlockingCode | WarningCode;
  title: string;
  detail: string;
  remedy?: { text: string; command?: string; yaml?: string };
};

/**
 * How our ServiceAccount gets in. `ready`: the credential may speak for others and nothing needs to be set up.
 * `apply`: it has enough rights to set our account up. `manual`: a person must do that.
 */
export type BootstrapMode = 'ready' | 'apply' | 'manual';

export type VerificationReport = {
  checks: Check[];
  /** No check blocks. */
  acceptable: boolean;
  mode: BootstrapMode;
  /** What applying the manifest would do; empty in mode `ready`. */
  changes: BootstrapPlan['changes'];
  clusterUid?: string;
  version?: string;
  latencyMs?: number;
  credentialExpiresAt?: Date;
};
