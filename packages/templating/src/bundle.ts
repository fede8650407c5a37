import { canonicalJson, sha256Hex } from './canonical-json.ts';
import { BundleError } from './errors.ts';
import { compileSchema } from './parameters.ts';
import { readYaml } from './read-yaml.ts';

/** Path to text: `template.yaml`, `schema.json`, `manifests/*.yaml`, `tests/*.yaml`. */
export type BundleFiles = Record<string, string>;

export type Bundle = {
  name: string;
  title: string;
  description: string;
  version: string;
  images: Record<string, { required: boolean; title?: string }>;
  /** JSON Schema 2020-12 of `params`. */
  schema: Record<string, unknown>;
  files: BundleFiles;
  /** Over all files. */
  sha256: string;
  /** Parsed manifests in the order of their file names. */
  documents: { file: string; node: unknown }[];
};

const maxBytes = 1_048_576;
const maxDocuments = 200;
const semver = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;

/**
 * Loads and checks a template bundle.
 * @throws BundleError that names the file and what is wrong with it
 */
export function loadBundle(files: BundleFiles): Bundle {
  const size = Object.values(files).reduce((sum, text) => sum + text.length, 0);
  if (size > maxBytes) throw new BundleError('template.yaml', 'the bundle is larger than 1 MiB');
  const [head] = readYaml('template.yaml', fileOf(files, 'template.yaml')) as Record<string, unknown>[];
  const name = textOf(head, 'name');
  const version = textOf(head, 'version');
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(name))
    throw new BundleError('template.yaml', 'name has lower-case letters, digits and dashes');
  if (!semver.test(version)) throw new BundleError('template.yaml', 'version is written 1.2.3');
  const schema = readSchema(files);
  const documents = Object.keys(files)
    .filter((file) => /^manifests\/.+\.ya?ml$/.test(file))
    .sort()
    .flatMap((file) => readYaml(file, fileOf(files, file)).map((node) => ({ file, node })));
  if (documents.length === 0) throw new BundleError('manifests/', 'the bundle has no manifest');
  if (documents.length > maxDocuments)
    throw new BundleError('manifests/', `the bundle has more than ${maxDocuments} documents`);
  return {
    name,
    title: typeof head?.title === 'string' ? head.title : name,
    description: typeof head?.description === 'string' ? head.description : '',
    version,
    images: readImages(head?.images),
    schema,
    files,
    sha256: sha256Hex(canonicalJson(files)),
    documents,
  };
}

function fileOf(files: BundleFiles, file: string): string {
  const text = files[file];
  if (text === undefined) throw new BundleError(file, 'is missing');
  return text;
}

function textOf(head: Record<string, unknown> | undefined, key: string): string {
  const value = head?.[key];
  if (typeof value !== 'string') throw new BundleError('template.yaml', `${key} is missing`);
  return value;
}

function readSchema(files: BundleFiles): Record<string, unknown> {
  let schema: unknown;
  try {
    schema = JSON.parse(fileOf(files, 'schema.json'));
  } catch (error) {
    throw error instanceof BundleError ? error : new BundleError('schema.json', 'is not JSON');
  }
  if (typeof schema !== 'object' || schema === null) throw new BundleError('schema.json', 'is not an object');
  try {
    compileSchema(schema as Record<string, unknown>);
  } catch (error) {
    throw new BundleError('schema.json', error instanceof Error ? error.message : 'is not a schema');
  }
  return schema as Record<string, unknown>;
}

function readImages(value: unknown): Bundle['images'] {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).map(([slot, image]: [string, { required?: unknown; title?: unknown } | null]) => [
      slot,
      { required: image?.required === true, ...(typeof image?.title === 'string' ? { title: image.title } : {}) },
    ]),
  );
}
