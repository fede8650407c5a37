import type { AppliedDocument, EditRefusal, ManifestApply } from '@quarterdeck/contracts';
import {
  type ClusterClient,
  type ClusterResponse,
  conflictsOf,
  type Identity,
  type Manifest,
  maskedPlace,
  maskSecret,
  ownedChanges,
  readField,
  type ServedKinds,
  withoutFields,
  withoutNoise,
  withoutSecretValues,
} from '@quarterdeck/kubernetes';
import { toYaml } from '@quarterdeck/templating';
import { AppError } from '../../platform/errors.ts';
import { mapClusterError, overloadOf } from '../clusters/index.ts';
import type { LiveFields } from './edit-object.ts';
import { placeIn, refusalOfAnswer } from './edit-refusal.ts';
import { toFieldChange } from './field-changes.ts';
import type { ObjectAddress } from './object-address.ts';

export type Decision = ManifestApply['decisions'][number];

/** A document that may be sent: what it is, and where its cluster serves it. */
export type Placed = {
  manifest: Manifest;
  object: Record<string, unknown> & { metadata: Record<string, unknown> };
  address: ObjectAddress;
  path: string;
};

/** What a document came to, before it is an answer. */
export type Verdict = Pick<AppliedDocument, 'verdict' | 'conflicts' | 'fields' | 'warnings'> & {
  refusal?: EditRefusal;
  before?: string;
  after?: string;
  /** Without what the cluster sets; for the trail. */
  was?: Record<string, unknown>;
  is?: Record<string, unknown>;
};

const nameShape = /^[a-zA-Z0-9]([a-zA-Z0-9._:-]{0,251}[a-zA-Z0-9])?$/;
const namespaceShape = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const mostShown = 300;

/**
 * Finds out where a document goes. Which namespace it is, is decided here and stands in the object that is sent.
 * @returns why it goes nowhere
 * @throws AppError where the cluster does not answer
 */
export async function placeDocument(
  manifest: Manifest,
  {
    clusterId,
    namespace,
    kinds,
    identity,
  }: { clusterId: string; namespace: string | undefined; kinds: ServedKinds; identity: Identity },
): Promise<Placed | EditRefusal> {
  const { apiVersion, kind, metadata } = manifest.value;
  const no = (field: string, detail: string): EditRefusal => ({
    code: 'manifest_invalid',
    detail,
    places: [placeIn(manifest, field, detail)],
  });
  if (typeof apiVersion !== 'string' || apiVersion === '') return no('.apiVersion', 'apiVersion is missing.');
  if (typeof kind !== 'string' || kind === '') return no('.kind', 'kind is missing.');
  if (kind === 'List')
    return no('.kind', 'A List is not applied: write its items as documents, with --- between them.');
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
    return no('.metadata', 'metadata names the object.');
  const { name, namespace: named, managedFields } = metadata as Record<string, unknown>;
  if (typeof name !== 'string' || !nameShape.test(name))
    return no(
      '.metadata.name',
      'Name the object: what is applied has a name of its own, also instead of generateName.',
    );
  if (managedFields !== undefined) return no('.metadata.managedFields', 'Leave it out: the cluster keeps these books.');
  const masked = maskedPlace(manifest.value);
  if (masked !== undefined) return no(masked.field, masked.message);
  const served = await kinds.find(identity, apiVersion, kind).catch(mapClusterError);
  if (served === undefined)
    return { ...no('.kind', `This cluster serves no ${kind} of ${apiVersion}.`), code: 'kind_unknown' };
  if (named !== undefined && (typeof named !== 'string' || !namespaceShape.test(named)))
    return no('.metadata.namespace', 'This is no name of a namespace.');
  if (!served.namespaced && named !== undefined)
    return no('.metadata.namespace', `A ${kind} belongs to the whole cluster: it has no namespace.`);
  if (served.namespaced && namespace !== undefined && named !== undefined && named !== namespace)
    return no('.metadata.namespace', `It names ${String(named)}, and is applied to ${namespace}.`);
  const place = served.namespaced ? (named ?? namespace) : '_';
  if (place === undefined) return no('.metadata.namespace', 'Name the namespace, here or for all documents.');
  const root = served.group === '' ? `/api/${served.version}` : `/apis/${served.group}/${served.version}`;
  const within = served.namespaced ? `/namespaces/${encodeURIComponent(String(place))}` : '';
  return {
    manifest,
    object: {
      ...manifest.value,
      metadata: { ...(metadata as object), name, ...(served.namespaced ? { namespace: place } : {}) },
    },
    address: {
      clusterId,
      namespace: String(place),
      group: served.group === '' ? 'core' : served.group,
      plural: served.resource,
      name,
    },
    path: `${root}${within}/${served.resource}/${encodeURIComponent(name)}`,
  };
}

