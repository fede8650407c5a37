import { type ApplyContext, failureOf, foreignOwner, readObject, sendApply } from './apply-object.ts';
import { maskSecret, withoutSecretValues } from './mask-secret.ts';
import { collectionPathOf, type KubernetesObject, refOf } from './object-ref.ts';
import { refusalOf, type WriteRefusal } from './refusal.ts';

export type PreviewFinding = { level: 'warn' | 'block'; code: string; detail: string; field?: string };

export type ObjectPreview = {
  change: 'create' | 'change' | 'unchanged' | 'conflict' | 'unknown';
  /** As it is and as it would be, without what the server sets and with secret values masked. */
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
  uid?: string;
  warnings: string[];
  finding?: PreviewFinding;
};

/** Asks the cluster what applying an object would do, by a server-side dry run; writes nothing. */
export async function previewObject(context: ApplyContext, object: KubernetesObject): Promise<ObjectPreview> {
  const ref = refOf(object);
  const shown = (said: string) => withoutSecretValues(object, said);
  try {
    const live = await readObject(context, ref);
    const is = live === undefined ? undefined : withoutNoise(live);
    const before = is === undefined ? undefined : maskSecret(is);
    const foreign = foreignOwner(object, live);
    if (foreign !== undefined)
      return { change: 'conflict', ...(before === undefined ? {} : { before }), warnings: [], finding: block(foreign) };
    const response = await sendApply(context, object, ref, { dryRun: true });
    if (response.status !== 200 && response.status !== 201) {
      const refusal = refusalOf(response, ref);
      const change = refusal.outcome === 'conflict' ? 'conflict' : 'unknown';
      return {
        change,
        ...(before === undefined ? {} : { before }),
        warnings: response.warnings.map(shown),
        finding: block({ ...refusal, detail: shown(refusal.detail) }),
      };
    }
    const would = withoutNoise(response.body);
    // Masked values are all alike: what changes is told from the values themselves.
    const same = JSON.stringify(is) === JSON.stringify(would);
    const after = maskSecret(would, is);
    const pods = makesPods(is, would) ? await previewPod(context, object) : undefined;
    return {
      change: before === undefined ? 'create' : same ? 'unchanged' : 'change',
      ...(before === undefined ? {} : { before }),
      after,
      ...(live?.metadata?.uid === undefined ? {} : { uid: live.metadata.uid }),
      warnings: response.warnings.map(shown),
      ...(pods === undefined ? {} : { finding: pods }),
    };
  } catch (error) {
    const failure = failureOf(error);
    return {
      change: 'unknown',
      warnings: [],
      finding: {
        level: failure.outcome === 'retry' ? 'warn' : 'block',
        code: failure.code,
        detail: shown(failure.detail),
      },
    };
  }
}

function block(refusal: WriteRefusal): PreviewFinding {
  return {
    level: 'block',
    code: refusal.code,
    detail: refusal.detail,
    ...(refusal.field === undefined ? {} : { field: refusal.field }),
  };
}

/** In a full quota, what makes no new pod (the same again, fewer replicas) still passes. */
function makesPods(before: Record<string, unknown> | undefined, after: Record<string, unknown>): boolean {
  const [old, next] = [before?.spec, after.spec] as ({ template?: unknown; replicas?: number } | undefined)[];
  if (JSON.stringify(old?.template) !== JSON.stringify(next?.template)) return true;
  return (next?.replicas ?? 0) > (old?.replicas ?? 0);
}

type Template = { metadata?: Record<string, unknown>; spec?: Record<string, unknown> };

/**
 * A Deployment passes where its pods would be refused (quota, PodSecurity, a missing ServiceAccount), so one pod of
 * its template is tried as well.
 */
async function previewPod(context: ApplyContext, object: KubernetesObject): Promise<PreviewFinding | undefined> {
  const template = (object.spec as { template?: Template } | undefined)?.template;
  if (template?.spec === undefined) return undefined;
  const { namespace, name } = object.metadata;
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...template.metadata,
      generateName: `${name}-preview-`,
      ...(namespace === undefined ? {} : { namespace }),
    },
    spec: template.spec,
  };
  const response = await context.client.request({
    method: 'POST',
    path: collectionPathOf({
      group: '',
      version: 'v1',
      kind: 'Pod',
      ...(namespace === undefined ? {} : { namespace }),
    }),
    query: { dryRun: 'All' },
    identity: context.identity,
    priority: 'deploy',
    body: pod,
  });
  if (response.status === 200 || response.status === 201) return undefined;
  const refusal = refusalOf(response, { kind: 'Pod', name });
  if (refusal.outcome === 'retry') return { level: 'warn', code: refusal.code, detail: refusal.detail };
  return { ...block(refusal), detail: `Pods of ${object.kind} ${name} would be refused: ${refusal.detail}` };
}

const setByServer = new Set(['managedFields', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'selfLink']);
const noisyAnnotations = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deployment.kubernetes.io/revision',
]);

/** What people compare: no server-set metadata, no status; keys in order. */
export function withoutNoise(object: Record<string, unknown>): Record<string, unknown> {
  const { status: _status, metadata, ...rest } = object as { status?: unknown; metadata?: Record<string, unknown> };
  const kept = Object.fromEntries(Object.entries(metadata ?? {}).filter(([key]) => !setByServer.has(key)));
  const annotations = Object.entries((kept.annotations as Record<string, string> | undefined) ?? {}).filter(
    ([key]) => !noisyAnnotations.has(key),
  );
  if (annotations.length > 0) kept.annotations = Object.fromEntries(annotations);
  else delete kept.annotations;
  return sortKeys({ ...rest, metadata: kept }) as Record<string, unknown>;
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sortKeys(item)]),
  );
}
