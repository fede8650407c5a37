/** One broken module, and the tests that must notice. */
export type MutantEntry = {
  /** File `tools/mutants/<name>.ts`. */
  readonly name: string;
  /** The module it breaks, from the root of the checkout. */
  readonly module: string;
  /** Test file → ids of attack rows; each id is in the title of a test there that must fail. */
  readonly caughtBy: Caught;
  /** The same for tests that wait for clusters, processes or leases: they run with `--slow`, and not in `npm test`. */
  readonly slowly?: Caught;
};
type Caught = Readonly<Record<string, readonly string[]>>;

const http = 'apps/api/src/platform/http';
const edge = `${http}/edge.route.test.ts`;
const clusterClient = 'packages/kubernetes/src/transport/create-cluster-client.test.ts';
const outbound = 'packages/outbound/src/outbound-client.test.ts';
const guard = 'packages/outbound/src/address-guard.test.ts';
const kubeconfig = 'packages/kubernetes/src/auth/kubeconfig.test.ts';

const identity = 'apps/api/src/features/identity';
const tokens = `${identity}/tokens.route.test.ts`;

const signInAttacks = `${identity}/sign-in-attacks.route.test.ts`;
const oidc = `${identity}/oidc/forged-answers.route.test.ts`;
const access = 'apps/api/src/features/access';
const memberRbac = 'apps/api/src/features/inventory/member-rbac.route.test.ts';
const tenancy = 'apps/api/src/features/inventory/tenancy.route.test.ts';
const revocation = 'apps/api/src/revocation.route.test.ts';

const audit = 'apps/api/src/features/audit';
const canary = 'apps/api/src/security/canary.route.test.ts';
const attacks = 'apps/api/src/security/attacks.route.test.ts';

const proxy = 'apps/api/src/features/clusters/proxy';
const proxied = `${proxy}/proxy.route.test.ts`;
const passing = 'packages/kubernetes/src';
const watch = `${passing}/watch`;
const pipelines = 'apps/api/src/features/pipelines';
const hookDoor = `${pipelines}/hooks.route.test.ts`;
const hookProof = `${pipelines}/verify-hook.test.ts`;

const machine = 'apps/api/src/features/releases/decide.ts';
const machineModel = 'apps/api/src/features/releases/decide.model.test.ts';
const releases = 'apps/api/src/features/releases';
const faultyClusters = `${releases}/faulty-clusters.fault.test.ts`;
const lostProcesses = `${releases}/killed-worker.fault.test.ts`;
const waves = `${releases}/waves.route.test.ts`;

