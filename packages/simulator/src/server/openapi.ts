import { createHash } from 'node:crypto';
import { apiVersionOf, type Kind } from '../objects/kinds.ts';
import { type Shape, shapeOf } from '../objects/schema.ts';
import type { Json } from '../objects/types.ts';

/**
 * What `/openapi/v3` answers: which kinds there are, their fields as far as they are looked at, and that writes take
 * `fieldValidation`, by which kubectl knows that it may leave validation to the server.
 * @param schemaOf the schema of a kind that a definition made
 */
export function openApi(
  path: string,
  kinds: readonly Kind[],
  schemaOf: (kind: Kind) => Json | undefined,
): Json | undefined {
  const groups = Map.groupBy(kinds, (kind) => `${kind.group === '' ? 'api' : 'apis'}/${apiVersionOf(kind)}`);
  if (path === '/openapi/v3') {
    const paths = [...groups].map(([name, of]) => {
      const hash = createHash('sha256')
        .update(JSON.stringify(document(of, schemaOf)))
        .digest('hex')
        .toUpperCase();
      return [name, { serverRelativeURL: `/openapi/v3/${name}?hash=${hash}` }];
    });
    return { paths: Object.fromEntries(paths) };
  }
  const found = groups.get(path.replace(/^\/openapi\/v3\//, ''));
  return found === undefined ? undefined : document(found, schemaOf);
}

function document(kinds: readonly Kind[], schemaOf: (kind: Kind) => Json | undefined): Json {
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths: Object.fromEntries(kinds.map((kind) => [pathOf(kind), { patch: operation(kind, 'patch') }])),
    components: {
      schemas: Object.fromEntries(kinds.map((kind) => [schemaName(kind), schema(kind, schemaOf(kind))])),
    },
  };
}

function gvk({ group, version, kind }: Kind): Json {
  return { group, version, kind };
}

function pathOf(kind: Kind): string {
  const base = kind.group === '' ? '/api/v1' : `/apis/${apiVersionOf(kind)}`;
  return `${base}${kind.namespaced ? '/namespaces/{namespace}' : ''}/${kind.plural}/{name}`;
}

function operation(kind: Kind, action: string): Json {
  const parameters = ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map((name) => ({
    name,
    in: 'query',
    schema: { type: name === 'force' ? 'boolean' : 'string', uniqueItems: true },
  }));
  return { 'x-kubernetes-action': action, 'x-kubernetes-group-version-kind': gvk(kind), parameters };
}

/** `io.k8s.api.apps.v1.Deployment`; kinds of definitions have their group the other way round. */
function schemaName({ group, version, kind, isCustom }: Kind): string {
  if (isCustom === true) return [...group.split('.').toReversed(), version, kind].join('.');
  return `io.k8s.api.${group === '' ? 'core' : (group.split('.')[0] ?? '')}.${version}.${kind}`;
}

function schema(kind: Kind, custom: Json | undefined): Json {
  const own = custom ?? (shapeOf(kind) === undefined ? { type: 'object' } : fromShape(shapeOf(kind) ?? 'any'));
  return { ...own, 'x-kubernetes-group-version-kind': [gvk(kind)] };
}

const types = { text: 'string', int: 'integer', bool: 'boolean' } as const;

function fromShape(shape: Shape): Json {
  if (shape === 'any') return {};
  if (typeof shape === 'string') return { type: types[shape] };
  if ('list' in shape) return { type: 'array', items: fromShape(shape.list) };
  if ('map' in shape) return { type: 'object', additionalProperties: fromShape(shape.map) };
  const properties = Object.entries(shape.fields).map(([name, inner]) => [name, fromShape(inner)]);
  return { type: 'object', properties: Object.fromEntries(properties) };
}
