import { isDeepStrictEqual } from 'node:util';
import type { ClusterClient, ClusterEndpoint, ClusterResponse } from '../transport/cluster-client.ts';
import { inBatches } from './in-batches.ts';
import { names } from './manifest.ts';
import type { ManifestObject } from './manifest-types.ts';
import { placeOf } from './object-path.ts';
import { OwnTokenRefused, ownTokenPath, requestOwnToken } from './own-token.ts';
import { waitUntil } from './wait-until.ts';

export type ManifestChange = {
  kind: string;
  name: string;
  namespace?: string;
  change: 'create' | 'change' | 'unchanged';
};

/** What applying the manifest would do, or why the pasted credential cannot. */
export type BootstrapPlan = {
  changes: ManifestChange[];
  /** Undefined: the credential may apply all of it. */
  obstacle?: string;
};

/** The manifest could not be applied, or our ServiceAccount got no token. */
export class BootstrapError extends Error {
  readonly code = 'bootstrap_failed';
  constructor(message: string) {
    super(message);
    this.name = 'BootstrapError';
  }
}

/** One call of the bootstrap, for the audit trail: these are the only calls without impersonation. */
export type BootstrapCall = { method: string; path: string; status: number };

/** Field manager of the bootstrap: `quarterdeck-onboarding.<installation>`. */
export function onboardingManager(installation: string): string {
  return `quarterdeck-onboarding.${installation}`;
}

/** Compares the manifest with the cluster by server-side dry runs as the pasted credential. Changes nothing. */
export async function planBootstrap(options: {
  client: ClusterClient;
  manifest: readonly ManifestObject[];
  fieldManager: string;
}): Promise<BootstrapPlan> {
  const { client, manifest } = options;
  const namespace = await get(client, `/api/v1/namespaces/${names.namespace}`);
  const steps = await inBatches(manifest, async (object) => {
    // Inside a namespace that does not exist yet a dry run fails, whatever the rights.
    if (object.metadata.namespace !== undefined && namespace.status === 404) {
      return { change: describe(object, 'create'), refused: await refusedCreate(client, object) };
    }
    const live = await get(client, placeOf(object).path);
    const dry = await apply(client, object, { ...options, dryRun: true });
    const change = live.status === 404 ? 'create' : isSame(live.body, dry.body) ? 'unchanged' : 'change';
    return { change: describe(object, change), refused: dry.status >= 300 ? refusal(object, dry) : undefined };
  });
  const obstacle = steps.find((step) => step.refused !== undefined)?.refused;
  return { changes: steps.map((step) => step.change), ...(obstacle === undefined ? {} : { obstacle }) };
}

/**
 * Applies the manifest with the pasted credential and returns an endpoint that holds nothing but the token of our
 * ServiceAccount. May run twice: every step is a server-side apply of our own objects.
 * @throws BootstrapError naming the object and what the cluster said about it
 */
export async function runBootstrap(options: {
  client: ClusterClient;
  endpoint: ClusterEndpoint;
  manifest: readonly ManifestObject[];
  fieldManager: string;
  onCall?: (call: BootstrapCall) => void | Promise<void>;
  tokenTimeoutMs?: number;
  /** Take a token with an end by a TokenRequest instead of the one of the Secret. */
  renewing?: boolean;
}): Promise<ClusterEndpoint> {
  const { client, endpoint, manifest, onCall } = options;
  for (const object of manifest) {
    const answer = await apply(client, object, { fieldManager: options.fieldManager, dryRun: false });
    await onCall?.({ method: 'PATCH', path: placeOf(object).path, status: answer.status });
    if (answer.status >= 300) throw new BootstrapError(refusal(object, answer));
  }
  const { credential: _, ...address } = endpoint;
  if (options.renewing === true) {
    const token = await firstOwnToken(client, onCall);
    return { ...address, credential: { kind: 'token', token } };
  }
  const path = `/api/v1/namespaces/${names.namespace}/secrets/${names.tokenSecret}`;
  const token = await waitUntil(async () => tokenOf(await get(client, path)), options.tokenTimeoutMs ?? 15_000);
  await onCall?.({ method: 'GET', path, status: 200 });
  if (token === undefined) {
    throw new BootstrapError(
      `The manifest is applied, but the cluster put no token into Secret ${names.namespace}/${names.tokenSecret}. Its controller manager may not be running; try again.`,
    );
  }
  return { ...address, credential: { kind: 'token', token } };
}

async function firstOwnToken(
  client: ClusterClient,
  onCall: ((call: BootstrapCall) => void | Promise<void>) | undefined,
): Promise<string> {
  try {
    const { token } = await requestOwnToken(client, 'self');
    await onCall?.({ method: 'POST', path: ownTokenPath, status: 201 });
    return token;
  } catch (error) {
    if (!(error instanceof OwnTokenRefused)) throw error;
    await onCall?.({ method: 'POST', path: ownTokenPath, status: error.status });
    throw new BootstrapError(`The manifest is applied, but ${error.message}`);
  }
}

function get(client: ClusterClient, path: string): Promise<ClusterResponse> {
  return client.request({ method: 'GET', path, identity: 'self' });
}

function apply(
  client: ClusterClient,
  object: ManifestObject,
  { fieldManager, dryRun }: { fieldManager: string; dryRun: boolean },
): Promise<ClusterResponse> {
  return client.request({
    method: 'PATCH',
    path: placeOf(object).path,
    identity: 'self',
    // These objects are ours by name: what `kubectl apply` or an older version wrote there is taken over.
    query: { fieldManager, force: true, ...(dryRun ? { dryRun: 'All' } : {}) },
    contentType: 'application/apply-patch+yaml',
    body: object,
  });
}

async function refusedCreate(client: ClusterClient, object: ManifestObject): Promise<string | undefined> {
  const { group, resource } = placeOf(object);
  const answer = await client.request<{ status?: { allowed?: boolean } }>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    identity: 'self',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { group, resource, verb: 'create', namespace: object.metadata.namespace } },
    },
  });
  if (answer.body?.status?.allowed === true) return undefined;
  return `This credential may not create ${resource} in namespace ${object.metadata.namespace}.`;
}

function describe({ kind, metadata }: ManifestObject, change: ManifestChange['change']): ManifestChange {
  const namespace = metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
  return { kind, name: metadata.name, ...namespace, change };
}

function refusal(object: ManifestObject, answer: ClusterResponse): string {
  const message = (answer.body as { message?: unknown } | undefined)?.message;
  const said = typeof message === 'string' ? message.slice(0, 300) : `status ${answer.status}`;
  return `${object.kind} ${object.metadata.name} was refused by the cluster: ${said}`;
}

/** Equal but for the bookkeeping that every apply touches. */
function isSame(live: unknown, dry: unknown): boolean {
  return isDeepStrictEqual(withoutBookkeeping(live), withoutBookkeeping(dry));
}

function withoutBookkeeping(object: unknown): unknown {
  if (typeof object !== 'object' || object === null) return object;
  const { metadata, ...rest } = object as { metadata?: Record<string, unknown> };
  const { managedFields: _, resourceVersion: __, ...kept } = metadata ?? {};
  return { ...rest, metadata: kept };
}

function tokenOf(answer: ClusterResponse): string | undefined {
  const encoded = (answer.body as { data?: { token?: unknown } } | undefined)?.data?.token;
  if (answer.status !== 200 || typeof encoded !== 'string' || encoded === '') return undefined;
  return Buffer.from(encoded, 'base64').toString('utf8');
}
