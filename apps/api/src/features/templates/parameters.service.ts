import type { ParameterLayer, Permission } from '@quarterdeck/contracts';
import type { Queryable, Transaction } from '@quarterdeck/database';
import {
  brokenLocks,
  fillParameters,
  isSame,
  type LayerKind,
  mergeLayers,
  type ParameterValue,
  type Provenance,
  provenanceOf,
} from '@quarterdeck/templating';
import { AppError, conflict, forbidden, invalid } from '../../platform/errors.ts';
import { toUuid } from '../../platform/ids.ts';
import {
  type Actor,
  type PermissionTarget,
  type Principal,
  principalId,
  principalName,
} from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { ApplicationRecord, Applications } from '../applications/index.ts';
import type { AuditEntry } from '../audit/index.ts';
import { chainOf, checkFit, isAt, type LayerPlace, placeOf } from './layer-places.ts';
import type { LayerKey, LayerRecord, ParametersStore } from './parameters.store.ts';
import type { LoadedTemplate, Templates } from './templates.service.ts';

/** What a release is rendered from: the version it follows and the parameters of each target. */
export type ReleaseParameters = {
  template: LoadedTemplate;
  /** Of the environment, without targets' own: what the release is shown with. */
  shared: ParameterValue;
  /** Merged, without the schema's defaults. */
  of(targetId: string): ParameterValue;
  /** Keeps the version and the parameters that were given, in the transaction of the release. */
  keep(tx: Transaction, actor: Actor): Promise<AuditEntry[]>;
};

/** The template versions that applications follow, and their layers of parameters. */
export interface Parameters {
  /** The revision of each layer that counts. */
  layers(applicationId: string): Promise<LayerRecord[]>;
  pins(applicationId: string): ReturnType<ParametersStore['pins']>;
  pin(
    actor: Actor,
    applicationId: string,
    input: { environmentId?: string | undefined; templateVersionId: string },
  ): Promise<void>;
  /** @throws AppError 409 `parameters_changed`, 422 `parameters_invalid`, 403 `parameter_locked`, each naming the field */
  save(
    actor: Actor,
    applicationId: string,
    place: LayerPlace,
    value: ParameterValue,
    baseRevision: number,
  ): Promise<ParameterLayer>;
  effective(
    applicationId: string,
    input: {
      environmentId: string;
      targetId?: string | undefined;
      templateVersionId?: string | undefined;
      /** A layer that is left out. */
      without?: LayerKind | undefined;
    },
  ): Promise<{
    templateVersionId: string;
    merged: ParameterValue;
    effective: ParameterValue;
    provenance: Provenance[];
    errors: { pointer: string; detail: string }[];
  }>;
  /** The layers as they were at a time, and where a value's leaves came from then. */
  asOf(
    applicationId: string,
    place: { environmentId: string; targetId?: string | undefined },
    at: Date,
  ): Promise<{ merged: ParameterValue; provenanceOf(value: ParameterValue): Provenance[] }>;
  /**
   * What a release of an environment is rendered from. What is given counts instead of what is kept: a version instead
   * of the one followed, parameters instead of the environment's layer.
   * @throws AppError 422 `no_template`, 403 `parameter_locked`, and what `Templates.loadFor` raises
   */
  forRelease(
    principal: Principal | undefined,
    application: ApplicationRecord,
    environmentId: string,
    given: { templateVersionId?: string | undefined; parameters?: ParameterValue | undefined },
  ): Promise<ReleaseParameters>;
}

