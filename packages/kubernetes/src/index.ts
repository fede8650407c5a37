export { type Applied, type ApplyHow, applyObject, deleteObject, readObject } from './apply/apply-object.ts';
export type { ApplyContext } from './apply/apply-request.ts';
export { type ChangedField, type FieldOwner, ownedChanges } from './apply/changed-fields.ts';
export { type DriftField, driftOf, type ObjectDrift, whyNotCompared } from './apply/drift-object.ts';
export { completeEdit, EditError, editableForm, maskedPlace } from './apply/edit-object.ts';
export { plainPath, readField, withoutFields } from './apply/field-path.ts';
export { maskSecret, withoutSecretValues } from './apply/mask-secret.ts';
export {
  collectionPathOf,
  type KubernetesObject,
  type ObjectRef,
  objectPath,
  orderObjects,
  refOf,
} from './apply/object-ref.ts';
export { createPreviewMemory, type PreviewMemory } from './apply/preview-memory.ts';
export {
  type ApplyQuestion,
  type ObjectPreview,
  type PreviewFinding,
  previewObject,
  withoutNoise,
} from './apply/preview-object.ts';
export { conflictsOf, refusalOf, refusalOfStatus, type WriteRefusal } from './apply/refusal.ts';
export { type RefusedField, refusedFields } from './apply/refused-fields.ts';
export { isScalable, namesReplicas, replicasField } from './apply/replicas.ts';
export { credentialExpiry } from './auth/credential-expiry.ts';
export { type DirectAccess, type DirectVerdict, parseDirectAccess } from './auth/direct-access.ts';
export { type ContextVerdict, type KubeconfigVerdict, parseKubeconfig } from './auth/kubeconfig.ts';
export type { AccessRefusal, AccessRefusalCode } from './auth/refusal.ts';
export {
  advanceHealth,
  type Health,
  type HealthEvent,
  type HealthState,
  isStopped,
  newHealth,
  nextProbeMs,
  noticeOf,
  type ProbeResult,
} from './connection/health.ts';
export { probeCluster, workerIdentity } from './connection/probe.ts';
export { toldTime } from './connection/told-time.ts';
export { createServedKinds, type ServedKinds } from './discovery/find-served-kind.ts';
export { reflectServed } from './discovery/reflect-served.ts';
export { type EvictionAnswer, evictPod, type NodeContext, type PodRef } from './drain/evict-pod.ts';
export { budgetsOf, type EvictionLoss, type JudgedPod, judgePods, type PodBudget } from './drain/judge-pods.ts';
export {
  budgetsIn,
  NodeAnswerError,
  type NodeState,
  podsOnNode,
  readNode,
  setCordon,
} from './drain/node-state.ts';
export { diagnose, type Evidence, type Verdict } from './health/diagnose.ts';
export { environmentVerdict } from './health/environment.ts';
export { type ObjectHealth, objectHealth } from './health/object-health.ts';
export { mayGoTo, type Placement, placementOf } from './health/placement.ts';
export {
  isOddPod,
  isOfRevision,
  isUnschedulable,
  newestRevision,
  type Revision,
  type RevisionedKind,
  type RevisionLabel,
} from './health/revision.ts';
export { projectEvent } from './kinds/event.ts';
export { collectionPath, type WatchedKind } from './kinds/kind.ts';
export { nodeKind } from './kinds/node.ts';
export { readableKinds, watchedKinds } from './kinds/watched-kinds.ts';
export { createManifestReader, type ManifestReader } from './manifests/manifest-reader.ts';
export { type Manifest, ManifestError } from './manifests/read-manifests.ts';
export { type BootstrapCall, BootstrapError, onboardingManager, runBootstrap } from './onboarding/bootstrap.ts';
export { compareManifest, type ManifestDifference } from './onboarding/compare-manifest.ts';
export {
  buildManifest,
  deleteCommand,
  extraKeys,
  manifestYaml,
  manualSteps,
  names as memberNames,
} from './onboarding/manifest.ts';
export type { InventoryKind, ManifestObject } from './onboarding/manifest-types.ts';
export { type OwnToken, OwnTokenRefused, requestOwnToken } from './onboarding/own-token.ts';
export { bindingProfiles, defaultProfile, type OnboardingProfile, peopleProfiles } from './onboarding/profile.ts';
export {
  ensureProjectNamespace,
  isProjectNamespaceReady,
  NamespaceProblem,
  type NamespaceProblemCode,
  type ProjectNamespace,
  projectObjects,
  removeProjectBindings,
} from './onboarding/project-namespace.ts';
export { type BindingOwner, cameLater, readProjectNumbers, type SeenNumbers } from './onboarding/project-numbers.ts';
export type { BlockingCode, BootstrapMode, Check, VerificationReport } from './onboarding/report.ts';
export { type Rung, rungs } from './onboarding/rungs.ts';
export { verifyCluster } from './onboarding/verify.ts';
export { leftoversOf } from './onboarding/verify-profile.ts';
export { projectObject } from './projection/project-object.ts';
export { parseQuantity } from './projection/quantity.ts';
export { podRequests, type Requests } from './projection/requests.ts';
export { type EventRow, type HealthLevel, healthLevels, type ObjectKey, type ObjectRow } from './projection/row.ts';
export { type KubernetesStatus, kubernetesStatus } from './proxy/kubernetes-status.ts';
export { headersIn, headersOut } from './proxy/proxy-headers.ts';
export { type ObjectTarget, type ProxyTarget, parseProxyPath, proxyPathOf } from './proxy/proxy-path.ts';
export {
  isPodHttp,
  isSecret,
  isSelfReview,
  isTunnel,
  type ProxyPermission,
  permissionsOf,
  placeOf,
} from './proxy/proxy-permission.ts';
export { isEndless, isFollow, isRead, type ProxyVerb, verbOf } from './proxy/proxy-verb.ts';
export { compileBinding, compileRole, rulesOf } from './rbac/compile.ts';
export { allows, type RbacQuestion } from './rbac/evaluate.ts';
export { rbacKinds } from './rbac/kinds.ts';
export {
  type Asker,
  grantsOf,
  groupSubject,
  joinPolicy,
  type NamedRbacObject,
  type RbacGrant,
  type RbacObject,
  type RbacPolicy,
  type RbacRule,
  subjectsOf,
  userSubject,
} from './rbac/policy.ts';
export { blind, isNamespaces, rowQuestions, type Sight, type SightKind, seesRow, sightOf } from './rbac/sight.ts';
export * from './transport/cluster-client.ts';
export {
  type ClusterClientLimits,
  type ClusterClientOptions,
  createClusterClient,
} from './transport/create-cluster-client.ts';
export type { PassageRequest, Passages, PassageTimes } from './transport/create-passages.ts';
export { IdentityRefusedError } from './transport/identity-headers.ts';
export { type AnswerSink, acceptOf, type UpgradeAnswer } from './transport/passage.ts';
export { retryAfterSeconds } from './transport/retry-after.ts';
export { createBackoff } from './watch/backoff.ts';
export { splitLines } from './watch/byte-lines.ts';
export { type Clock, sleep, systemClock } from './watch/clock.ts';
export { createPacing, type Pacing } from './watch/pacing.ts';
export type { ClusterReflection } from './watch/reflect-cluster.ts';
export { type ReflectorOptions, runReflector } from './watch/reflector.ts';
export {
  FenceLostError,
  type Sink,
  type StoredPosition,
  type WatchBatch,
  type WatchState,
} from './watch/sink.ts';
