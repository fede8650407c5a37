import type { Permission } from '@quarterdeck/contracts';
import { templateFiles } from './template-files.fixture.ts';

type Ids = Readonly<Record<string, string>>;

/**
 * What a request is about, and so which grants cover it.
 * `public` anybody · `self` everybody signed in, about themselves · `fleet` the installation · `list` whatever of it
 * the person may see · `cluster` · `namespace` of a cluster · `project` · `environment` of a project · `tenant` a
 * project as whoever has any part of it may know of it.
 */
export type Place =
  | 'public'
  | 'self'
  | 'fleet'
  | 'list'
  | 'cluster'
  | 'namespace'
  | 'project'
  | 'environment'
  | 'tenant';

export type PlacedEndpoint = {
  place: Place;
  permission: Permission | 'public';
  /** Ends the session or token that asks, so that a fresh one is taken for it. */
  spends?: true;
  /** Replaces fields of the generated body where a generated one would be refused before the check. */
  body?: (ids: Ids, own: Ids) => Record<string, unknown>;
  /** About the session, the token or the person that asks: who comes without one is told so. */
  onlyWith?: 'session' | 'token' | 'person';
  /** Reads back what it made, so it cannot be taken back for the next request. */
  commits?: true;
};

function at(place: Place, permission: Permission | 'public', more: Omit<PlacedEndpoint, 'place' | 'permission'> = {}) {
  return { place, permission, ...more };
}

/** A minute of each year. */
const yearly = { starts: '2020-01-01T00:00', ends: '2020-01-01T00:01', zone: 'UTC', rule: 'FREQ=YEARLY' };

const noCluster = () => ({ access: { kind: 'token', server: 'https://127.0.0.1:1', token: 'none' } });

const grantOfViewer = ({ prj }: Ids, { usr }: Ids) => ({
  subject: { kind: 'user', id: usr },
  roleId: 'viewer',
  scope: { kind: 'project', id: prj },
});

/**
 * Every endpoint with its permission and place as the design has them, by hand: the tests compare the product with
 * this, so nothing here may be made from the product.
 */
