import type { ReleaseDetail } from '@quarterdeck/contracts';
import { AppError, conflict } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { Applications, DeliveryRules, TargetRecord } from '../applications/index.ts';
import { contentHash } from './automatic-releases.ts';
import type { DriftStore } from './drift.store.ts';
import type { PutRelease } from './put-release.ts';
import type { ObjectRecord, ReleaseRecord } from './release-rows.ts';
import { targetsToCheck } from './release-targets.ts';
import type { Releases } from './releases.service.ts';
import type { ReleasesStore } from './releases.store.ts';

type ObjectName = { group: string; kind: string; namespace?: string | undefined; name: string };

export type TakeBackInput = {
  applicationId: string;
  environmentId: string;
  targets: readonly {
    targetId: string;
    /** `fields`: those of other managers that are taken. */
    objects: readonly (ObjectName & { fields: readonly string[] })[];
  }[];
  note?: string | undefined;
};

/** What one target gets: all that its release has, of which some is written. */
type Part = { target: TargetRecord; basis: ReleaseRecord; objects: (ObjectRecord & { bytes: string })[]; only: Only[] };
type Only = { targetId: string; seq: number; takes: readonly string[] };

/**
 * Puts the bytes that a target has by its books out again, over what hands have changed: a release like any other, which
 * waits for approvals and freezes and is watched until it is healthy. Objects that were not chosen stay as they are.
 * @throws AppError 422 `target_unknown` | `object_unknown`, 409 `target_unsettled` | `object_foreign`
 */
export type TakeBack = (
  actor: Actor,
  input: TakeBackInput,
  idempotencyKey: string | undefined,
) => Promise<ReleaseDetail>;

export function createTakeBack(deps: {
  access: Access;
  applications: Applications;
  rules: DeliveryRules;
  store: ReleasesStore;
  driftStore: DriftStore;
  door: PutRelease;
  releases: Releases;
}): TakeBack {
  const { access, applications, rules, store, driftStore, door, releases } = deps;

  async function partOf(target: TargetRecord, objects: TakeBackInput['targets'][number]['objects'], at: string) {
    const [basis] = await driftStore.bases([target.id]);
    if (basis === undefined || basis.state !== 'healthy' || basis.kind === 'remove')
      throw conflict(
        'target_unsettled',
        'A release is under way there, or the last one did not end well: there is nothing to go back to. Roll back instead.',
      );
    const [stored, record, [drift]] = await Promise.all([
      store.objectsOf(basis.releaseId, target.id),
      releases.record(basis.releaseId),
      driftStore.of([target.id]),
    ]);
    const only = objects.map((chosen, index): Only => {
      const object = stored.find((candidate) => isNamed(candidate, chosen));
      if (object === undefined)
        throw refused(
          'object_unknown',
          `${at}/objects/${index}`,
          `#${basis.number} did not put ${chosen.kind} ${chosen.name} there.`,
        );
      if (drift?.objects.some((found) => isNamed(found, chosen) && !found.isOurs) === true)
        throw conflict(
          'object_foreign',
          `${chosen.kind} ${chosen.name} was made anew by somebody else and does not carry our label. Delete it, and it is made again; or label it quarterdeck.dev/application, and it is taken back as it is.`,
        );
      return { targetId: target.id, seq: object.seq, takes: chosen.fields };
    });
    return { target, basis: record, objects: stored, only } satisfies Part;
  }

  return async function takeBack(actor, input, idempotencyKey) {
    const application = await applications.record(input.applicationId);
    const environment = application.environments.find(({ environmentId }) => environmentId === input.environmentId);
    const parts = await Promise.all(
      input.targets.map(({ targetId, objects }, index) => {
        const target = environment?.targets.find(({ id }) => id === targetId);
        const at = `/targets/${index}`;
        if (target === undefined)
          throw refused('target_unknown', `${at}/targetId`, 'The application has no such target in this environment.');
        return partOf(target, objects, at);
      }),
    );
    const newest = parts.map(({ basis }) => basis).reduce((a, b) => (a.number > b.number ? a : b));
    await door.checkTenancy(application.projectId, newest);
    const strategy = await rules.strategy(input.environmentId, undefined);
    const objects = parts.flatMap((part) => part.objects);
    const only = parts.flatMap((part) => part.only);
    const id = await door.put(
      actor,
      'releases:create',
      { of: application, environment: environment?.name ?? '' },
      {
        id: newId('rel'),
        applicationId: application.id,
        environmentId: input.environmentId,
        kind: 'take_back',
        templateVersionId: newest.templateVersionId,
        images: newest.images,
        parameters: newest.parameters,
        contentSha256: contentHash(objects),
        rollbackOf: undefined,
        note: input.note,
        strategy,
        targets: await door.place(
          strategy,
          application.id,
          parts.map(({ target }) => target),
        ),
        objects,
        only,
      },
      idempotencyKey,
      [{ path: 'takenBack', after: input.targets.flatMap((target) => target.objects.map(textOf)) }],
      async (tx) => {
        if (only.some(({ takes }) => takes.length > 0))
          await access.require(tx, actor, 'releases:take-over', targetsToCheck(application, input.environmentId));
        return [];
      },
    );
    return releases.get(id);
  };
}

function isNamed(object: Pick<ObjectRecord, 'group' | 'kind' | 'namespace' | 'name'>, by: ObjectName): boolean {
  return (
    object.group === by.group &&
    object.kind === by.kind &&
    object.namespace === (by.namespace ?? '') &&
    object.name === by.name
  );
}

const textOf = ({ kind, name, fields }: TakeBackInput['targets'][number]['objects'][number]) =>
  `${kind}/${name}${fields.length === 0 ? '' : `: ${fields.join(', ')}`}`;

function refused(code: string, pointer: string, detail: string): AppError {
  return new AppError(code, 422, detail, { errors: [{ pointer, code, detail }] });
}
