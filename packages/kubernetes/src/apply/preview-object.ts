import { adoptedManagers } from './adopt-object.ts';
import { type ApplyHow, failureOf, foreignOwner, isUnlabelled, readObject, undecided } from './apply-object.ts';
import { type ApplyContext, type Live, sendApply } from './apply-request.ts';
import { readField } from './field-path.ts';
import { maskSecret, withoutSecretValues } from './mask-secret.ts';
import { collectionPathOf, type KubernetesObject, refOf } from './object-ref.ts';
import { type DryRunAnswer, type PreviewMemory, previewKey } from './preview-memory.ts';
import { conflictsOf, refusalOf, type WriteRefusal } from './refusal.ts';
import { replicasToHandOver } from './replicas.ts';

export type PreviewFinding = { level: 'info' | 'warn' | 'block'; code: string; detail: string; field?: string };

export type ObjectPreview = {
  change: 'create' | 'change' | 'unchanged' | 'conflict' | 'unknown';
  /** As it is and as it would be, without what the server sets and with secret values masked. */
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
  uid?: string;
  warnings: string[];
  finding?: PreviewFinding;
  /** What somebody must decide about before it can be applied. */
  questions: ApplyQuestion[];
};

/** `field`: another manager owns it; `adopt`: it exists and is nobody's; `recreate`: a field can only be changed anew. */
export type ApplyQuestion = {
  about: 'field' | 'adopt' | 'recreate';
  /** As the API server names it; empty for the object as a whole. */
  field: string;
  manager?: string;
  /** As the cluster has it and as the manifest would, as JSON; of a Secret neither. */
  live?: string;
  ours?: string;
  /** The object that is asked about. */
  uid?: string;
};

/**
 * Asks the cluster what applying an object would do, by a server-side dry run; writes nothing.
 * @param how as it would be applied: what is decided already is asked no more
 * @param remembered dry runs of a moment ago, for previews that people look at; `place`: the cluster and its version.
 *   Whether pods would be let in depends on more than the object, and is asked every time.
 */
export async function previewObject(
  context: ApplyContext,
  object: KubernetesObject,
  how: ApplyHow = {},
  remembered?: { memory: PreviewMemory; place: string },
): Promise<ObjectPreview> {
  const ref = refOf(object);
  const shown = (said: string) => withoutSecretValues(object, said);
  try {
    const live = await readObject(context, ref);
    const is = live === undefined ? undefined : withoutNoise(live);
    const before = is === undefined ? undefined : maskSecret(is);
    const seen = {
      ...(before === undefined ? {} : { before }),
      ...(live?.metadata?.uid === undefined ? {} : { uid: live.metadata.uid }),
    };
    const foreign = foreignOwner(object, live, how.adopts);
    if (foreign !== undefined)
      return {
        ...seen,
        change: 'conflict',
        warnings: [],
        finding: foreign.code === 'not_adopted' ? ask(foreign) : block(foreign),
        questions: foreign.code === 'not_adopted' && live !== undefined ? [adoption(live)] : [],
      };
    // Its managers are renamed before it is applied; until then an answer would be about another object.
    if (how.adopts === true && live !== undefined && adoptedManagers(live).length > 0 && isUnlabelled(live))
      return {
        ...seen,
        change: 'change',
        after: maskSecret({ ...object }, is),
        warnings: [],
        finding: {
          level: 'info',
          code: 'adopted_first',
          detail: `${ref.kind} ${ref.name} cannot be previewed, because it is adopted first: what this release does not name of it goes.`,
        },
        questions: [],
      };
    const replicas = replicasToHandOver(context, object, live);
    const sent = replicas === undefined ? object : { ...object, spec: { ...(object.spec as object), replicas } };
    const key = remembered && previewKey(remembered.place, context, sent, how, live);
    const known = key === undefined ? undefined : remembered?.memory.get(key);
    if (known !== undefined)
      return { ...seen, ...known, ...(await podsOf(context, object, before, known)), questions: [] };
    let response = await sendApply(context, sent, ref, { dryRun: true });
    const conflicts = conflictsOf(response);
    const theirs = undecided(context, conflicts, how);
    if (conflicts.length > 0 && theirs.length === 0)
      response = await sendApply(context, sent, ref, { dryRun: true, force: true });
    if (response.status !== 200 && response.status !== 201) {
      const refusal = refusalOf(response, ref);
      if (refusal.code === 'immutable_field' && how.recreates !== undefined && how.recreates === live?.metadata?.uid)
        return { ...seen, change: 'change', after: maskSecret({ ...object }), warnings: [], questions: [] };
      const questions =
        refusal.code === 'immutable_field'
          ? [{ about: 'recreate' as const, field: refusal.field ?? '', ...uidOf(live) }]
          : theirs.map((conflict) => fieldQuestion(conflict, object, live));
      const finding = { ...refusal, detail: shown(refusal.detail) };
      return {
        ...seen,
        change: refusal.outcome === 'conflict' ? 'conflict' : 'unknown',
        warnings: response.warnings.map(shown),
        finding: questions.length > 0 ? ask(finding) : block(finding),
        questions,
      };
    }
    const would = withoutNoise(response.body);
    // Masked values are all alike: what changes is told from the values themselves.
    const same = JSON.stringify(is) === JSON.stringify(would);
    const answer: DryRunAnswer = {
      change: before === undefined ? 'create' : same ? 'unchanged' : 'change',
      after: maskSecret(would, is),
      warnings: response.warnings.map(shown),
    };
    if (key !== undefined) remembered?.memory.put(key, answer);
    return { ...seen, ...answer, ...(await podsOf(context, object, before, answer)), questions: [] };
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
      questions: [],
    };
  }
}

