import type { IncomingHttpHeaders } from 'node:http';
import type { Authority } from './certificates.ts';

/** What another process needs to use a running cluster; plain JSON. */
export type ClusterData = {
  name: string;
  server: string;
  caPem: string;
  caKeyPem: string;
  adminToken: string;
  kubeconfig: string;
  kubeconfigWithClientCert: string;
  logFile: string;
  /** Address of the etcd behind it. */
  etcd: string;
  /** Where its writes are noted; absent unless the fleet was started with `audit`. */
  auditFile?: string;
};

/** What another process needs to use a running fleet; plain JSON, given to `attachControlPlanes`. */
export type FleetData = {
  socket: string;
  /** Where the processes are recorded, for whoever cleans up. */
  runFolder: string;
  /** The program kubectl of the same version. */
  kubectl: string;
  clusters: ClusterData[];
};

export type FleetOptions = {
  /** How many clusters; 1 unless told. */
  count?: number;
  /** Names instead of `testbed-1`, `testbed-2`… */
  names?: string[];
  /** KWOK nodes in each cluster from the start; 0 unless told. */
  nodes?: number;
  /** Controller manager, scheduler and KWOK beside each API server; true unless told. Without them nothing gets Ready. */
  controllers?: boolean;
  /** Notes every write of whoever is not the admin, for `readAuditLog`; false unless told. */
  audit?: boolean;
  /** Lets `exec` in pods run commands on this very machine, for whoever reaches KWOK's loopback port; false unless told. */
  podExec?: boolean;
  /** Loopback port of a server of the test's own, which answers for every port of every pod; none unless told. */
  podPort?: number;
  /** Gets a line per step of a build, which takes minutes the first time. */
  log?: (line: string) => void;
};

export type NodeOptions = {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  taints?: { key: string; value?: string; effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute' }[];
  /** Capacity and allocatable; 8 cpu, 32Gi memory, 110 pods unless told. */
  capacity?: Record<string, string>;
};

export type RequestOptions = {
  /** `application/json`, or for PATCH `application/merge-patch+json`, unless told. */
  contentType?: string;
  /** The admin's token unless told; `undefined` given on purpose sends none. */
  token?: string | undefined;
  headers?: Record<string, string | string[]>;
  timeoutMs?: number;
  /** Gets the headers of the answer. */
  onHeaders?: (headers: IncomingHttpHeaders) => void;
};

/** Lines of an answer that may never end, such as a followed log or a watch. */
export type LineStream = { lines: AsyncIterable<string>; close(): void };

export type Cluster = Omit<ClusterData, 'caKeyPem' | 'logFile' | 'etcd'> & {
  /** Everything as JSON. */
  data: ClusterData;
  /** The cluster's own authority: issues client certificates that it accepts (or refuses, when expired). */
  authority(): Promise<Authority>;
  /** A request as the admin; the parsed answer, or a `ClusterRequestError` for a status of 400 and above. */
  request<T = unknown>(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<T>;
  /** A GET as the admin, line by line. */
  stream(path: string, options?: RequestOptions): Promise<LineStream>;
  /** Adds nodes run by KWOK and waits until they are Ready (without controllers: only creates them). Returns their names. */
  addNodes(count: number, options?: NodeOptions): Promise<string[]>;
  /** A token of the service account, which is created when missing. */
  createToken(namespace: string, serviceAccount: string): Promise<string>;
  /** Adds a line to the log that all pods of the cluster show; who follows sees it at once. */
  appendPodLog(line: string): Promise<void>;
  /** Forgets every change so far: continuations of lists and watches from before get 410. */
  compact(): Promise<void>;
  /** Ends the API server abruptly; connections break, etcd keeps the data. */
  stopApiServer(): Promise<void>;
  /** Starts it again on the same port and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** Freezes the API server: it accepts connections and never answers. */
  pauseApiServer(): Promise<void>;
  resumeApiServer(): Promise<void>;
  /** Freezes KWOK: nodes stop renewing their leases and become NotReady after the grace period of Kubernetes (50 s). */
  pauseNodes(): Promise<void>;
  resumeNodes(): Promise<void>;
};

/** A fleet that somebody else started and will stop. */
export type AttachedFleet = { clusters: Cluster[]; kubectl: string };

export type Fleet = AttachedFleet & {
  data: FleetData;
  /** Ends every process of the fleet and removes its data. */
  stop(): Promise<void>;
};
