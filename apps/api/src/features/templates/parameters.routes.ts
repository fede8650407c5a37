import {
  type Application,
  getApplicationTemplate,
  getEffectiveParameters,
  getParameters,
  saveParameters,
  setApplicationTemplate,
} from '@quarterdeck/contracts';
import { compareVersions } from '@quarterdeck/templating';
import { invalid, notFound } from '../../platform/errors.ts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import { fromUuid, toUuid } from '../../platform/ids.ts';
import type { Principal } from '../../platform/principal.ts';
import type { Applications } from '../applications/index.ts';
import type { LayerPlace } from './layer-places.ts';
import type { Parameters } from './parameters.service.ts';
import type { LayerRecord } from './parameters.store.ts';
import { newestOf, type Templates } from './templates.service.ts';

export function parametersRoutes(deps: {
  applications: Applications;
  templates: Templates;
  parameters: Parameters;
}): BoundEndpoint[] {
  const { applications, templates, parameters } = deps;

  /** Project and environment come from rows; a layer of a target is the environment's whose target it is. */
  async function placeOf(id: string, place: { environmentId?: string | undefined; targetId?: string | undefined }) {
    const { projectId, environments } = await applications.record(id);
    const { environmentId, targetId } = place;
    if (environmentId === undefined && targetId === undefined) return { projectId };
    const environment = environments.find((one) =>
      targetId === undefined
        ? one.environmentId === environmentId
        : one.targets.some((target) => target.id === targetId),
    );
    if (environment === undefined) throw notFound('This environment');
    return { projectId, environmentId: environment.environmentId };
  }

  async function pinsOf(principal: Principal, id: string) {
    const application = await applications.read(principal, id);
    const [pins, listed] = await Promise.all([parameters.pins(id), templates.list(principal)]);
    const items = pins.flatMap((pin) => {
      const environmentId = scopeOf(application, pin.scopeId);
      if (environmentId === undefined) return [];
      return [{ pin, environmentId: environmentId === 'application' ? undefined : environmentId }];
    });
    return Promise.all(
      items.map(async ({ pin, environmentId }) => {
        const version = await templates.version(pin.templateVersionId);
        const newest = newestOf(listed.find(({ heads }) => heads[0]?.templateId === version.templateId)?.heads ?? []);
        const isNewer = newest !== undefined && compareVersions(newest.version, version.version) > 0;
        return {
          ...(environmentId === undefined ? {} : { environmentId }),
          templateVersionId: version.id,
          template: version.name,
          title: version.title,
          version: version.version,
          state: version.state,
          ...(isNewer ? { newer: { templateVersionId: newest.id, version: newest.version } } : {}),
          changedBy: pin.changedBy,
          changedAt: pin.changedAt.toISOString(),
        };
      }),
    );
  }

  return [
    bind(getApplicationTemplate, 'any', async ({ params }, { principal }) => ({
      items: await pinsOf(principal, params.id),
    })),
    bind(
      setApplicationTemplate,
      ({ params, body }) => placeOf(params.id, body),
      async ({ params, body }, { actor, principal }) => {
        await parameters.pin(actor, params.id, body);
        return { items: await pinsOf(principal, params.id) };
      },
    ),
    bind(getParameters, 'any', async ({ params }, { principal }) => {
      const application = await applications.read(principal, params.id);
      const layers = await parameters.layers(params.id);
      return { items: placesOf(application).map((place) => toLayerView(application, place, layers)) };
    }),
    bind(
      saveParameters,
      ({ params, body }) => placeOf(params.id, placed(body)),
      async ({ params, body: { value, baseRevision, ...place } }, { actor }) =>
        parameters.save(actor, params.id, place, value, baseRevision),
    ),
    bind(
      getEffectiveParameters,
      ({ params, query }) => placeOf(params.id, { environmentId: query.environment }),
      async ({ params, query }, { principal }) => {
        if (query.templateVersion !== undefined) await templates.readVersion(principal, query.templateVersion);
        return parameters.effective(params.id, {
          environmentId: query.environment,
          targetId: query.target,
          templateVersionId: query.templateVersion,
          without: query.without,
        });
      },
    ),
  ];
}

type Place = { layer: LayerRecord['layer']; environmentId?: string; targetId?: string };

/**
 * The ids that go with a layer, and no others.
 * @throws AppError 422 naming the one that is missing or too much
 */
function placed({ layer, environmentId, targetId }: LayerPlace): Pick<LayerPlace, 'environmentId' | 'targetId'> {
  const wanted = { application: undefined, environment: 'environmentId', target: 'targetId' }[layer];
  for (const [key, given] of Object.entries({ environmentId, targetId })) {
    if ((key === wanted) === (given !== undefined)) continue;
    const detail = given === undefined ? `The layer ${layer} needs ${key}.` : `The layer ${layer} takes no ${key}.`;
    throw invalid('invalid_input', detail, `/${key}`);
  }
  return { environmentId, targetId };
}

/** Every place of an application that has a layer, saved or not, from the widest to the narrowest. */
function placesOf({ environments }: Application): Place[] {
  return [
    { layer: 'application' },
    ...environments.flatMap(({ environmentId, targets }): Place[] => [
      { layer: 'environment', environmentId },
      ...targets.map(({ id }): Place => ({ layer: 'target', environmentId, targetId: id })),
    ]),
  ];
}

function toLayerView(application: Application, place: Place, layers: readonly LayerRecord[]) {
  const scopeId = toUuid(place.targetId ?? place.environmentId ?? application.id);
  const saved = layers.find((layer) => layer.layer === place.layer && layer.scopeId === scopeId);
  return {
    ...place,
    revision: saved?.revision ?? 0,
    value: saved?.value ?? {},
    ...(saved === undefined ? {} : { author: saved.author, changedAt: saved.createdAt.toISOString() }),
  };
}

/** Whose pin it is, of those that may be seen. */
function scopeOf({ id, environments }: Application, scopeId: string): string | undefined {
  if (toUuid(id) === scopeId) return 'application';
  const environmentId = fromUuid('env', scopeId);
  return environments.some((one) => one.environmentId === environmentId) ? environmentId : undefined;
}
