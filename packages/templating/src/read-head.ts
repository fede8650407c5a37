import type { Bundle, LayerKind, Lock } from './bundle-types.ts';
import { BundleError } from './errors.ts';
import { readYaml } from './read-yaml.ts';

const file = 'template.yaml';
const semver = /^(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})(?:-[0-9A-Za-z.-]{1,64})?$/;
const layers: readonly string[] = ['application', 'environment', 'target'] satisfies readonly LayerKind[];

type Head = Pick<Bundle, 'name' | 'title' | 'description' | 'version' | 'images' | 'locals' | 'locked' | 'allow'>;

/**
 * Reads `template.yaml`.
 * @throws BundleError that says which key is wrong
 */
export function readHead(text: string): Head {
  const [head] = readYaml(file, text) as (Record<string, unknown> | undefined)[];
  const known = ['name', 'title', 'description', 'version', 'images', 'locals', 'locked', 'lint'];
  const odd = Object.keys(mapOf(head ?? {}, 'the file')).find((key) => !known.includes(key));
  if (odd !== undefined) throw new BundleError(file, `${odd} is not a key of it: ${known.join(', ')}`);
  const name = textOf(head?.name, 'name', 63);
  const version = textOf(head?.version, 'version', 100);
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(name))
    throw new BundleError(file, 'name has lower-case letters, digits and dashes');
  if (!semver.test(version)) throw new BundleError(file, 'version is written 1.2.3');
  return {
    name,
    version,
    title: head?.title === undefined ? name : textOf(head.title, 'title', 100),
    description: head?.description === undefined ? '' : textOf(head.description, 'description', 500),
    images: readImages(head?.images),
    locals: readLocals(head?.locals),
    locked: readLocks(head?.locked),
    allow: readAllowed(head?.lint),
  };
}

function textOf(value: unknown, key: string, longest: number): string {
  if (typeof value !== 'string') throw new BundleError(file, `${key} is missing`);
  if (value.length > longest) throw new BundleError(file, `${key} has at most ${longest} characters`);
  return value;
}

function mapOf(value: unknown, what: string): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new BundleError(file, `${what} is a map`);
  return value as Record<string, unknown>;
}

function readImages(value: unknown): Bundle['images'] {
  return Object.fromEntries(
    Object.entries(mapOf(value, 'images')).map(([slot, given]) => {
      if (!/^[a-z][a-zA-Z0-9]{0,39}$/.test(slot))
        throw new BundleError(file, `images.${slot} is not a name such as main`);
      const image = mapOf(given, `images.${slot}`);
      return [
        slot,
        { required: image.required === true, ...(typeof image.title === 'string' ? { title: image.title } : {}) },
      ];
    }),
  );
}

function readLocals(value: unknown): Bundle['locals'] {
  const locals = mapOf(value, 'locals');
  const odd = Object.keys(locals).find((name) => !/^[a-zA-Z_]\w{0,39}$/.test(name));
  if (odd !== undefined) throw new BundleError(file, `locals.${odd} is not a name`);
  return locals;
}

function readLocks(value: unknown): Lock[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new BundleError(file, 'locked is a list');
  return value.map((entry: unknown, index) => {
    const lock = mapOf(entry, `locked.${index}`);
    const pointer = textOf(lock.pointer, `locked.${index}.pointer`, 200);
    const layer = textOf(lock.layer, `locked.${index}.layer`, 40);
    const permission = textOf(lock.permission, `locked.${index}.permission`, 80);
    if (!pointer.startsWith('/')) throw new BundleError(file, `locked.${index}.pointer is written /ingress/host`);
    if (!layers.includes(layer)) throw new BundleError(file, `locked.${index}.layer is one of ${layers.join(', ')}`);
    return { pointer, layer: layer as LayerKind, permission };
  });
}

function readAllowed(value: unknown): Bundle['allow'] {
  const allow = mapOf(mapOf(value, 'lint').allow, 'lint.allow');
  return Object.fromEntries(
    Object.entries(allow).map(([rule, reason]) => {
      if (typeof reason !== 'string' || reason.trim().length < 10)
        throw new BundleError(file, `lint.allow.${rule} needs a reason in words`);
      return [rule, reason];
    }),
  );
}
