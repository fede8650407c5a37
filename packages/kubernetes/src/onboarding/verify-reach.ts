import { type AddressGuard, AddressRefusedError, isOtherProtocol, OutboundError } from '@quarterdeck/outbound';
import { credentialExpiry } from '../auth/credential-expiry.ts';
import { toldTime } from '../connection/told-time.ts';
import {
  type ClusterClient,
  type ClusterEndpoint,
  ClusterError,
  type ClusterResponse,
} from '../transport/cluster-client.ts';
import { addressOf } from '../transport/connector.ts';
import type { BlockingCode, Check } from './report.ts';

const showCa =
  "kubectl config view --raw --flatten --minify -o jsonpath='{.clusters[0].cluster.certificate-authority-data}' | base64 -d";
const dayMs = 86_400_000;
const calls = 5;

/** Whether the address may be dialled and has an answer in DNS. */
export async function checkAddress(endpoint: ClusterEndpoint, guard: AddressGuard): Promise<Check> {
  const { host, port } = addressOf(endpoint);
  try {
    // Behind a proxy the proxy resolves names; a literal address is judged all the same.
    if (endpoint.proxyUrl === undefined) await guard.check(host, port);
    else guard.checkLiteral(host, port);
    return { id: 'address', level: 'ok', title: 'Address', detail: `${host}:${port} may be dialled.` };
  } catch (error) {
    if (error instanceof AddressRefusedError) {
      return {
        ...blocked('address', 'address_refused', 'Address', error.message),
        remedy: { text: 'If a cluster really is there, allow this address and start again.', command: error.remedy },
      };
    }
    if (!(error instanceof OutboundError)) throw error;
    return blocked('address', 'cluster_unreachable', 'Address', error.message);
  }
}

/** Whether the credential says itself that it is over. */
export function checkExpiry(endpoint: ClusterEndpoint, now: Date): { check: Check; expiresAt?: Date } {
  const expiresAt = credentialExpiry(endpoint.credential);
  const title = 'Credential expiry';
  if (expiresAt === undefined) {
    return { check: { id: 'expiry', level: 'ok', title, detail: 'The credential names no end.' } };
  }
  const days = Math.floor((expiresAt.getTime() - now.getTime()) / dayMs);
  const when = toldTime(expiresAt, now);
  if (expiresAt <= now) {
    return { check: blocked('expiry', 'credential_expired', title, `The credential expired ${when}.`), expiresAt };
  }
  if (days < 30) {
    const detail = `The credential expires ${when}.`;
    return { check: { id: 'expiry', level: 'warn', code: 'credential_expires_soon', title, detail }, expiresAt };
  }
  return { check: { id: 'expiry', level: 'ok', title, detail: `The credential is good until ${when}.` }, expiresAt };
}

export type Reach = { checks: Check[]; version?: string; latencyMs?: number; isReached: boolean };

/** Dials: TLS, credential, version, then the latency of five calls and the clocks. */
export async function checkReach(client: ClusterClient, now: () => Date): Promise<Reach> {
  let first: ClusterResponse;
  try {
    first = await askVersion(client);
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    return { checks: [transportProblem(error)], isReached: false };
  }
  const tls: Check = { id: 'tls', level: 'ok', title: 'TLS chain', detail: 'The server certificate is trusted.' };
  const problem = answerProblem(first);
  if (problem !== undefined) return { checks: [tls, problem], isReached: false };

  const version = versionOf(first);
  const { latencyMs, skewSeconds } = await measure(client, now);
  return {
    checks: [
      tls,
      { id: 'credential', level: 'ok', title: 'Credential', detail: 'The cluster knows this credential.' },
      versionCheck(version),
      latencyCheck(latencyMs),
      clockCheck(skewSeconds),
    ],
    ...(version === undefined ? {} : { version }),
    latencyMs,
    isReached: true,
  };
}

function askVersion(client: ClusterClient): Promise<ClusterResponse> {
  return client.request({ method: 'GET', path: '/version', identity: 'self' });
}

