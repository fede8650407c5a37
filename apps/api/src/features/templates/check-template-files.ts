import type { TemplateReport } from '@quarterdeck/contracts';
import {
  type Bundle,
  BundleError,
  type BundleFiles,
  canonicalJson,
  compareBundles,
  compareVersions,
  fillParameters,
  isStep,
  lintBundle,
  loadBundle,
  neededLevel,
  RenderError,
  renderBundle,
  runGoldenTests,
  sampleContext,
  sha256Hex,
  toYaml,
} from '@quarterdeck/templating';

/** What stands in the way of publishing, by the code that the refusal has. */
export type Blocker = {
  code: 'template_invalid' | 'lint_failed' | 'golden_failed' | 'version_not_newer' | 'version_too_small';
  detail: string;
};

type Tried = { bundle: Bundle } | { problem: { file: string; detail: string } };

const maxTried = 300;
// The same files are always the same bundle, and reading one takes longer than a request should.
const tried = new Map<string, Tried>();

/** The bundle of these files, or which file is wrong. */
export function tryBundle(files: BundleFiles): Tried {
  const key = sha256Hex(canonicalJson(files));
  const known = tried.get(key);
  if (known !== undefined) return known;
  const found = readBundle(files);
  if (tried.size >= maxTried) tried.clear();
  tried.set(key, found);
  return found;
}

function readBundle(files: BundleFiles): Tried {
  try {
    return { bundle: loadBundle(files) };
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    return { problem: { file: error.file, detail: error.message.replace(`${error.file}: `, '') } };
  }
}

/** Everything that is known of files before they are published, and what keeps them from it. */
export function checkFiles(
  files: BundleFiles,
  newest: Bundle | undefined,
): { report: TemplateReport; blockers: Blocker[] } {
  const read = tryBundle(files);
  if ('problem' in read) {
    const { problem } = read;
    const blockers: Blocker[] = [{ code: 'template_invalid', detail: `${problem.file}: ${problem.detail}` }];
    return { report: { problem, lint: [], golden: [], blockers: blockers.map(({ detail }) => detail) }, blockers };
  }
  const { bundle } = read;
  const lint = lintBundle(bundle);
  const golden = runGoldenTests(bundle).map(({ objects: _, context: __, ...result }) => result);
  const changes = newest === undefined ? [] : compareBundles(newest, bundle);
  const needed = neededLevel(changes);
  const blockers: Blocker[] = [
    ...lint
      .filter(({ allowed }) => allowed === undefined)
      .map(({ rule, object, detail }) => ({
        code: 'lint_failed' as const,
        detail: `${object}, rule ${rule}: ${detail}`,
      })),
    ...golden
      .filter(({ ok }) => !ok)
      .map(({ file, problem }) => ({
        code: 'golden_failed' as const,
        detail: `${file}: ${problem ?? 'what is made now differs from what it says'}`,
      })),
    ...(newest === undefined ? [] : versionBlockers(newest.version, bundle.version, needed)),
  ];
  return {
    report: {
      lint,
      golden,
      ...(newest === undefined
        ? {}
        : {
            compatibility: {
              against: newest.version,
              needed,
              changes,
              fits: isStep(newest.version, bundle.version, needed),
            },
          }),
      blockers: blockers.map(({ detail }) => detail),
    },
    blockers,
  };
}

function versionBlockers(newest: string, version: string, needed: 'major' | 'minor' | 'patch'): Blocker[] {
  if (compareVersions(version, newest) <= 0)
    return [{ code: 'version_not_newer', detail: `${version} is not above ${newest}, which is published.` }];
  if (isStep(newest, version, needed)) return [];
  const detail = `${version} is too small a step after ${newest}: what changed needs a ${needed} one.`;
  return [{ code: 'version_too_small', detail }];
}

/** Renders for a made-up target. */
export function renderFiles(
  files: BundleFiles,
  given: { parameters: Record<string, unknown>; images: Record<string, string> },
) {
  const read = tryBundle(files);
  if ('problem' in read) return { problem: { code: 'template_invalid', ...read.problem }, errors: [], objects: [] };
  const { bundle } = read;
  const base = { schema: bundle.schema, images: bundle.images };
  const { value, errors } = fillParameters(bundle, given.parameters);
  if (errors.length > 0) return { ...base, errors, objects: [] };
  const sample = sampleContext(bundle, value);
  const images = Object.fromEntries(Object.entries(given.images).filter(([, reference]) => reference.trim() !== ''));
  try {
    const objects = renderBundle(bundle, { ...sample, images: { ...sample.images, ...images } });
    return {
      ...base,
      errors: [],
      objects: objects.map((object) => ({
        kind: object.kind,
        name: object.metadata.name,
        manifest: toYaml(object),
      })),
    };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    const file = error.file === undefined ? {} : { file: error.file };
    const detail = error.file === undefined ? error.message : error.message.replace(`${error.file}: `, '');
    return { ...base, problem: { code: error.code, ...file, detail }, errors: [], objects: [] };
  }
}