/** Sends one document, as a dry run or in earnest. */
export function createApplyDocument(fieldManager: string) {
  type To = { client: ClusterClient; identity: Identity };

  function send({ client, identity }: To, path: string, object: object, how: { dryRun: boolean; force: boolean }) {
    return client
      .request<LiveFields>({
        method: 'PATCH',
        path,
        query: {
          fieldManager,
          fieldValidation: 'Strict',
          force: how.force,
          ...(how.dryRun ? { dryRun: 'All' } : {}),
        },
        identity,
        priority: 'interactive',
        contentType: 'application/apply-patch+yaml',
        body: object,
      })
      .catch(mapClusterError);
  }

  async function read({ client, identity }: To, path: string): Promise<LiveFields | undefined> {
    const answer = await client
      .request<LiveFields>({ method: 'GET', path, identity, priority: 'interactive' })
      .catch(mapClusterError);
    if (answer.status === 200) return answer.body;
    if (answer.status === 404) return undefined;
    if (answer.status === 401 || answer.status === 403)
      throw new AppError('cluster_forbidden', 403, 'The cluster does not let you read this object.');
    throw overloadOf(answer) ?? new AppError('cluster_unreachable', 503, `The cluster answered ${answer.status}.`);
  }

  return {
    /**
     * What stands against it or what it would come to, and how it would be sent.
     * @throws AppError where nobody answered
     */
    async ask(to: To, { path, object, address, manifest }: Placed, decision: Decision | undefined) {
      const live = await read(to, path);
      const sent = decision?.how === 'yield' ? withoutFields(object, decision.fields) : object;
      const first = await send(to, path, sent, { dryRun: true, force: false });
      const conflicts = conflictsOf(first);
      const takes = decision?.how === 'take' ? decision.fields : [];
      const force = conflicts.length > 0 && conflicts.every(({ field }) => takes.includes(field));
      const answer = force ? await send(to, path, sent, { dryRun: true, force: true }) : first;
      const verdict = verdictOf(answer, { live, sent, address, manifest, conflicts: force ? [] : conflicts });
      return { verdict, live, sent, force };
    },

    /** @throws AppError where nobody answered: whether it happened is not known */
    async apply(
      to: To,
      { path, address, manifest }: Placed,
      asked: { live: LiveFields | undefined; sent: Placed['object']; force: boolean },
    ) {
      const answer = await send(to, path, asked.sent, { dryRun: false, force: asked.force });
      return {
        status: answer.status,
        verdict: verdictOf(answer, { ...asked, address, manifest, conflicts: conflictsOf(answer) }),
      };
    },
  };
}

function verdictOf(
  answer: ClusterResponse<LiveFields>,
  about: {
    live: LiveFields | undefined;
    sent: Placed['object'];
    address: ObjectAddress;
    manifest: Manifest;
    conflicts: ReturnType<typeof conflictsOf>;
  },
): Verdict {
  const { live, sent, address, manifest, conflicts } = about;
  const secret = sent.kind === 'Secret';
  const was = live === undefined ? undefined : withoutNoise(live);
  const seen = {
    warnings: answer.warnings.map((warning) => withoutSecretValues(sent, warning)),
    ...(was === undefined ? {} : { was, before: toYaml(maskSecret(was)) }),
  };
  if (conflicts.length > 0) {
    const told = (from: unknown, field: string) =>
      secret ? undefined : JSON.stringify(readField(from, field))?.slice(0, mostShown);
    return {
      ...seen,
      verdict: 'conflict',
      fields: [],
      conflicts: conflicts.map(({ field, manager }) => {
        const [theirs, ours] = [told(live, field), told(sent, field)];
        return {
          field,
          manager,
          ...(theirs === undefined ? {} : { live: theirs }),
          ...(ours === undefined ? {} : { ours }),
        };
      }),
    };
  }
  if (answer.status >= 300) {
    const refused = refusalOfAnswer(answer, sent, { address, manifest });
    if (refused instanceof AppError && refused.status === 503) throw refused;
    const refusal = refused instanceof AppError ? { code: refused.code, detail: refused.message, places: [] } : refused;
    return { ...seen, verdict: 'refused', refusal, conflicts: [], fields: [] };
  }
  const is = withoutNoise(answer.body);
  const books = Array.isArray(live?.metadata?.managedFields) ? live.metadata.managedFields : [];
  const fields = was === undefined ? [] : ownedChanges(was, is, books);
  return {
    ...seen,
    is,
    after: toYaml(maskSecret(is, was)),
    verdict: was === undefined ? 'create' : fields.length === 0 ? 'unchanged' : 'change',
    conflicts: [],
    fields: fields.map((field) => toFieldChange(field, secret)),
  };
}
