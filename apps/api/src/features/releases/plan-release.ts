import { orderObjects, refOf } from '@quarterdeck/kubernetes';
import {
  type Bundle,
  canonicalJson,
  fillParameters,
  parseImage,
  RenderError,
  type RenderedObject,
  renderBundle,
  sha256Hex,
} from '@quarterdeck/templating';
import { AppError } from '../../platform/errors.ts';
import type { ApplicationRecord, TargetRecord } from '../applications/index.ts';
import type { ClusterRecord } from '../clusters/index.ts';
import type { Images, ObjectRecord } from './release-rows.ts';

export type PlannedObject = ObjectRecord & { bytes: string; object: RenderedObject };
export type PlannedTarget = { target: TargetRecord; cluster: ClusterRecord; objects: PlannedObject[] };
export type Plan = {
  projectId: string;
  images: Images;
  parameters: Record<string, unknown>;
  targets: PlannedTarget[];
  /** Over the bytes of all targets: two plans with one hash put out the same. */
  contentSha256: string;
};

export type PlanInput = {
  application: ApplicationRecord;
  environmentId: string;
  bundle: Bundle;
  images: Images;
  parameters: Record<string, unknown>;
  /** With the layer of a target of its own; absent: every target has `parameters`. */
  parametersOf?: (targetId: string) => Record<string, unknown>;
  clusters: readonly ClusterRecord[];
};

/**
 * Renders a template for every active target, to bytes. Pure: touches no cluster.
 * @throws AppError `parameters_invalid` | `render_failed` | `render_too_large` | `no_target`, each
 *   with the field named by JSON pointer
 */
export function planRelease(input: PlanInput): Plan {
  const environment = input.application.environments.find(
    (candidate) => candidate.environmentId === input.environmentId,
  );
  if (environment === undefined)
    throw fieldError('no_target', '/environmentId', 'The application does not go to this environment.');
  const active = environment.targets.filter((target) => target.state === 'active');
  if (active.length === 0)
    throw fieldError(
      'no_target',
      '/environmentId',
      environment.selector === undefined
        ? `${environment.name} has no target: its rules select no registered cluster.`
        : `${environment.name} has no target: ${input.application.slug} is narrowed to clusters that its rules do not give now.`,
    );

  const filled = fill(input.bundle, input.parameters);
  const { parametersOf } = input;
  const ofTarget = (id: string) => (parametersOf === undefined ? filled : fill(input.bundle, parametersOf(id)));
  const targets = active.map((target) => planTarget(input, target, environment, ofTarget(target.id)));
  const content = targets.map(({ target, objects }) => [target.id, objects.map((object) => object.sha256)]);
  return {
    projectId: input.application.projectId,
    images: input.images,
    parameters: filled,
    targets,
    contentSha256: sha256Hex(JSON.stringify(content)),
  };
}

/** With the schema's defaults. @throws AppError `parameters_invalid` naming every field */
function fill(bundle: Bundle, given: Record<string, unknown>): Record<string, unknown> {
  const { value, errors } = fillParameters(bundle, given);
  if (errors.length === 0) return value;
  throw new AppError('parameters_invalid', 422, errors[0]?.detail ?? 'The parameters do not fit the template.', {
    errors: errors.map((error) => ({
      pointer: `/parameters${error.pointer}`,
      code: 'parameters_invalid',
      detail: error.detail,
    })),
  });
}

function planTarget(
  { application, bundle, clusters, images }: PlanInput,
  target: TargetRecord,
  environment: ApplicationRecord['environments'][number],
  params: Record<string, unknown>,
): PlannedTarget {
  const cluster = clusters.find((candidate) => candidate.id === target.clusterId);
  if (cluster === undefined)
    throw fieldError('no_target', '/environmentId', 'A target’s cluster is not registered any more.');
  const objects = render(bundle, {
    params,
    images: Object.fromEntries(Object.entries(images).map(([slot, image]) => [slot, image.reference])),
    app: { name: application.slug, project: application.project, team: application.team ?? '', labels: {} },
    env: { name: environment.name, tier: environment.tier },
    target: {
      cluster: cluster.slug,
      region: cluster.labels.region ?? '',
      labels: cluster.labels,
      namespace: target.namespace,
      kubernetesVersion: cluster.version ?? '',
      apis: [],
    },
  });
  return {
    target,
    cluster,
    objects: orderObjects(objects).map((object, seq) => {
      const bytes = canonicalJson(object);
      const ref = refOf(object);
      return {
        targetId: target.id,
        seq,
        group: ref.group,
        version: ref.version,
        kind: ref.kind,
        namespace: ref.namespace ?? '',
        name: ref.name,
        sha256: sha256Hex(bytes),
        bytes,
        object,
      };
    }),
  };
}

function render(bundle: Bundle, context: Parameters<typeof renderBundle>[1]): RenderedObject[] {
  try {
    return renderBundle(bundle, context);
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    throw fieldError(error.code, '/parameters', error.message);
  }
}

/**
 * Every slot the template needs has a reference.
 * @throws AppError 422 `image_invalid`
 */
export function readImages(bundle: Bundle, given: Record<string, string>): Images {
  const unknown = Object.keys(given).find((slot) => bundle.images[slot] === undefined);
  if (unknown !== undefined)
    throw fieldError('image_invalid', `/images/${unknown}`, `The template has no image ${unknown}.`);
  const images: Images = {};
  for (const [slot, { required }] of Object.entries(bundle.images)) {
    const text = given[slot];
    if (text === undefined || text.trim() === '') {
      if (required)
        throw fieldError(
          'image_invalid',
          `/images/${slot}`,
          `Name the image ${slot}, such as registry.example.com/team/app:1.4.2.`,
        );
      continue;
    }
    const image = parseImage(text.trim());
    if (image === undefined)
      throw fieldError(
        'image_invalid',
        `/images/${slot}`,
        `${text} is not an image reference, such as registry.example.com/team/app:1.4.2.`,
      );
    images[slot] = image;
  }
  return images;
}

function fieldError(code: string, pointer: string, detail: string): AppError {
  return new AppError(code, 422, detail, { errors: [{ pointer, code, detail }] });
}