export function createParameters(deps: {
  access: Access;
  applications: Applications;
  templates: Templates;
  store: ParametersStore;
}): Parameters {
  const { access, applications, templates, store } = deps;

  async function followed(applicationId: string, environmentId: string, on?: Queryable): Promise<string | undefined> {
    const pins = await store.pins(applicationId, on);
    const of = (id: string) => pins.find(({ scopeId }) => scopeId === toUuid(id))?.templateVersionId;
    return of(environmentId) ?? of(applicationId);
  }

  /**
   * Locks of a template that a change breaks, as refusals; without a principal only those that bind everybody.
   * @param who `tx`: asked in the middle of a change, by its rows
   */
  async function lockErrors(
    template: LoadedTemplate,
    layer: LayerKind,
    change: { before: ParameterValue; after: ParameterValue },
    who: { principal: Principal | undefined; target: PermissionTarget; tx?: Transaction },
    prefix: string,
  ): Promise<NonNullable<AppError['errors']>> {
    const { principal, target, tx } = who;
    const held = new Set<string>();
    for (const { permission } of template.bundle.locked) {
      const asked = permission as Permission;
      const may =
        principal === undefined ||
        (await (tx === undefined ? access.may(principal, asked, target) : access.mayNow(tx, principal, asked, target)));
      if (may) held.add(permission);
    }
    return brokenLocks(template.bundle.locked, layer, change, (permission) => held.has(permission)).map((broken) => ({
      pointer: `${prefix}${broken.pointer}`,
      code: 'parameter_locked',
      detail:
        broken.reason === 'layer'
          ? `${broken.pointer} may be set in the layer ${broken.lock.layer}, not in ${layer}.`
          : `${broken.pointer} is locked: setting it needs ${broken.lock.permission}.`,
    }));
  }

  function refuseLocked(errors: NonNullable<AppError['errors']>): void {
    if (errors.length > 0) throw new AppError('parameter_locked', 403, errors[0]?.detail ?? '', { errors });
  }

  return {
    layers: (applicationId) => store.layers(applicationId),
    pins: (applicationId) => store.pins(applicationId),

    async pin(actor, applicationId, { environmentId, templateVersionId }) {
      const application = await applications.record(applicationId);
      const template = await templates.loadFor(application.projectId, templateVersionId);
      const target = placeOf(application, {
        layer: environmentId === undefined ? 'application' : 'environment',
        environmentId,
      });
      await access.mutate({ actor, permission: 'parameters:write', target: target.checked }, async (tx) => {
        await store.pin(tx, applicationId, target.scopeId, templateVersionId, principalName(actor.principal));
        const after = `${template.record.name} ${template.record.version}`;
        return { value: undefined, audit: [entryOf(application, target.name, [{ path: 'template', after }])] };
      });
    },

    async save(actor, applicationId, place, value, baseRevision) {
      const application = await applications.record(applicationId);
      const { scopeId, checked, environments, name } = placeOf(application, place);
      const key: LayerKey = { applicationId, layer: place.layer, scopeId };
      return access.mutate({ actor, permission: 'parameters:write', target: checked }, async (tx) => {
        const layers = await store.layers(applicationId, tx);
        const before = layers.find((layer) => isAt(layer, key))?.value ?? {};
        const others = layers.filter((layer) => !isAt(layer, key));
        for (const environmentId of environments) {
          const versionId = await followed(applicationId, environmentId, tx);
          if (versionId === undefined) continue;
          const template = await templates.load(versionId, tx);
          const who = { principal: actor.principal, target: checked, tx };
          refuseLocked(await lockErrors(template, place.layer, { before, after: value }, who, '/value'));
          const changed: LayerRecord = { ...key, revision: 0, value, author: '', createdAt: new Date(0) };
          checkFit(template, chainOf([...others, changed], application.id, environmentId, place.targetId), value);
        }
        const author = principalName(actor.principal);
        const revision = { value, authorId: principalId(actor.principal), author };
        if (!(await store.addRevision(tx, key, baseRevision, revision))) {
          const newest = layers.find((layer) => isAt(layer, key));
          const detail = `${newest?.author ?? 'Somebody'} saved these parameters meanwhile (revision ${newest?.revision ?? '?'}). Load them again, then bring your change in.`;
          throw conflict('parameters_changed', detail, [
            { pointer: '/baseRevision', code: 'parameters_changed', detail },
          ]);
        }
        const view: ParameterLayer = {
          ...place,
          revision: baseRevision + 1,
          value,
          author,
          changedAt: new Date().toISOString(),
        };
        return { value: view, audit: [entryOf(application, name, [{ path: 'parameters', before, after: value }])] };
      });
    },

    async effective(applicationId, { environmentId, targetId, templateVersionId, without }) {
      const versionId = templateVersionId ?? (await followed(applicationId, environmentId));
      if (versionId === undefined) throw noTemplate();
      const [{ bundle }, layers] = await Promise.all([templates.load(versionId), store.layers(applicationId)]);
      const chain = chainOf(layers, applicationId, environmentId, targetId).filter(({ kind }) => kind !== without);
      const merged = mergeLayers(chain);
      const { value, errors } = fillParameters(bundle, merged);
      return {
        templateVersionId: versionId,
        merged,
        effective: value,
        provenance: provenanceOf(chain, value),
        errors,
      };
    },

    async asOf(applicationId, { environmentId, targetId }, at) {
      const chain = chainOf(await store.layersAt(applicationId, at), applicationId, environmentId, targetId);
      return { merged: mergeLayers(chain), provenanceOf: (value) => provenanceOf(chain, value) };
    },

    async forRelease(principal, application, environmentId, given) {
      const versionId = given.templateVersionId ?? (await followed(application.id, environmentId));
      if (versionId === undefined) throw noTemplate();
      const [template, kept] = await Promise.all([
        templates.loadFor(application.projectId, versionId),
        store.layers(application.id),
      ]);
      const key: LayerKey = { applicationId: application.id, layer: 'environment', scopeId: toUuid(environmentId) };
      const before = kept.find((layer) => isAt(layer, key));
      const value = given.parameters ?? before?.value ?? {};
      const isNew = given.parameters !== undefined && !isSame(value, before?.value ?? {});
      const target = { projectId: application.projectId, environmentId };
      if (isNew) {
        const change = { before: before?.value ?? {}, after: value };
        refuseLocked(await lockErrors(template, 'environment', change, { principal, target }, '/parameters'));
      }
      const layers = [
        ...kept.filter((layer) => !isAt(layer, key)),
        { ...key, revision: before?.revision ?? 0, value, author: '', createdAt: new Date(0) },
      ];
      const of = (targetId?: string) => mergeLayers(chainOf(layers, application.id, environmentId, targetId));
      return {
        template,
        shared: of(),
        of,
        async keep(tx, actor) {
          const by = principalName(actor.principal);
          await store.pin(tx, application.id, toUuid(environmentId), versionId, by);
          if (!isNew) return [];
          if (!(await access.mayNow(tx, actor.principal, 'parameters:write', target)))
            throw forbidden(
              'parameters:write',
              'to change parameters; leave them out to deploy with those that are kept',
            );
          const revision = { value, authorId: principalId(actor.principal), author: by };
          if (!(await store.addRevision(tx, key, before?.revision ?? 0, revision))) {
            throw conflict(
              'preview_outdated',
              'Somebody else saved the parameters of this environment meanwhile. Look at the new preview, then deploy.',
            );
          }
          const name = application.environments.find((one) => one.environmentId === environmentId)?.name ?? '';
          return [entryOf(application, name, [{ path: 'parameters', before: before?.value ?? {}, after: value }])];
        },
      };
    },
  };
}

function noTemplate(): AppError {
  return invalid('no_template', 'This environment follows no template yet. Choose one.', '/templateVersionId');
}

function entryOf(
  application: ApplicationRecord,
  where: string,
  changes: NonNullable<AuditEntry['changes']>,
): AuditEntry {
  const name = where === '' ? application.slug : `${application.slug} ${where}`;
  return {
    action: 'parameters:write',
    target: { kind: 'application', id: application.id, name, project: application.projectId },
    changes,
  };
}
