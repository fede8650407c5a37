import type { Bundle } from './bundle-types.ts';
import { RenderError } from './errors.ts';
import { toCel } from './expressions.ts';
import { whyRefused } from './refused-objects.ts';
import { type Budget, countNodes, renderNode } from './render-node.ts';

export type RenderContext = {
  params: Record<string, unknown>;
  /** Reference by slot. */
  images: Record<string, string>;
  app: { name: string; project: string; team: string; labels: Record<string, string> };
  env: { name: string; tier: string };
  target: {
    cluster: string;
    region: string;
    labels: Record<string, string>;
    namespace: string;
    kubernetesVersion: string;
    apis: readonly string[];
  };
};

export type RenderedObject = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; [key: string]: unknown };
  [key: string]: unknown;
};

const maxObjects = 200;

/**
 * Renders every manifest for one target and adds the namespace and our labels. Has no clock, no chance and no network:
 * the same context always gives the same objects.
 * @throws RenderError `render_failed` | `render_too_large`
 */
export function renderBundle(bundle: Bundle, context: RenderContext): RenderedObject[] {
  const budget: Budget = { steps: 0, nodes: 0, perLoop: countNodes(context) };
  const scope: Record<string, unknown> = toCel({ ...context, local: {} }) as Record<string, unknown>;
  for (const [name, node] of Object.entries(bundle.locals)) {
    const value = renderNode(node, scope, 'template.yaml', budget);
    scope.local = { ...(scope.local as object), [name]: toCel(value ?? null) };
  }
  const objects = bundle.documents.flatMap(({ file, node }) => {
    const rendered = renderNode(node, scope, file, budget);
    // A document that is a loop makes many objects.
    const made = rendered === undefined ? [] : Array.isArray(rendered) ? rendered : [rendered];
    return made.map((object: unknown) => finish(object, file, context));
  });
  if (objects.length > maxObjects)
    throw new RenderError('render_too_large', `The template makes ${objects.length} objects; at most ${maxObjects}.`);
  const seen = new Set<string>();
  for (const object of objects) {
    const key = `${object.apiVersion.replace(/\/?[^/]*$/, '')} ${object.kind} ${object.metadata.name}`;
    if (seen.has(key)) throw new RenderError('render_failed', `${object.kind} ${object.metadata.name} is made twice.`);
    seen.add(key);
  }
  return objects;
}

/** Labels that every object of an application carries, pods too. */
export function ownLabels({ app, env }: Pick<RenderContext, 'app' | 'env'>): Record<string, string> {
  return {
    'app.kubernetes.io/name': app.name,
    'app.kubernetes.io/managed-by': 'quarterdeck',
    'quarterdeck.dev/application': app.name,
    'quarterdeck.dev/environment': env.name,
  };
}

function finish(value: unknown, file: string, context: RenderContext): RenderedObject {
  const object = value as RenderedObject;
  if (
    typeof object !== 'object' ||
    object === null ||
    typeof object.apiVersion !== 'string' ||
    typeof object.kind !== 'string'
  ) {
    throw new RenderError('render_failed', 'A document needs apiVersion and kind.', file);
  }
  if (typeof object.metadata?.name !== 'string' || object.metadata.name === '')
    throw new RenderError('render_failed', `${object.kind} needs metadata.name.`, file);
  const refusal = whyRefused(object);
  if (refusal !== undefined) throw new RenderError('render_failed', refusal, file);
  return {
    ...object,
    metadata: {
      ...object.metadata,
      namespace: context.target.namespace,
      labels: { ...object.metadata.labels, ...ownLabels(context) },
    },
  };
}
