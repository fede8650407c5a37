import type { Bundle } from './bundle-types.ts';
import { canonicalJson } from './canonical-json.ts';
import { BundleError, RenderError } from './errors.ts';
import { type Layer, mergeLayers, type ParameterValue } from './layers.ts';
import { fillParameters } from './parameters.ts';
import { readYaml, toYaml } from './read-yaml.ts';
import { type RenderContext, type RenderedObject, renderBundle } from './render.ts';
import { sampleContext } from './sample.ts';

/** A golden render of a bundle: what stands in `tests/<file>` and what the template makes now. */
export type GoldenResult = {
  file: string;
  ok: boolean;
  /** Why nothing could be rendered, in words. */
  problem?: string;
  /** Manifests as YAML: as written down, and as made now. */
  expected: string;
  actual?: string;
  /** The whole file with `actual` for its manifests: what to save when the change is meant. */
  renewed?: string;
  objects: RenderedObject[];
  context?: RenderContext;
};

type GoldenFile = {
  layers: Layer[];
  images: Record<string, string>;
  env: object;
  target: object;
  manifests: unknown[];
};

/** Renders every `tests/*.yaml` of a bundle and compares, object by object, to the byte. */
export function runGoldenTests(bundle: Bundle): GoldenResult[] {
  return Object.keys(bundle.files)
    .filter((file) => file.startsWith('tests/'))
    .sort()
    .map((file) => runGolden(bundle, file));
}

function runGolden(bundle: Bundle, file: string): GoldenResult {
  let expected = '';
  try {
    const text = bundle.files[file] ?? '';
    const golden = readGolden(file, text);
    expected = documentsOf(golden.manifests);
    const { value, errors } = fillParameters(bundle, mergeLayers(golden.layers));
    if (errors.length > 0)
      return { file, ok: false, problem: errors.map(({ detail }) => detail).join('; '), expected, objects: [] };
    const sample = sampleContext(bundle, value);
    const context: RenderContext = {
      ...sample,
      images: { ...sample.images, ...golden.images },
      env: { ...sample.env, ...golden.env },
      target: { ...sample.target, ...golden.target },
    };
    const objects = renderBundle(bundle, context);
    const ok = canonicalJson(objects) === canonicalJson(golden.manifests);
    return {
      file,
      ok,
      expected,
      actual: documentsOf(objects),
      ...(ok ? {} : { renewed: renew(text, objects) }),
      objects,
      context,
    };
  } catch (error) {
    if (!(error instanceof RenderError) && !(error instanceof BundleError)) throw error;
    return { file, ok: false, problem: error.message, expected, objects: [] };
  }
}

function readGolden(file: string, text: string): GoldenFile {
  const [head = {}] = readYaml(file, text) as Record<string, unknown>[];
  const known = ['layers', 'images', 'env', 'target', 'manifests'];
  const odd = Object.keys(head).find((key) => !known.includes(key));
  if (odd !== undefined) throw new BundleError(file, `${odd} is not a key of a test: ${known.join(', ')}`);
  const map = (key: string) => {
    const value = head[key] ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) throw new BundleError(file, `${key} is a map`);
    return value as Record<string, unknown>;
  };
  const layers = map('layers') as Record<string, ParameterValue>;
  return {
    layers: (['application', 'environment', 'target'] as const).flatMap((kind) =>
      layers[kind] === undefined ? [] : [{ kind, value: layers[kind] }],
    ),
    images: map('images') as Record<string, string>,
    env: map('env'),
    target: map('target'),
    manifests: Array.isArray(head.manifests) ? head.manifests : [],
  };
}

/** The file with other manifests; comments and layers above stay as they are. */
function renew(text: string, objects: readonly RenderedObject[]): string {
  const head = text.replace(/^manifests:[\s\S]*$/m, '').trimEnd();
  return `${head}${head === '' ? '' : '\n'}${toYaml({ manifests: objects })}`;
}

function documentsOf(objects: readonly unknown[]): string {
  return objects.map((object) => toYaml(object)).join('---\n');
}
