import { type AppliedDocument, type EditRefusal, type ManifestApply, maxApplyDocuments } from '@quarterdeck/contracts';
import { createServedKinds, type Manifest, type ManifestReader } from '@quarterdeck/kubernetes';
import { AppError, forbidden } from '../../platform/errors.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import { type Connections, type ProxyRecords, personIdentity } from '../clusters/index.ts';
import { isSecret, namespaceOf, neededToWrite, placeOf, targetOf } from './address-rights.ts';
import { createApplyDocument, type Placed, placeDocument, type Verdict } from './apply-document.ts';
import { refusalOfText, TextRefusal } from './edit-refusal.ts';
import { auditedFields } from './field-changes.ts';
import type { OwnersOf } from './owners-of.ts';

/** Manifests put into a cluster as the person who applies them, server-side, document by document. */
export interface ManifestApplies {
  /**
   * What it would come to, by dry runs; changes nothing.
   * @throws AppError `manifest_invalid` for what is no manifests; where nobody answers
   */
  preview(actor: Actor, clusterId: string, given: ManifestApply): Promise<AppliedDocument[]>;
  /**
   * Applies what nothing stands against; of each document an intent stands in the trail before, the outcome after.
   * Never by force but where every conflict is about a field that was taken.
   * @throws AppError `manifest_invalid`; where nobody answers before the first is sent
   */
  apply(actor: Actor, clusterId: string, given: ManifestApply): Promise<AppliedDocument[]>;
}

/** Time for all documents of a text; what is not sent by then is not sent at all. */
const budgetMs = 45_000;
const asksAtOnce = 4;

export function createManifestApplies(deps: {
  access: Access;
  connections: Connections;
  records: ProxyRecords;
  reader: ManifestReader;
  ownersOf: OwnersOf;
  /** `quarterdeck-editor.<installation>` */
  fieldManager: string;
}): ManifestApplies {
  const { access, connections, records, reader, ownersOf, fieldManager } = deps;
  const documents = createApplyDocument(fieldManager);

  /** @throws TextRefusal */
  async function read(text: string): Promise<Manifest[]> {
    const manifests = await reader.read(text, { most: maxApplyDocuments }).catch(refusalOfText);
    if (manifests.length === 0) throw new TextRefusal('There is nothing in it: paste manifests.');
    return manifests;
  }

  async function prepare(actor: Actor, clusterId: string, { namespace, decisions }: ManifestApply) {
    const client = await connections.for(clusterId);
    const kinds = createServedKinds(client);
    const identityIn = (where: string | undefined) =>
      personIdentity(access, actor.principal, clusterId, where, actor.requestId);
    const asker = await identityIn(namespace);
    return {
      client,
      identityIn,
      place: (manifest: Manifest) => placeDocument(manifest, { clusterId, namespace, kinds, identity: asker }),
      decisionOf: (index: number) => decisions.find(({ document }) => document === index),
    };
  }

  async function answerOf(actor: Actor, index: number, manifest: Manifest, placed: Placed | undefined, found: Verdict) {
    const { was: _was, is: _is, ...verdict } = found;
    const owners =
      placed === undefined ? [] : await ownersOf(actor, placed.address, { kind: String(manifest.value.kind) });
    return { ...headOf(index, manifest, placed), ...verdict, owners };
  }

  return {
    async preview(actor, clusterId, given) {
      const { client, identityIn, place, decisionOf } = await prepare(actor, clusterId, given);
      const manifests = await read(given.manifests);
      const one = async (manifest: Manifest, index: number): Promise<AppliedDocument> => {
        const placed = await place(manifest);
        if ('code' in placed) return answerOf(actor, index, manifest, undefined, refused(placed));
        const missing = await firstMissing(placed, async (permission, where) =>
          (await access.may(actor.principal, permission, where)) ? undefined : forbidden(permission, 'on this object'),
        );
        if (missing !== undefined) return answerOf(actor, index, manifest, placed, refused(missing));
        const identity = await identityIn(namespaceOf(placed.address));
        const { verdict } = await documents
          .ask({ client, identity }, placed, decisionOf(index))
          .catch((error: unknown) => ({ verdict: refused(toldOf(error)) }));
        return answerOf(actor, index, manifest, placed, verdict);
      };
      const answers: AppliedDocument[] = [];
      for (let from = 0; from < manifests.length; from += asksAtOnce)
        answers.push(
          ...(await Promise.all(
            manifests.slice(from, from + asksAtOnce).map((manifest, offset) => one(manifest, from + offset)),
          )),
        );
      return answers;
    },

    async apply(actor, clusterId, given) {
      const { client, identityIn, place, decisionOf } = await prepare(actor, clusterId, given);
      const manifests = await read(given.manifests);
      const until = performance.now() + budgetMs;
      let stopped: EditRefusal | undefined;

      async function one(manifest: Manifest, index: number): Promise<{ placed?: Placed; verdict: Verdict }> {
        const placed = await place(manifest);
        if ('code' in placed) return { verdict: refused(placed) };
        const missing = await firstMissing(placed, (permission, where) =>
          access.check(actor, permission, where, { isKnown: true }).then(
            () => undefined,
            (error: unknown) => {
              if (error instanceof AppError && error.status === 403) return error;
              throw error;
            },
          ),
        );
        if (missing !== undefined) return { placed, verdict: refused(missing) };
        const where = placeOf(placed.address);
        const identity = await identityIn(where.namespace);
        const asked = await documents.ask({ client, identity }, placed, decisionOf(index));
        if (asked.verdict.verdict === 'conflict' || asked.verdict.verdict === 'refused')
          return { placed, verdict: asked.verdict };
        const close = await records.open(actor, {
          clusterId,
          target: targetOf(placed.address),
          verb: 'patch',
          query: new URLSearchParams({ fieldManager, ...(asked.force ? { force: 'true' } : {}) }),
          permissions: neededToWrite(targetOf(placed.address)),
          place: where,
          identity,
          groupsOf: where.namespace,
        });
        const facts = ({ was = {}, is = {} }: Verdict) => auditedFields(was, is, isSecret(placed.address));
        try {
          const { status, verdict } = await documents.apply({ client, identity }, placed, asked);
          await close?.({ status }, facts(verdict));
          return { placed, verdict };
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          await close?.({ code: error.code }, facts(asked.verdict));
          stopped = { code: 'not_tried', detail: 'One before it was left without an answer.', places: [] };
          return { placed, verdict: { ...empty, verdict: 'unknown', refusal: toldOf(error) } };
        }
      }

      const answers: AppliedDocument[] = [];
      for (const [index, manifest] of manifests.entries()) {
        if (performance.now() > until)
          stopped ??= {
            code: 'not_tried',
            detail: 'The time for one text was over: apply the rest by itself.',
            places: [],
          };
        if (stopped !== undefined) {
          answers.push(
            await answerOf(actor, index, manifest, undefined, { ...empty, verdict: 'skipped', refusal: stopped }),
          );
          continue;
        }
        const { placed, verdict } = await one(manifest, index).catch((error: unknown) => {
          // Nothing of this document was sent.
          if (index === 0) throw error;
          const told = toldOf(error);
          stopped = { ...told, code: 'not_tried' };
          return { placed: undefined, verdict: { ...empty, verdict: 'skipped' as const, refusal: told } };
        });
        answers.push(await answerOf(actor, index, manifest, placed, verdict));
      }
      return answers;
    },
  };
}