export const placedEndpoints: Readonly<Record<string, PlacedEndpoint>> = {
  // audit
  listAuditRecords: at('list', 'audit:read'),
  exportAuditRecords: at('list', 'audit:export'),
  getTrailVerification: at('fleet', 'audit:read'),
  getAuditRecord: at('project', 'audit:read'),
  // identity
  claimInstance: at('public', 'public'),
  signIn: at('public', 'public'),
  listProviders: at('public', 'public'),
  exchangeToken: at('public', 'public'),
  resetPassword: at('public', 'public'),
  startProviderSignIn: at('public', 'public'),
  providerCallback: at('public', 'public'),
  providerLogout: at('public', 'public'),
  getMe: at('self', 'identity:self', { onlyWith: 'session' }),
  signOut: at('self', 'identity:self', { spends: true, onlyWith: 'session' }),
  listMySessions: at('self', 'identity:self', { onlyWith: 'session' }),
  endMySession: at('self', 'identity:self', { spends: true, onlyWith: 'session' }),
  endMyOtherSessions: at('self', 'identity:self', { onlyWith: 'session' }),
  updateMe: at('self', 'identity:self', { onlyWith: 'session' }),
  changePassword: at('self', 'identity:self', { onlyWith: 'session' }),
  stepUp: at('self', 'identity:self', { onlyWith: 'session' }),
  startStepUp: at('self', 'identity:self', { onlyWith: 'session' }),
  startTotp: at('self', 'identity:self', { onlyWith: 'session' }),
  confirmTotp: at('self', 'identity:self', { onlyWith: 'session' }),
  renewRecoveryCodes: at('self', 'identity:self', { onlyWith: 'session' }),
  removeTotp: at('self', 'identity:self', { onlyWith: 'session' }),
  listUsers: at('fleet', 'identity:read'),
  getUser: at('fleet', 'identity:read'),
  createUser: at('fleet', 'identity:manage'),
  updateUser: at('fleet', 'identity:manage'),
  createResetLink: at('fleet', 'identity:manage'),
  listUserSessions: at('fleet', 'identity:manage'),
  endUserSessions: at('fleet', 'identity:manage'),
  endUserSession: at('fleet', 'identity:manage'),
  listGroups: at('fleet', 'identity:read'),
  getGroup: at('fleet', 'identity:read'),
  createGroup: at('fleet', 'identity:manage'),
  renameGroup: at('fleet', 'identity:manage'),
  deleteGroup: at('fleet', 'identity:manage'),
  addGroupMember: at('fleet', 'identity:manage'),
  removeGroupMember: at('fleet', 'identity:manage'),
  listIdentityProviders: at('fleet', 'identity:configure'),
  createIdentityProvider: at('fleet', 'identity:configure', { commits: true }),
  updateIdentityProvider: at('fleet', 'identity:configure'),
  deleteIdentityProvider: at('fleet', 'identity:configure'),
  testIdentityProvider: at('fleet', 'identity:configure'),
  listMyTokens: at('self', 'identity:self', { onlyWith: 'person' }),
  createMyToken: at('self', 'identity:self', { onlyWith: 'session' }),
  revokeMyToken: at('self', 'identity:self', { onlyWith: 'person' }),
  getCurrentToken: at('self', 'identity:self', { onlyWith: 'token' }),
  listTokens: at('fleet', 'identity:manage'),
  revokeToken: at('fleet', 'identity:manage'),
  listServiceAccounts: at('list', 'identity:service-accounts'),
  createServiceAccount: at('project', 'identity:service-accounts'),
  updateServiceAccount: at('project', 'identity:service-accounts'),
  deleteServiceAccount: at('project', 'identity:service-accounts'),
  listServiceAccountTokens: at('project', 'identity:service-accounts'),
  createServiceAccountToken: at('project', 'identity:service-accounts', {
    body: () => ({ permissions: ['applications:read'] }),
  }),
  revokeServiceAccountToken: at('project', 'identity:service-accounts'),
  listTrustRules: at('fleet', 'identity:configure'),
  createTrustRule: at('fleet', 'identity:configure'),
  replaceTrustRule: at('fleet', 'identity:configure', { body: (_ids, own) => ({ serviceAccountId: own.sva }) }),
  deleteTrustRule: at('fleet', 'identity:configure'),
  // access
  listProjects: at('list', 'environments:read'),
  getProject: at('tenant', 'environments:read'),
  createProject: at('fleet', 'access:projects'),
  updateProject: at('project', 'access:projects'),
  archiveProject: at('project', 'access:projects'),
  restoreProject: at('project', 'access:projects'),
  listEnvironments: at('tenant', 'environments:read'),
  createEnvironment: at('project', 'access:projects'),
  updateEnvironment: at('environment', 'access:projects'),
  orderEnvironments: at('project', 'access:projects'),
  listRoles: at('list', 'access:read'),
  createRole: at('fleet', 'access:roles', { commits: true }),
  updateRole: at('fleet', 'access:roles'),
  deleteRole: at('fleet', 'access:roles'),
  listSubjects: at('list', 'access:read'),
  listGrants: at('list', 'access:read'),
  previewGrant: at('list', 'access:grant', { body: grantOfViewer }),
  createGrant: at('project', 'access:grant', { body: grantOfViewer, commits: true }),
  updateGrant: at('project', 'access:grant'),
  revokeGrant: at('project', 'access:grant'),
  checkAccess: at('self', 'identity:self'),
  reviewAccess: at('list', 'access:export'),
  explainAccess: at('project', 'access:explain', {
    body: ({ prj }, { usr }) => ({ subject: { kind: 'user', id: usr }, target: { projectId: prj } }),
  }),
  // clusters
  verifyCluster: at('fleet', 'clusters:register', { body: noCluster }),
  reverifyCluster: at('cluster', 'clusters:update'),
  registerCluster: at('fleet', 'clusters:register', { body: noCluster }),
  listClusters: at('list', 'clusters:read'),
  getCluster: at('cluster', 'clusters:read'),
  getClusterHistory: at('cluster', 'clusters:read'),
  getOnboardingManifest: at('cluster', 'clusters:update'),
  updateCluster: at('cluster', 'clusters:update'),
  replaceClusterCredential: at('cluster', 'clusters:credentials', { body: noCluster }),
  pauseCluster: at('cluster', 'clusters:update'),
  resumeCluster: at('cluster', 'clusters:update'),
  removeCluster: at('cluster', 'clusters:remove'),
  createKubeconfig: at('cluster', 'clusters:read', { onlyWith: 'session' }),
  // inventory
  listObjects: at('list', 'inventory:read'),
  searchObjects: at('list', 'inventory:read'),
  summarizeInventory: at('list', 'inventory:read'),
  listEvents: at('list', 'inventory:read'),
  countEvents: at('list', 'inventory:read'),
  listNamespaceNames: at('list', 'inventory:read'),
  listNamespaceLoads: at('list', 'inventory:read'),
  listInventoryKinds: at('list', 'inventory:read'),
  listNodes: at('list', 'inventory:read'),
  facetObjects: at('list', 'inventory:read'),
  exportObjects: at('list', 'inventory:export'),
  listViews: at('list', 'inventory:read'),
  createView: at('project', 'inventory:read'),
  updateView: at('project', 'inventory:read'),
  deleteView: at('project', 'inventory:read'),
  // scheduling
  cordonNode: at('cluster', 'scheduling:drain'),
  uncordonNode: at('cluster', 'scheduling:drain'),
  planDrain: at('cluster', 'scheduling:drain'),
  drainNode: at('cluster', 'scheduling:drain'),
  listDrains: at('cluster', 'scheduling:drain'),
  getDrain: at('cluster', 'scheduling:drain'),
  cancelDrain: at('cluster', 'scheduling:drain'),
  // workloads
  evictPod: at('namespace', 'workloads:operate'),
  readPodLogs: at('namespace', 'workloads:logs'),
  readWorkloadLogs: at('namespace', 'workloads:logs'),
  readFleetLogs: at('list', 'workloads:logs'),
  readLiveObject: at('namespace', 'workloads:read'),
  diagnoseWorkload: at('namespace', 'workloads:read'),
  restartWorkload: at('namespace', 'workloads:operate'),
  scaleWorkload: at('namespace', 'workloads:operate'),
  deletePod: at('namespace', 'workloads:operate'),
  deleteObject: at('namespace', 'workloads:edit'),
  labelObject: at('namespace', 'workloads:edit', { body: () => ({ labels: { team: 'shop' } }) }),
  readEditable: at('namespace', 'workloads:read'),
  previewEdit: at('namespace', 'workloads:edit'),
  saveEdit: at('namespace', 'workloads:edit'),
  previewApply: at('cluster', 'workloads:edit', { body: () => ({ namespace: undefined, decisions: [] }) }),
  applyManifests: at('cluster', 'workloads:edit', { body: () => ({ namespace: undefined, decisions: [] }) }),
  previewDeed: at('namespace', 'workloads:read', { body: () => ({ deed: { kind: 'restart' } }) }),
  listWorkloadRevisions: at('namespace', 'workloads:read'),
  rollBackWorkload: at('namespace', 'workloads:operate', { body: () => ({ revision: 1 }) }),
  pauseWorkload: at('namespace', 'workloads:operate'),
  resumeWorkload: at('namespace', 'workloads:operate'),
  readWorkloadTree: at('namespace', 'inventory:read'),
  readWorkloadTimeline: at('namespace', 'inventory:read'),
  // applications
  createApplication: at('project', 'applications:write', {
    commits: true,
    body: ({ env = '' }) => ({ environments: [{ environmentId: env }] }),
  }),
  listApplications: at('list', 'applications:read'),
  getApplication: at('tenant', 'applications:read'),
  deleteApplication: at('project', 'applications:delete'),
  getDependencies: at('tenant', 'applications:read'),
  addDependency: at('project', 'applications:write', {
    body: ({ application = 'none/none' }) => ({ application }),
  }),
  removeDependency: at('project', 'applications:write'),
  getTargetSelection: at('environment', 'applications:read'),
  putTargetSelection: at('environment', 'environments:manage', { body: () => ({ selector: null, revision: 0 }) }),
  getEnvironmentDelivery: at('environment', 'environments:read'),
  putEnvironmentDelivery: at('environment', 'environments:manage', { body: () => ({ strategies: [], revision: 0 }) }),
  listFreezeWindows: at('list', 'environments:read'),
  createFreezeWindow: at('environment', 'environments:manage', {
    body: ({ env = '' }) => ({
      name: 'freeze',
      environmentId: env,
      projectId: undefined,
      recurrence: yearly,
    }),
  }),
  updateFreezeWindow: at('environment', 'environments:manage', {
    body: () => ({ name: 'freeze', recurrence: yearly, revision: 1 }),
  }),
  previewFreeze: at('list', 'environments:read', { body: () => ({ recurrence: yearly }) }),
  deleteFreezeWindow: at('environment', 'environments:manage'),
  // templates
  listTemplates: at('list', 'templates:read'),
  getTemplate: at('tenant', 'templates:read'),
  createTemplate: at('project', 'templates:write', { commits: true, body: () => ({ files: templateFiles('made') }) }),
  createTemplateVersion: at('project', 'templates:write', {
    commits: true,
    body: () => ({ files: templateFiles('made', '2.0.0') }),
  }),
  getTemplateVersion: at('tenant', 'templates:read'),
  saveTemplateDraft: at('project', 'templates:write', { body: () => ({ files: {} }) }),
  deleteTemplateDraft: at('project', 'templates:write'),
  lintTemplateVersion: at('tenant', 'templates:read', { body: () => ({ files: undefined }) }),
  renderTemplateVersion: at('tenant', 'templates:read', { body: () => ({ files: undefined }) }),
  publishTemplateVersion: at('project', 'templates:publish'),
  deprecateTemplateVersion: at('project', 'templates:publish'),
  withdrawTemplateVersion: at('project', 'templates:publish'),
  previewChartImport: at('project', 'templates:write', { body: () => ({ templateId: undefined }) }),
  importChart: at('project', 'templates:write', { commits: true, body: () => ({ templateId: undefined }) }),
  // parameters
  getApplicationTemplate: at('tenant', 'parameters:read'),
  setApplicationTemplate: at('environment', 'parameters:write'),
  getParameters: at('tenant', 'parameters:read'),
  saveParameters: at('environment', 'parameters:write', {
    body: () => ({ layer: 'environment', targetId: undefined }),
  }),
  getEffectiveParameters: at('environment', 'parameters:read'),
  // releases
  previewRelease: at('environment', 'releases:preview'),
  createRelease: at('environment', 'releases:create'),
  listReleases: at('list', 'releases:read'),
  getRelease: at('environment', 'releases:read'),
  listReleaseObjects: at('environment', 'releases:read'),
  diffRelease: at('environment', 'releases:read'),
  rollbackRelease: at('environment', 'releases:rollback', { commits: true }),
  abortRelease: at('environment', 'releases:operate'),
  resumeRelease: at('environment', 'releases:operate'),
  pauseRelease: at('environment', 'releases:operate'),
  approveRelease: at('environment', 'releases:approve'),
  overrideFreeze: at('environment', 'releases:override-freeze'),
  retryTarget: at('environment', 'releases:operate'),
  skipTarget: at('environment', 'releases:operate'),
  catchUpDebt: at('environment', 'releases:operate', { commits: true }),
  dismissDebt: at('environment', 'releases:operate'),
  listRejectedDigests: at('tenant', 'releases:read'),
  deleteRejectedDigest: at('environment', 'releases:operate'),
  removeFromEnvironment: at('environment', 'applications:delete'),
  previewUpgrades: at('tenant', 'releases:preview'),
  createUpgrades: at('tenant', 'releases:create', { commits: true }),
  compareTargets: at('environment', 'releases:read'),
  getApplicationDrift: at('tenant', 'releases:read'),
  createEvacuation: at('list', 'releases:evacuate', { commits: true }),
  listEvacuations: at('list', 'releases:evacuate'),
  getEvacuation: at('list', 'releases:evacuate'),
  approveEvacuation: at('list', 'releases:evacuate', { commits: true }),
  listDrift: at('list', 'releases:read'),
  compareDrift: at('environment', 'releases:preview', { body: () => ({ targetId: undefined }) }),
  takeBack: at('environment', 'releases:create'),
  confirmPrune: at('environment', 'releases:prune'),
  decideTarget: at('environment', 'releases:take-over'),
  listFieldRules: at('tenant', 'releases:read'),
  deleteFieldRule: at('environment', 'releases:take-over'),
  // pipelines
  createPipelineConnection: at('project', 'pipelines:manage', { commits: true }),
  listPipelineConnections: at('list', 'pipelines:read'),
  updatePipelineConnection: at('project', 'pipelines:manage'),
  deletePipelineConnection: at('project', 'pipelines:manage'),
  testPipelineConnection: at('project', 'pipelines:manage'),
  createHook: at('project', 'pipelines:manage', { commits: true }),
  listHooks: at('list', 'pipelines:read'),
  updateHook: at('project', 'pipelines:manage'),
  rotateHook: at('project', 'pipelines:manage'),
  deleteHook: at('project', 'pipelines:manage'),
  testHook: at('project', 'pipelines:manage'),
  receiveHook: at('public', 'public'),
  createDeployTrigger: at('environment', 'pipelines:manage', { commits: true }),
  listDeployTriggers: at('list', 'pipelines:read'),
  replaceDeployTrigger: at('environment', 'pipelines:manage'),
  deleteDeployTrigger: at('environment', 'pipelines:manage'),
  listCandidates: at('list', 'pipelines:read'),
  listDeliveries: at('list', 'pipelines:read'),
  getDelivery: at('project', 'pipelines:read'),
  replayDelivery: at('project', 'pipelines:replay'),
  listOutboundEffects: at('list', 'pipelines:read'),
  retryOutboundEffect: at('project', 'pipelines:manage'),
  createCiDeployment: at('environment', 'pipelines:deploy', {
    commits: true,
    body: ({ application = 'none/none', environment = 'none' }) => ({
      application,
      environment,
      images: { main: `127.0.0.1:1/app@sha256:${'0'.repeat(64)}` },
    }),
  }),
  getCiDeployment: at('environment', 'pipelines:deploy'),
  getCiReport: at('environment', 'pipelines:deploy'),
  getCiSnippet: at('project', 'pipelines:read'),
};