function transportProblem(error: ClusterError): Check {
  if (isOtherProtocol(error.cause) || error.code === 'upstream_redirect' || error.code === 'answer_too_large') {
    return notKubernetes(error.message);
  }
  if (error.code === 'tls_untrusted') {
    return {
      ...blocked('tls', 'tls_untrusted', 'TLS chain', error.message),
      remedy: {
        text: 'Give the CA that issued the server certificate. This line prints the one kubectl uses.',
        command: showCa,
      },
    };
  }
  if (error.code === 'address_refused') return blocked('address', 'address_refused', 'Address', error.message);
  return blocked('tls', 'cluster_unreachable', 'Connection', error.message);
}

function answerProblem(answer: ClusterResponse): Check | undefined {
  if (answer.status === 401) {
    return {
      ...blocked('credential', 'credential_rejected', 'Credential', 'The cluster does not know this credential (401).'),
      remedy: { text: 'It was revoked, is of another cluster, or was cut when it was copied. Print a new one.' },
    };
  }
  if (versionOf(answer) !== undefined || isStatus(answer)) return undefined;
  return notKubernetes(`What answers there is no Kubernetes API server: /version gave ${answer.status}.`);
}

function notKubernetes(detail: string): Check {
  return {
    ...blocked('version', 'not_kubernetes', 'Kubernetes', detail),
    remedy: {
      text: 'Give the address of the API server: the line prints the one kubectl uses.',
      command: 'kubectl config view --minify -o jsonpath={.clusters[0].cluster.server}',
    },
  };
}

function versionOf({ body }: ClusterResponse): string | undefined {
  const version = (body as { gitVersion?: unknown } | undefined)?.gitVersion;
  return typeof version === 'string' && /^v\d+\.\d+/.test(version) ? version.slice(0, 64) : undefined;
}

function isStatus({ body }: ClusterResponse): boolean {
  const status = body as { kind?: unknown; apiVersion?: unknown } | undefined;
  return status?.kind === 'Status' && status.apiVersion === 'v1';
}

async function measure(client: ClusterClient, now: () => Date): Promise<{ latencyMs: number; skewSeconds: number }> {
  const latencies: number[] = [];
  let skewSeconds = 0;
  for (let call = 0; call < calls; call += 1) {
    const startedAt = performance.now();
    const answer = await askVersion(client);
    latencies.push(performance.now() - startedAt);
    const date = Date.parse(String(answer.headers.date ?? ''));
    if (!Number.isNaN(date)) skewSeconds = (now().getTime() - date) / 1000;
  }
  latencies.sort((a, b) => a - b);
  return { latencyMs: Math.round((latencies[Math.floor(calls / 2)] ?? 0) * 10) / 10, skewSeconds };
}

function versionCheck(version: string | undefined): Check {
  const title = 'Kubernetes version';
  if (version === undefined) {
    return {
      id: 'version',
      level: 'warn',
      code: 'version_unknown',
      title,
      detail: 'The credential may not read /version.',
    };
  }
  const minor = Number(/^v1\.(\d+)/.exec(version)?.[1] ?? 0);
  if (minor < 28) {
    return {
      id: 'version',
      level: 'warn',
      code: 'version_old',
      title,
      detail: `${version} is older than 1.28, the oldest we test.`,
    };
  }
  return { id: 'version', level: 'ok', title, detail: version };
}

/** Whether a cluster answers in a time that people bear. */
export function latencyCheck(latencyMs: number): Check {
  const detail = `${latencyMs} ms, the middle of ${calls} calls.`;
  return latencyMs > 1000
    ? { id: 'latency', level: 'warn', code: 'slow', title: 'Latency', detail }
    : { id: 'latency', level: 'ok', title: 'Latency', detail };
}

function clockCheck(skewSeconds: number): Check {
  const seconds = Math.abs(Math.round(skewSeconds));
  // The Date header has whole seconds, and the answer took time.
  if (seconds <= 30) return { id: 'clock', level: 'ok', title: 'Clocks', detail: 'The clocks agree.' };
  const direction = skewSeconds > 0 ? 'behind' : 'ahead of';
  return {
    id: 'clock',
    level: 'warn',
    code: 'clock_skew',
    title: 'Clocks',
    detail: `The cluster's clock is ${seconds} s ${direction} ours.`,
    remedy: { text: 'Tokens and ages go wrong with the clock: synchronise both machines with NTP.' },
  };
}

function blocked(id: Check['id'], code: BlockingCode, title: string, detail: string): Check {
  return { id, level: 'block', code, title, detail };
}
