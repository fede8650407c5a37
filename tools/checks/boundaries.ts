import type { SourceFile } from './sources.ts';

/** Which workspace packages each may import; what is missing here may import none. */
export const packageDirections: Record<string, readonly string[]> = {
  'packages/contracts': [],
  'packages/api-client': ['contracts'],
  'packages/outbound': [],
  'packages/registry': ['outbound'],
  'packages/kubernetes': ['outbound'],
  'packages/database': [],
  'packages/templating': [],
  'packages/simulator': [],
  'packages/testing': ['simulator', 'kubernetes', 'database', 'contracts', 'api-client'],
  'packages/ui': [],
  'apps/api': ['contracts', 'database', 'kubernetes', 'outbound', 'registry', 'templating', 'simulator'],
  'apps/web': ['contracts', 'api-client', 'ui'],
};

/** Packages that tests and fixtures may import on top. */
const forTests = ['testing', 'registry', 'database', 'simulator', 'kubernetes', 'contracts', 'api-client'];
const testFile = /\.(test|spec|fixture)\.tsx?$|\/testing\//;

/** The feature order as ARCHITECTURE.md states it. */
export function featureOrder(architecture: string): string[] {
  const line = architecture.split('\n').find((text) => text.startsWith('`audit · '));
  if (line === undefined) throw new Error('ARCHITECTURE.md does not state the feature order.');
  return line.replaceAll('`', '').split(' · ');
}

/** One sentence per import that breaks a wall. */
export function brokenBoundaries(sources: readonly SourceFile[], order: readonly string[]): string[] {
  return sources.flatMap((source) =>
    source.imports.flatMap((imported) => [
      ...brokenFeature(source.file, imported, order),
      ...brokenPackage(source.file, imported),
    ]),
  );
}

function featureOf(file: string): { app: string; feature: string } | undefined {
  const match = /^apps\/(api|web)\/src\/features\/([^/]+)\//.exec(file);
  return match === null ? undefined : { app: match[1] ?? '', feature: match[2] ?? '' };
}

function brokenFeature(file: string, imported: string, order: readonly string[]): string[] {
  const to = featureOf(imported);
  // A mutant replaces any module, also one behind a front door.
  if (to === undefined || file.startsWith('tools/mutants/')) return [];
  const from = featureOf(file);
  if (from?.feature === to.feature && from.app === to.app) return [];
  const broken: string[] = [];
  if (!order.includes(to.feature)) broken.push(`${file}: ${to.feature} is not in the feature order of ARCHITECTURE.md`);
  if (from !== undefined && from.app === 'web')
    broken.push(`${file}: features of the portal do not import each other; compose ${imported} in apps/web/src/app`);
  else if (from !== undefined && order.indexOf(from.feature) <= order.indexOf(to.feature)) {
    broken.push(`${file}: ${from.feature} stands left of ${to.feature} and may not import it`);
  }
  if (/^apps\/api\/src\/platform\//.test(file))
    broken.push(`${file}: platform knows no feature, but imports ${imported}`);
  // The portal's router loads each page by itself, so that every page is a chunk of its own.
  const isPage = file.startsWith('apps/web/src/app/') && imported.endsWith('-page.tsx');
  // A figure is measured on what the tests are made of; a test stands on what the tests of features to its left do.
  const isFixture = (file.startsWith('bench/') || testFile.test(file)) && imported.endsWith('.fixture.ts');
  if (!/\/index\.tsx?$/.test(imported) && !isPage && !isFixture) {
    broken.push(`${file}: goes past the front door of ${to.feature} to ${imported}`);
  }
  return broken;
}

function brokenPackage(file: string, imported: string): string[] {
  const owner = /^(apps|packages)\/[^/]+/.exec(file)?.[0];
  if (owner === undefined) return [];
  const outside = /^(apps|packages)\/[^/]+/.exec(imported)?.[0];
  if (outside !== undefined && outside !== owner)
    return [`${file}: reaches into ${outside} by path; import the package`];
  const name = /^@quarterdeck\/([^/]+)/.exec(imported)?.[1];
  if (name === undefined || owner.endsWith(`/${name}`)) return [];
  const allowed = packageDirections[owner] ?? [];
  if (allowed.includes(name) || (testFile.test(file) && forTests.includes(name))) return [];
  return [`${file}: ${owner} may not import @quarterdeck/${name}`];
}

/** Import cycles among project files, each as the files on its way. Type-only cycles count: they confuse readers too. */
export function importCycles(sources: readonly SourceFile[]): string[] {
  const files = new Map(sources.map((source) => [source.file, source.imports]));
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  function visit(file: string, way: readonly string[]): void {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      cycles.push([...way.slice(way.indexOf(file)), file].join(' -> '));
      return;
    }
    state.set(file, 'open');
    for (const imported of files.get(file) ?? []) if (files.has(imported)) visit(imported, [...way, file]);
    state.set(file, 'done');
  }
  for (const file of files.keys()) visit(file, []);
  return cycles;
}