/** Live views and streams, by the same rule. */
export const placedViews: Readonly<Record<string, PlacedEndpoint>> = {
  'clusters.index': at('list', 'clusters:read'),
  'inventory.objects': at('list', 'inventory:read'),
  'scheduling.drain': at('cluster', 'scheduling:drain'),
  'releases.release': at('tenant', 'releases:read'),
  'pipelines.deliveries': at('tenant', 'pipelines:read'),
};
export const placedStreams: Readonly<Record<string, PlacedEndpoint>> = {
  followPodLogs: at('namespace', 'workloads:logs'),
  followWorkloadLogs: at('namespace', 'workloads:logs'),
  followFleetLogs: at('list', 'workloads:logs'),
};

/** What is asked of a cluster through us; `ns` stands for a namespace. `never`: nobody may, whatever they hold. */
export type PlacedMapping = { place: 'cluster' | 'namespace'; permission: Permission | 'never'; ws?: string };

const v5 = 'v5.channel.k8s.io';
const pod = '/api/v1/namespaces/ns/pods/pod';
const deployment = '/apis/apps/v1/namespaces/ns/deployments/app';

function asked(place: PlacedMapping['place'], permission: PlacedMapping['permission'], ws?: string): PlacedMapping {
  return { place, permission, ...(ws === undefined ? {} : { ws }) };
}

