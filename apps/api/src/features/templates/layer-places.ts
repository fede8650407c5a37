import { fillParameters, type Layer, type LayerKind, mergeLayers, type ParameterValue } from '@quarterdeck/templating';
import { AppError, notFound } from '../../platform/errors.ts';
import { toUuid } from '../../platform/ids.ts';
import type { ApplicationRecord } from '../applications/index.ts';
import type { LayerKey, LayerRecord } from './parameters.store.ts';
import type { LoadedTemplate } from './templates.service.ts';

/** A layer as a request names it. */
export type LayerPlace = { layer: LayerKind; environmentId?: string | undefined; targetId?: string | undefined };

/** Whether a layer is the one of this key. */
export function isAt(layer: LayerKey, key: LayerKey): boolean {
  return layer.layer === key.layer && layer.scopeId === key.scopeId;
}

/** The layers that count in a place, widest first. */
export function chainOf(
  layers: readonly LayerRecord[],
  applicationId: string,
  environmentId: string,
  targetId: string | undefined,
): Layer[] {
  const scopes: [LayerKind, string | undefined][] = [
    ['application', applicationId],
    ['environment', environmentId],
    ['target', targetId],
  ];
  return scopes.flatMap(([kind, id]) => {
    const found =
      id === undefined ? undefined : layers.find((layer) => layer.layer === kind && layer.scopeId === toUuid(id));
    if (found === undefined) return [];
    return [
      { kind, value: found.value, revision: found.revision, author: found.author, at: found.createdAt.toISOString() },
    ];
  });
}

/** What of a layer's own values does not fit the schema; what is still missing may come from another layer. */
export function checkFit({ bundle }: LoadedTemplate, chain: readonly Layer[], own: ParameterValue): void {
  const { errors } = fillParameters(bundle, mergeLayers(chain));
  const top = new Set(Object.keys(own).map((key) => key.replaceAll('~', '~0').replaceAll('/', '~1')));
  const mine = errors.filter(
    ({ pointer, detail }) => top.has(pointer.split('/')[1] ?? '') && !detail.endsWith('is needed'),
  );
  if (mine.length === 0) return;
  throw new AppError('parameters_invalid', 422, mine[0]?.detail ?? '', {
    errors: mine.map(({ pointer, detail }) => ({ pointer: `/value${pointer}`, code: 'parameters_invalid', detail })),
  });
}

/** Where a layer stands: what it is keyed by, what a change is checked against, and the environments it reaches. */
export function placeOf(application: ApplicationRecord, { layer, environmentId, targetId }: LayerPlace) {
  const { projectId, environments } = application;
  const environment = environments.find((candidate) =>
    targetId === undefined
      ? candidate.environmentId === environmentId
      : candidate.targets.some(({ id }) => id === targetId),
  );
  if (layer === 'application') {
    return {
      scopeId: toUuid(application.id),
      checked: { projectId },
      environments: environments.map((one) => one.environmentId),
      name: '',
    };
  }
  if (environment === undefined || (layer === 'target') !== (targetId !== undefined))
    throw notFound('This environment');
  const id = environment.environmentId;
  return {
    scopeId: toUuid(targetId ?? id),
    checked: { projectId, environmentId: id },
    environments: [id],
    name: environment.name,
  };
}
