import type { Bundle, BundleFiles } from './bundle-types.ts';
import { canonicalJson, sha256Hex } from './canonical-json.ts';
import { checkDocuments } from './check-documents.ts';
import { BundleError } from './errors.ts';
import { compileSchema } from './parameters.ts';
import { readHead } from './read-head.ts';
import { readYaml } from './read-yaml.ts';
import { checkSchemaRules } from './schema-rules.ts';

const maxBytes = 1_048_576;
const maxFiles = 250;
const maxDocuments = 200;
const allowedFile =
  /^(?:template\.yaml|schema\.json|README\.md|(?:manifests|tests)\/[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.ya?ml)$/;

/**
 * Loads and checks a template bundle.
 * @throws BundleError that names the file and what is wrong with it
 */
export function loadBundle(files: BundleFiles): Bundle {
  checkFiles(files);
  const head = readHead(fileOf(files, 'template.yaml'));
  const schema = readSchema(fileOf(files, 'schema.json'));
  const documents = Object.keys(files)
    .filter((file) => file.startsWith('manifests/'))
    .sort()
    .flatMap((file) => readYaml(file, fileOf(files, file)).map((node) => ({ file, node })));
  if (documents.length === 0) throw new BundleError('manifests/', 'the bundle has no manifest');
  if (documents.length > maxDocuments)
    throw new BundleError('manifests/', `the bundle has more than ${maxDocuments} documents`);
  const bundle = { ...head, schema, files, sha256: sha256Hex(canonicalJson(files)), documents };
  checkDocuments(bundle);
  return bundle;
}

function checkFiles(files: BundleFiles): void {
  const names = Object.keys(files);
  if (names.length > maxFiles) throw new BundleError('template.yaml', `the bundle has more than ${maxFiles} files`);
  const odd = names.find((file) => !allowedFile.test(file));
  if (odd !== undefined) {
    throw new BundleError(
      odd.slice(0, 120),
      'is not a file of a bundle: template.yaml, schema.json, README.md, manifests/*.yaml, tests/*.yaml',
    );
  }
  const size = names.reduce((sum, file) => sum + Buffer.byteLength(files[file] ?? '', 'utf8'), 0);
  if (size > maxBytes) throw new BundleError('template.yaml', 'the bundle is larger than 1 MiB');
}

function fileOf(files: BundleFiles, file: string): string {
  const text = files[file];
  if (text === undefined) throw new BundleError(file, 'is missing');
  return text;
}

function readSchema(text: string): Record<string, unknown> {
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch {
    throw new BundleError('schema.json', 'is not JSON');
  }
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema))
    throw new BundleError('schema.json', 'is not an object');
  // First: a schema that refers to itself would be compiled for ever.
  checkSchemaRules(schema as Record<string, unknown>);
  try {
    compileSchema(schema as Record<string, unknown>);
  } catch (error) {
    throw new BundleError('schema.json', error instanceof Error ? error.message : 'is not a schema');
  }
  return schema as Record<string, unknown>;
}