const empty = { conflicts: [], fields: [], warnings: [] };

function refused(why: EditRefusal | AppError): Verdict {
  const refusal = why instanceof AppError ? { code: why.code, detail: why.message, places: [] } : why;
  return { ...empty, verdict: 'refused', refusal };
}

/** @throws what is no expected failure, and in a preview what says that nobody answered */
function toldOf(error: unknown): EditRefusal {
  if (!(error instanceof AppError)) throw error;
  return { code: error.code, detail: error.message, places: [] };
}

/** The first permission that is missing for a document, as the refusal of it. */
async function firstMissing(
  { address }: Placed,
  ask: (
    permission: ReturnType<typeof neededToWrite>[number],
    where: ReturnType<typeof placeOf>,
  ) => Promise<AppError | undefined>,
): Promise<AppError | undefined> {
  for (const permission of neededToWrite(targetOf(address))) {
    const missing = await ask(permission, placeOf(address));
    if (missing !== undefined) return missing;
  }
  return undefined;
}

function headOf(index: number, { value, line }: Manifest, placed: Placed | undefined) {
  const { apiVersion, kind, metadata } = value;
  const text = (given: unknown) => (typeof given === 'string' ? given.slice(0, 300) : '');
  const { name, namespace } = (metadata ?? {}) as { name?: unknown; namespace?: unknown };
  const where = placed === undefined ? text(namespace) : namespaceOf(placed.address);
  return {
    index,
    line,
    apiVersion: text(apiVersion),
    kind: text(kind),
    name: text(name),
    ...(where === undefined || where === '' ? {} : { namespace: where }),
    ...(placed === undefined ? {} : { plural: placed.address.plural }),
  };
}