/** Sorted by name, so that two people rarely add at the same place. */
export const mutants: readonly MutantEntry[] = [
  {
    name: 'aad-empty',
    module: 'apps/api/src/platform/crypto/envelope.ts',
    caughtBy: { 'apps/api/src/platform/crypto/envelope.test.ts': ['S60'] },
  },
  {
    name: 'admin-bypass',
    module: 'apps/api/src/features/inventory/known-rbac.ts',
    caughtBy: { [memberRbac]: ['S09'] },
  },
  { name: 'again-deleted', module: `${releases}/prune-guards.ts`, caughtBy: {}, slowly: { [faultyClusters]: ['F17'] } },
  {
    name: 'ansi-raw',
    module: 'packages/ui/src/log-text.ts',
    caughtBy: { 'packages/ui/src/log-text.test.ts': ['S50'] },
  },
  {
    name: 'any-order',
    module: `${releases}/release-order.ts`,
    caughtBy: {},
    slowly: { [`${pipelines}/pipelines.route.test.ts`]: ['F25'] },
  },
  {
    name: 'any-scheme',
    module: 'apps/web/src/platform/markup.ts',
    caughtBy: { 'apps/web/src/platform/markup.test.ts': ['S36'] },
  },
  { name: 'approval-any', module: machine, caughtBy: { [machineModel]: ['W11'] } },
  { name: 'auth-optional', module: `${http}/server.ts`, caughtBy: { [edge]: ['S19'] } },
  {
    name: 'binding-wide',
    module: 'packages/kubernetes/src/rbac/policy.ts',
    caughtBy: { [memberRbac]: ['S09'] },
  },
  {
    name: 'blind-rewrite',
    module: 'packages/kubernetes/src/apply/apply-request.ts',
    caughtBy: {},
    slowly: { [faultyClusters]: ['find out what became of a write'] },
  },
  {
    name: 'body-endless',
    module: `${http}/server.ts`,
    caughtBy: { [`${http}/slow-senders.route.test.ts`]: ['S55'] },
  },
  { name: 'body-target', module: `${http}/bind.ts`, caughtBy: { [attacks]: ['S22'] } },
  { name: 'budget-blind', module: machine, caughtBy: { [machineModel]: ['W4'] } },
  { name: 'by-id-only', module: `${http}/bind.ts`, caughtBy: { [attacks]: ['S21'] } },
  {
    name: 'callers-shared',
    module: `${http}/remember-callers.ts`,
    caughtBy: { [`${http}/remember-callers.test.ts`]: ['S18'] },
  },
  { name: 'cause-out', module: `${http}/problems.ts`, caughtBy: { [tokens]: ['S16'] } },
  {
    name: 'chain-blind',
    module: `${audit}/chain-link.ts`,
    caughtBy: { [`${audit}/trail.store.test.ts`]: ['F27'] },
  },
  {
    name: 'check-early',
    module: `${access}/rights.store.ts`,
    // One of its tests: the hundred at once only wait for each other's connections on this one.
    caughtBy: { [`${access}/serialisable.route.test.ts`]: ['S57 a change whose check'] },
  },
  {
    name: 'check-once',
    module: 'packages/outbound/src/address-guard.ts',
    caughtBy: { [guard]: ['S38'], [outbound]: ['S38'], [clusterClient]: ['S38'] },
  },
  {
    name: 'code-overwritten',
    module: `${identity}/claim.store.ts`,
    caughtBy: { [`${identity}/identity.route.test.ts`]: ['S30'] },
  },
  {
    name: 'commit-doubted',
    module: 'packages/database/src/commit.ts',
    caughtBy: {},
    slowly: { 'apps/api/src/processes/database-faults.fault.test.ts': ['F14'] },
  },
  {
    name: 'counts-open',
    module: 'apps/api/src/features/inventory/inventory.read-model.ts',
    caughtBy: { [memberRbac]: ['S09', 'S21'] },
  },
  { name: 'csrf-lax', module: `${http}/origin.ts`, caughtBy: { [edge]: ['S35'], [signInAttacks]: ['S11'] } },
  {
    name: 'csv-raw',
    module: `${http}/csv.ts`,
    caughtBy: {
      [`${http}/csv.test.ts`]: ['S51'],
      'apps/api/src/features/inventory/export.route.test.ts': ['S51'],
    },
  },
  { name: 'ct-regex', module: `${http}/server.ts`, caughtBy: { [edge]: ['S46'] } },
  {
    name: 'debug-open',
    module: 'apps/api/src/platform/telemetry/metrics.ts',
    caughtBy: { 'apps/api/src/platform/telemetry/metrics.route.test.ts': ['S59'] },
  },
  { name: 'deep-merge', module: `${http}/json-body.ts`, caughtBy: { [edge]: ['S45'] } },
  {
    name: 'deleted-live',
    module: 'apps/api/src/features/applications/delete-application.ts',
    caughtBy: {},
    slowly: { [faultyClusters]: ['an application: it is not deleted'] },
  },
  {
    name: 'diff-unmasked',
    module: 'packages/kubernetes/src/apply/mask-secret.ts',
    caughtBy: {
      'packages/kubernetes/src/apply/preview-object.test.ts': ['S17'],
      'apps/api/src/features/releases/release-bytes.route.test.ts': ['S17'],
      'apps/api/src/features/workloads/workloads.route.test.ts': ['S17'],
    },
  },
  {
    name: 'drift-unseen',
    module: 'packages/kubernetes/src/apply/changed-fields.ts',
    caughtBy: { 'packages/kubernetes/src/apply/drift-object.test.ts': ['is told with the place'] },
  },
  {
    name: 'early-exit',
    module: `${identity}/tokens.authenticate.ts`,
    caughtBy: { [`${identity}/tokens.authenticate.test.ts`]: ['S28'] },
  },
  {
    name: 'edit-raw',
    module: 'packages/kubernetes/src/apply/edit-object.ts',
    caughtBy: { 'apps/api/src/features/workloads/object-edits.route.test.ts': ['S17', 'S22'] },
  },
  { name: 'email-key', module: `${identity}/oidc/provider-accounts.ts`, caughtBy: { [oidc]: ['S32'] } },
  {
    name: 'exchange-uncounted',
    module: `${identity}/exchange.limits.ts`,
    caughtBy: { [`${identity}/exchange.route.test.ts`]: ['S29'] },
  },
  {
    name: 'exec-as-read',
    module: `${passing}/proxy/proxy-permission.ts`,
    caughtBy: { [proxied]: ['S08'], [`${passing}/proxy/proxy-permission.test.ts`]: ['S08'] },
  },
  {
    name: 'fail-open',
    module: `${http}/server.ts`,
    caughtBy: { [`${http}/authentication.route.test.ts`]: ['S20'] },
  },
  {
    name: 'fields-open',
    module: `${audit}/audit-fields.ts`,
    caughtBy: { [`${audit}/audit.route.test.ts`]: ['S16'] },
  },
  {
    name: 'follow-open',
    module: 'apps/api/src/features/workloads/logs.stream.ts',
    caughtBy: { [tenancy]: ['S09'] },
  },
  {
    name: 'follow-redirect',
    module: 'packages/kubernetes/src/transport/create-cluster-client.ts',
    caughtBy: { [clusterClient]: ['S06'] },
  },
  {
    name: 'fork-trusted',
    module: `${pipelines}/events/gitlab.ts`,
    caughtBy: { [`${pipelines}/events/read-event.test.ts`]: ['S42'] },
  },
  {
    name: 'freeze-blind',
    module: machine,
    caughtBy: { [machineModel]: ['W9'] },
    slowly: { [waves]: ['that begins in the middle'] },
  },
  {
    name: 'given-up-early',
    module: `${pipelines}/deliver-effects.ts`,
    caughtBy: {},
    slowly: { [`${pipelines}/outbox.route.test.ts`]: ['F26'] },
  },
  {
    name: 'gone-ignored',
    module: `${watch}/refusals.ts`,
    caughtBy: {},
    slowly: { [`${watch}/gone.fault.test.ts`]: ['F01'] },
  },
  {
    name: 'gone-unseen',
    module: 'packages/kubernetes/src/apply/drift-object.ts',
    caughtBy: { 'packages/kubernetes/src/apply/drift-object.test.ts': ['that is gone'] },
  },
  {
    name: 'hang-unjudged',
    module: `${passing}/transport/breaker.ts`,
    caughtBy: {},
    slowly: { [`${passing}/transport/hung.fault.test.ts`]: ['F08'] },
  },
  { name: 'header-raw', module: `${http}/guarded-server.ts`, caughtBy: { [edge]: ['S54'] } },
  { name: 'headers-pass', module: 'packages/outbound/src/outbound-client.ts', caughtBy: { [outbound]: ['S39'] } },
  {
    name: 'herd-unpaced',
    module: `${watch}/pacing.ts`,
    caughtBy: {},
    slowly: { [`${watch}/herd.fault.test.ts`]: ['F03'] },
  },
  {
    name: 'hook-any-time',
    module: `${pipelines}/verify-hook.ts`,
    caughtBy: { [hookProof]: ['S42'], [hookDoor]: ['S42'] },
  },
  { name: 'hook-no-dedupe', module: `${pipelines}/events/read-event.ts`, caughtBy: { [hookDoor]: ['S42'] } },
  { name: 'hook-parse-first', module: `${pipelines}/receive-hook.ts`, caughtBy: { [hookDoor]: ['S41'] } },
  {
    name: 'hook-unsigned',
    module: `${pipelines}/verify-hook.ts`,
    caughtBy: { [hookProof]: ['S41'], [hookDoor]: ['S42'] },
  },
  { name: 'hop-blind', module: `${http}/raw-request.ts`, caughtBy: { [edge]: ['S02'], [proxied]: ['S02'] } },
  {
    name: 'id-unscoped',
    module: 'apps/api/src/features/identity/tokens.store.ts',
    caughtBy: { [attacks]: ['S23'] },
  },
  {
    name: 'identity-fallback',
    module: 'packages/kubernetes/src/transport/identity-headers.ts',
    caughtBy: { [clusterClient]: ['S03'] },
  },
  {
    name: 'job-token-believed',
    module: `${pipelines}/job-claims.ts`,
    caughtBy: { [`${pipelines}/job-tokens.route.test.ts`]: ['S42'] },
  },
  {
    name: 'job-trusts',
    module: 'apps/api/src/features/releases/run-authority.ts',
    caughtBy: { 'apps/api/src/security/jobs-matrix.route.test.ts': ['S22'] },
  },
  {
    name: 'join-raw',
    module: `${http}/portal.ts`,
    caughtBy: { [`${http}/portal.route.test.ts`]: ['S48'] },
  },
  {
    name: 'label-by-edit',
    module: `${passing}/proxy/proxy-permission.ts`,
    caughtBy: { 'apps/api/src/features/workloads/object-actions.route.test.ts': ['S22'] },
  },
  {
    name: 'lease-eternal',
    module: 'apps/api/src/platform/jobs/lease-clock.ts',
    caughtBy: { 'apps/api/src/platform/jobs/lease-clock.test.ts': ['F16'] },
    slowly: { [lostProcesses]: ['F16'] },
  },
  { name: 'lenient-router', module: `${http}/raw-request.ts`, caughtBy: { [edge]: ['S53'] } },
  { name: 'limit-in-ram', module: `${identity}/sign-in-limits.store.ts`, caughtBy: { [signInAttacks]: ['S29'] } },
  {
    name: 'limits-off',
    module: `${http}/guarded-server.ts`,
    caughtBy: { [`${http}/guarded-server.route.test.ts`]: ['S55'] },
  },
  { name: 'limits-skipped', module: `${access}/token-limits.ts`, caughtBy: { [tenancy]: ['S24'] } },
  {
    name: 'log-raw',
    module: 'apps/api/src/platform/telemetry/mask-secrets.ts',
    caughtBy: { 'apps/api/src/platform/telemetry/logger.test.ts': ['S16'], [`${audit}/audit.route.test.ts`]: ['S16'] },
  },
  {
    name: 'login-early-exit',
    module: `${identity}/passwords.ts`,
    caughtBy: { [`${identity}/passwords.test.ts`]: ['S28'] },
  },
  {
    name: 'loose-import',
    module: 'packages/kubernetes/src/auth/kubeconfig.ts',
    caughtBy: { [kubeconfig]: ['S40'] },
  },
  {
    name: 'names-ignored',
    module: 'packages/kubernetes/src/rbac/evaluate.ts',
    caughtBy: { [memberRbac]: ['S21'] },
  },
  {
    name: 'needs-told',
    module: 'apps/api/src/features/applications/applications.service.ts',
    caughtBy: { 'apps/api/src/features/applications/applications.route.test.ts': ['S21'] },
  },
  {
    name: 'no-listener',
    module: `${http}/guarded-server.ts`,
    caughtBy: { [`${http}/upgrades.route.test.ts`]: ['S12'] },
  },
  {
    name: 'no-pause',
    module: 'apps/api/src/platform/events/paced-send.ts',
    caughtBy: { 'apps/api/src/features/workloads/logs.stream.route.test.ts': ['S56'] },
  },
  { name: 'no-rotation', module: `${identity}/sessions.ts`, caughtBy: { [signInAttacks]: ['S34'] } },
  {
    name: 'notices-undamped',
    module: `${passing}/connection/health.ts`,
    caughtBy: {},
    slowly: { [`${passing}/connection/flapping.fault.test.ts`]: ['F09'] },
  },
  { name: 'oidc-lax', module: `${identity}/oidc/logins.store.ts`, caughtBy: { [oidc]: ['S31'] } },
  {
    name: 'old-again',
    module: 'packages/kubernetes/src/watch/versions.ts',
    caughtBy: { 'packages/kubernetes/src/watch/watch-truth.test.ts': ['F06'] },
  },
  {
    name: 'old-events-taken',
    module: `${watch}/versions.ts`,
    caughtBy: {},
    slowly: { [`${watch}/slices.fault.test.ts`]: ['F06'] },
  },
  {
    name: 'once-tried',
    module: 'packages/kubernetes/src/apply/apply-object.ts',
    caughtBy: {},
    slowly: {
      [faultyClusters]: [
        'wait for an admission webhook',
        'go on where an API server',
        'find out what became of a write',
      ],
    },
  },
  {
    name: 'owed-once',
    module: `${releases}/automatic-releases.ts`,
    caughtBy: {},
    slowly: { [`${releases}/debts.route.test.ts`]: ['follows by one release at a time', 'is for a person to bring'] },
  },
  {
    name: 'owner-blind',
    module: `${identity}/owner-guard.ts`,
    caughtBy: { [`${identity}/owner-programs.route.test.ts`]: ['S25'] },
  },
  { name: 'pipe-kept', module: `${proxy}/send-refused.ts`, caughtBy: { [proxied]: ['S04'] } },
  {
    name: 'place-unheld',
    module: `${access}/rights.store.ts`,
    caughtBy: { [`${access}/serialisable.route.test.ts`]: ['S57'] },
  },
  {
    name: 'preflight-asleep',
    module: 'apps/api/src/platform/jobs/loop.ts',
    caughtBy: {},
    // The two before it take away whoever else could wake anybody.
    slowly: { [lostProcesses]: ['F15|F16|between COMMIT and the message'] },
  },
  {
    name: 'preflight-deaf',
    module: `${releases}/preflight-actions.ts`,
    caughtBy: {},
    slowly: { [waves]: ['one target that cannot be written'] },
  },
  {
    name: 'proxy-follow-redirect',
    module: `${passing}/transport/passage.ts`,
    caughtBy: { [proxied]: ['S06'] },
  },
  { name: 'proxy-headers-pass', module: `${passing}/proxy/proxy-headers.ts`, caughtBy: { [proxied]: ['S39'] } },
  { name: 'proxy-inline', module: `${passing}/proxy/proxy-headers.ts`, caughtBy: { [proxied]: ['S37'] } },
  {
    name: 'proxy-no-pause',
    module: `${proxy}/answer.ts`,
    caughtBy: { [`${proxy}/answer.test.ts`]: ['S56'] },
  },
  { name: 'proxy-shared-cache', module: `${proxy}/admit.ts`, caughtBy: { [proxied]: ['S18'] } },
  { name: 'proxy-watch-open', module: `${passing}/proxy/proxy-permission.ts`, caughtBy: { [proxied]: ['S09'] } },
  { name: 'raw-path', module: `${proxy}/wire.ts`, caughtBy: { [proxied]: ['S07'] } },
  {
    name: 'raw-return',
    module: `${identity}/oidc/return-to.ts`,
    caughtBy: { [`${identity}/oidc/return-to.test.ts`]: ['S33'], [oidc]: ['S33'] },
  },
  {
    name: 'reach-ignored',
    module: `${releases}/machine-rows.ts`,
    caughtBy: {},
    slowly: { [faultyClusters]: ['name credential_rejected'] },
  },
  {
    name: 'refusals-alike',
    module: 'packages/kubernetes/src/apply/refusal.ts',
    caughtBy: {},
    slowly: {
      [faultyClusters]: [
        'name namespace_terminating',
        'name quota_exceeded',
        'name kind_unknown',
        'wait for an admission webhook',
        'fail where it stays down',
      ],
    },
  },
  {
    name: 'retry-after-ignored',
    module: `${watch}/refusals.ts`,
    caughtBy: {},
    slowly: { [`${watch}/storm.fault.test.ts`]: ['F04'] },
  },
  {
    name: 'revoke-deaf',
    module: 'apps/api/src/platform/events/revocations.ts',
    caughtBy: { [revocation]: ['S10'], [proxied]: ['S10'] },
  },
  {
    name: 'rollback-goes-on',
    module: `${releases}/machine-rows.ts`,
    caughtBy: {},
    slowly: { [faultyClusters]: ['stand still over a rollback'] },
  },
  { name: 'runs-abandoned', module: `${releases}/runs.store.ts`, caughtBy: {}, slowly: { [lostProcesses]: ['F15'] } },
  {
    name: 'scaler-last',
    module: 'packages/kubernetes/src/apply/replicas.ts',
    caughtBy: {},
    slowly: { [faultyClusters]: ['goes before its workload'] },
  },
  { name: 'scope-ignored', module: `${identity}/token-limits.ts`, caughtBy: { [tokens]: ['S26'] } },
  {
    name: 'secret-echoed',
    module: 'packages/kubernetes/src/transport/read-body.ts',
    caughtBy: { [canary]: ['S16'] },
  },
  {
    name: 'secret-in-dto',
    module: 'apps/api/src/features/clusters/credentials.ts',
    caughtBy: { [canary]: ['S15'] },
  },
  {
    name: 'self-raise',
    module: 'apps/api/src/features/access/granting-rules.ts',
    caughtBy: { 'apps/api/src/features/access/grants.route.test.ts': ['S25'] },
  },
  {
    name: 'sets-shared',
    module: 'apps/api/src/features/inventory/access-sets.ts',
    caughtBy: { [memberRbac]: ['S18'] },
  },
  {
    name: 'setup-reopens',
    module: `${identity}/claim.store.ts`,
    caughtBy: { [`${identity}/identity.route.test.ts`]: ['S30'] },
  },
  {
    name: 'shared-agent',
    module: 'packages/outbound/src/guarded-connector.ts',
    caughtBy: { [clusterClient]: ['S14'] },
  },
  { name: 'shared-cache', module: `${http}/bind.ts`, caughtBy: { [attacks]: ['S18'] } },
  {
    name: 'sight-once',
    module: 'apps/api/src/features/inventory/objects.stream.ts',
    caughtBy: { [memberRbac]: ['S09'] },
  },
  {
    name: 'slots-alone',
    module: 'apps/api/src/features/releases/check-registries.ts',
    caughtBy: { 'apps/api/src/features/templates/parameters.route.test.ts': ['S24'] },
  },
  {
    name: 'stale-sender',
    module: `${http}/server.ts`,
    caughtBy: { [`${http}/authentication.route.test.ts`]: ['S57'] },
  },
  { name: 'strip-only', module: `${http}/raw-request.ts`, caughtBy: { [edge]: ['S01'], [proxied]: ['S01'] } },
  {
    name: 'tag-followed',
    module: `${releases}/resolve-images.ts`,
    caughtBy: { [`${releases}/resolve-images.test.ts`]: ['stays that digest'] },
  },
  {
    name: 'text-template',
    module: 'packages/templating/src/render-node.ts',
    caughtBy: {
      'packages/templating/src/render.test.ts': ['S49'],
      'packages/templating/src/web-service.test.ts': ['S49'],
    },
  },
  {
    name: 'tls-off',
    module: 'packages/outbound/src/guarded-connector.ts',
    caughtBy: { [clusterClient]: ['S13'], [outbound]: ['S13'] },
  },
  {
    name: 'token-in-url',
    module: `${http}/raw-request.ts`,
    caughtBy: { [`${identity}/tokens.edge.route.test.ts`]: ['S27'] },
  },
  { name: 'trust-all', module: `${http}/server.ts`, caughtBy: { [edge]: ['S52'] } },
  {
    name: 'tunnel-kept',
    module: `${proxy}/tunnel.ts`,
    caughtBy: { [`${proxy}/proxy-upgrades.route.test.ts`]: ['S12'] },
  },
  {
    name: 'uid-ignored',
    module: `${releases}/prune-guards.ts`,
    caughtBy: { [`${releases}/prune-guards.test.ts`]: ['another one has its name'] },
    slowly: { [faultyClusters]: ['goes by the books'] },
  },
  {
    name: 'upgrade-early',
    module: `${http}/raw-request.ts`,
    caughtBy: { [edge]: ['S05'], [proxied]: ['S05'] },
  },
  {
    name: 'votes-stay',
    module: `${releases}/vote-counts.ts`,
    caughtBy: {},
    slowly: { [waves]: ['are void once their giver'] },
  },
  { name: 'watch-open', module: 'apps/api/src/platform/events/live-hub.ts', caughtBy: { [tenancy]: ['S09'] } },
  {
    name: 'watcher-throws',
    module: 'packages/kubernetes/src/projection/project-object.ts',
    caughtBy: { 'packages/kubernetes/src/kinds/watched-kinds.test.ts': ['S58'] },
  },
  { name: 'where-spread', module: `${http}/bind.ts`, caughtBy: { [attacks]: ['S47'] } },
  {
    name: 'withdrawn-offered',
    module: 'apps/api/src/features/templates/templates.store.ts',
    caughtBy: {},
    slowly: { [faultyClusters]: ['a template: what it made'] },
  },
  { name: 'yaml-bare', module: 'packages/kubernetes/src/auth/safe-yaml.ts', caughtBy: { [kubeconfig]: ['S44'] } },
];