/** Method and path of each kind of request through the cluster proxy, by hand like all of the above. */
export const placedMappings: Readonly<Record<string, PlacedMapping>> = {
  'GET /version': asked('cluster', 'clusters:read'),
  'GET /apis': asked('cluster', 'clusters:read'),
  'GET /openapi/v2': asked('cluster', 'clusters:read'),
  'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews': asked('cluster', 'clusters:read'),
  'GET /api/v1/pods': asked('cluster', 'inventory:read'),
  'GET /api/v1/pods?watch=1': asked('cluster', 'inventory:read'),
  'GET /api/v1/nodes': asked('cluster', 'inventory:read'),
  'GET /api/v1/namespaces/ns': asked('namespace', 'inventory:read'),
  'GET /api/v1/namespaces/ns/pods': asked('namespace', 'inventory:read'),
  'GET /api/v1/namespaces/ns/pods?watch=1': asked('namespace', 'inventory:read'),
  [`GET ${pod}`]: asked('namespace', 'inventory:read'),
  [`GET ${deployment}/scale`]: asked('namespace', 'inventory:read'),
  'GET /api/v1/secrets': asked('cluster', 'workloads:read-secrets'),
  'GET /api/v1/namespaces/ns/secrets': asked('namespace', 'workloads:read-secrets'),
  'GET /api/v1/namespaces/ns/secrets?watch=1': asked('namespace', 'workloads:read-secrets'),
  'POST /api/v1/namespaces/ns/secrets': asked('namespace', 'workloads:write-secrets'),
  [`GET ${pod}/log`]: asked('namespace', 'workloads:logs'),
  [`GET ${pod}/log?follow=1`]: asked('namespace', 'workloads:logs'),
  [`GET ${pod}/exec`]: asked('namespace', 'workloads:exec', v5),
  [`POST ${pod}/exec`]: asked('namespace', 'workloads:exec'),
  [`GET ${pod}/attach`]: asked('namespace', 'workloads:exec', v5),
  [`PATCH ${pod}/ephemeralcontainers`]: asked('namespace', 'workloads:exec'),
  [`GET ${pod}/portforward`]: asked('namespace', 'workloads:forward', 'SPDY/3.1+portforward.k8s.io'),
  [`POST ${pod}/eviction`]: asked('namespace', 'workloads:operate'),
  [`DELETE ${pod}`]: asked('namespace', 'workloads:operate'),
  [`PATCH ${deployment}/scale`]: asked('namespace', 'workloads:operate'),
  [`PATCH ${deployment}`]: asked('namespace', 'workloads:edit'),
  'POST /apis/apps/v1/namespaces/ns/deployments': asked('namespace', 'workloads:edit'),
  'DELETE /apis/apps/v1/namespaces/ns/deployments': asked('namespace', 'workloads:edit'),
  'POST /api/v1/namespaces/ns/serviceaccounts/robot/token': asked('namespace', 'clusters:mint'),
  'POST /apis/rbac.authorization.k8s.io/v1/namespaces/ns/rolebindings': asked('namespace', 'clusters:administer'),
  'POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings': asked('cluster', 'clusters:administer'),
  'POST /api/v1/namespaces': asked('cluster', 'clusters:administer'),
  'DELETE /api/v1/namespaces/ns': asked('cluster', 'clusters:administer'),
  'PATCH /api/v1/nodes/node': asked('cluster', 'scheduling:drain'),
  'DELETE /api/v1/nodes/node': asked('cluster', 'clusters:administer'),
  'GET /api/v1/nodes/node/proxy/pods': asked('cluster', 'never'),
  'POST /api/v1/nodes/node/proxy/run/ns/pod/main': asked('cluster', 'never'),
  [`GET ${pod}/proxy/admin`]: asked('namespace', 'never'),
  'GET /api/v1/namespaces/ns/services/app/proxy': asked('namespace', 'never'),
  [`POST ${pod}/binding`]: asked('namespace', 'never'),
};
