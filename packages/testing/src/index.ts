export { failAnnotation, failInitAnnotation, outageAnnotation, readyAfterAnnotation } from '@quarterdeck/simulator';
export { startSimulated } from './behaviour/simulated.ts';
export {
  attachBothFleets,
  describeFleets,
  startBothFleets,
  stopFleets,
  type TestCluster,
  type TestFleet,
} from './behaviour/test-fleet.ts';
export { chartArchive, type TarEntry, tarGz } from './charts/chart-archive.ts';
export { type AuditedWrite, readAuditLog } from './control-plane/audit-log.ts';
export {
  type Authority,
  createAuthority,
  expired,
  type IssuedCertificate,
  openAuthority,
  type Validity,
} from './control-plane/certificates.ts';
export { ClusterRequestError, createClusterClient } from './control-plane/cluster-client.ts';
export {
  attachControlPlanes,
  helmProgram,
  startControlPlanes,
  TestbedUnavailable,
  whyUnavailable,
} from './control-plane/fleet.ts';
export { writeKubeconfig } from './control-plane/kubeconfig.ts';
export { createKubectl, type Kubectl } from './control-plane/kubectl.ts';
export { freePort } from './control-plane/ports.ts';
export { identifyProcess } from './control-plane/process-identity.ts';
export { attachSharedFleet, type SharedFleet } from './control-plane/shared-fleet.ts';
export type {
  AttachedFleet,
  Cluster,
  ClusterData,
  Fleet,
  FleetData,
  FleetOptions,
  LineStream,
  NodeOptions,
  RequestOptions,
} from './control-plane/types.ts';
export { waitFor } from './control-plane/wait-for.ts';
export {
  type AnswerFault,
  byLine,
  cutInCharacter,
  goneByHttp,
  goneInStream,
  hang,
  insertLine,
  refuse,
  repeatEvents,
  sayLine,
  sayText,
  slice,
  stopAfter,
  throttle,
} from './fault-proxy/answer-faults.ts';
export type { Asked, Where } from './fault-proxy/answers.ts';
export { type FaultProxy, startFaultProxy } from './fault-proxy/fault-proxy.ts';
export { type History, runHistories } from './fault-proxy/histories.ts';
export { type Network, startNetwork } from './fault-proxy/network.ts';
export { createRandom, type Random } from './fault-proxy/random.ts';
export {
  compareTruth,
  type Differences,
  explainDifferences,
  type ListedObject,
  listDirectly,
  untilTrue,
} from './fault-proxy/truth.ts';
export { claimProduct, type Owner, productOwner } from './product/claim.ts';
export {
  makeDataFolder,
  mutantEnvironment,
  type Product,
  type ProductOptions,
  removeDataFolder,
  startProduct,
} from './product/product.ts';