/** What speaks against pods that it would make. */
async function podsOf(
  context: ApplyContext,
  object: KubernetesObject,
  before: Record<string, unknown> | undefined,
  { after }: DryRunAnswer,
): Promise<{ finding?: PreviewFinding }> {
  if (!makesPods(before, after)) return {};
  const finding = await previewPod(context, object);
  return finding === undefined ? {} : { finding };
}

function fieldQuestion(
  { field, manager }: { field: string; manager: string },
  object: KubernetesObject,
  live: Live | undefined,
): ApplyQuestion {
  const secret = object.kind === 'Secret';
  const told = (from: unknown) => (secret ? undefined : JSON.stringify(readField(from, field))?.slice(0, mostShown));
  const [theirs, ours] = [told(live), told(object)];
  return {
    about: 'field',
    field,
    manager,
    ...(theirs === undefined ? {} : { live: theirs }),
    ...(ours === undefined ? {} : { ours }),
    ...uidOf(live),
  };
}

function adoption(live: Live): ApplyQuestion {
  const managers = (live.metadata?.managedFields ?? []).map(({ manager }) => manager);
  return { about: 'adopt', field: '', manager: [...new Set(managers)].join(', '), ...uidOf(live) };
}

function uidOf(live: Live | undefined): { uid?: string } {
  const uid = live?.metadata?.uid;
  return uid === undefined ? {} : { uid };
}

/** Longest value that is shown beside a question. */
const mostShown = 500;

/** It can go out once somebody has decided. */
function ask(refusal: WriteRefusal): PreviewFinding {
  return { ...block(refusal), level: 'warn' };
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

/** With the volumes that the controller of a StatefulSet gives each pod for its claims; where both name one, the claim's. */
function podSpecOf({ spec }: KubernetesObject, template: Record<string, unknown>): Record<string, unknown> {
  const claims = (spec as { volumeClaimTemplates?: { metadata?: { name?: string } }[] }).volumeClaimTemplates;
  if (!Array.isArray(claims)) return template;
  const claimed = claims.flatMap(({ metadata }) => metadata?.name ?? []);
  const own = ((template.volumes ?? []) as { name?: string }[]).filter(({ name }) => !claimed.includes(name ?? ''));
  const volumes = claimed.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  return { ...template, volumes: [...own, ...volumes] };
}

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
    spec: podSpecOf(object, template.spec),
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
export const noisyAnnotations = new Set([
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
