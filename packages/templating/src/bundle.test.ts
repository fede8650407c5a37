// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are written in plain strings
import { describe, expect, it } from 'vitest';
import { loadBundle } from './bundle.ts';
import type { BundleFiles } from './bundle-types.ts';
import { canonicalJson } from './canonical-json.ts';
import { BundleError } from './errors.ts';
import { parseImage } from './image.ts';
import { fillParameters } from './parameters.ts';
import { toYaml } from './read-yaml.ts';

const head = 'name: sample\nversion: 1.0.0\n';
const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n';
const declared: BundleFiles = {
  'schema.json': '{"type":"object","additionalProperties":false,"properties":{"host":{"type":"string","maxLength":9}}}',
};
const named = (name: string): BundleFiles => ({
  ...declared,
  'manifests/map.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: "${name}" }\n`,
});

const good: BundleFiles = {
  'template.yaml': 'name: sample\nversion: 1.0.0\nimages: { main: { required: true, title: Image } }\n',
  'schema.json': '{"type":"object","additionalProperties":false}',
  'manifests/map.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n',
};

describe('a bundle', () => {
  it('loads, and has the same hash whatever the order of its files', () => {
    const bundle = loadBundle(good);
    expect(bundle).toMatchObject({
      name: 'sample',
      title: 'sample',
      version: '1.0.0',
      images: { main: { required: true, title: 'Image' } },
    });
    expect(loadBundle(Object.fromEntries(Object.entries(good).reverse())).sha256).toBe(bundle.sha256);
    expect(loadBundle({ ...good, 'README.md': 'x' }).sha256).not.toBe(bundle.sha256);
  });

  const file = 'manifests/map.yaml';
  it.each<[string, BundleFiles, string]>([
    ['no head', { 'template.yaml': 'name: 1' }, 'template.yaml'],
    ['a bad version', { 'template.yaml': 'name: sample\nversion: "1"' }, 'template.yaml'],
    ['an unknown key in its head', { 'template.yaml': 'name: sample\nversion: 1.0.0\nimage: x' }, 'image is not a key'],
    [
      'a lock of no layer',
      { 'template.yaml': `${head}locked: [{ pointer: /a, layer: cluster, permission: x }]` },
      'layer',
    ],
    [
      'an allowance without a reason',
      { 'template.yaml': `${head}lint: { allow: { spread: why } }` },
      'lint.allow.spread',
    ],
    ['a file of another kind', { 'run.sh': 'x' }, 'run.sh'],
    ['a folder above', { 'manifests/../../x.yaml': 'a: 1' }, 'manifests/../../x.yaml'],
    ['no JSON', { 'schema.json': '{' }, 'schema.json'],
    ['no schema', { 'schema.json': '{"type":"text"}' }, 'schema.json'],
    ['an unknown schema word', { 'schema.json': '{"type":"object","minimun":1}' }, 'schema.json'],
    ['a key twice', { [file]: 'a: 1\na: 2' }, file],
    ['an alias', { [file]: 'a: &x [1]\nb: *x' }, file],
    ['a bare yes', { [file]: 'a: yes' }, file],
    ['a bare octal', { [file]: 'mode: 0644' }, file],
    ['a bare on in a list', { [file]: 'modes: [read, on]' }, 'line 1: "on"'],
    ['a bare no for a key', { [file]: 'no: x' }, '"no"'],
    ['an expression that is none', { [file]: `${map}data: { a: "\${ 1 + }" }` }, file],
    ['a parameter nobody declared', { [file]: `${map}data: { a: "\${params.hots}" }` }, 'no parameter hots'],
    [
      'a loop in a loop of an expression',
      { [file]: `${map}data: { a: "\${[1].map(x, [2].map(y, y))}" }` },
      'inside each other',
    ],
    ['a name out of a parameter', { ...named('${params.host}') }, 'metadata.name takes parameters only through dns()'],
    [
      'a selector out of a parameter',
      { ...declared, [file]: `${map}spec: { selector: { a: "\${params.host}" } }` },
      'spec.selector must not depend',
    ],
    ['no YAML', { [file]: 'a: [1' }, file],
  ])('with %s is refused, naming the file', (_case, files, named) => {
    expect(() => loadBundle({ ...good, ...files })).toThrow(BundleError);
    expect(() => loadBundle({ ...good, ...files })).toThrow(named);
  });
});

describe('a schema', () => {
  const text = { type: 'string', maxLength: 5 };
  it.each<[string, object, string]>([
    ['an open object', { type: 'object' }, 'additionalProperties'],
    ['an unbounded string', { properties: { a: { type: 'string' } } }, '/properties/a needs maxLength'],
    ['an unbounded list', { properties: { a: { type: 'array', items: text } } }, '/properties/a needs maxItems'],
    ['a list of anything', { properties: { a: { type: 'array', maxItems: 3 } } }, 'items'],
    ['an unbounded map', { properties: { a: { type: 'object', additionalProperties: text } } }, 'maxProperties'],
    [
      'defaults that nothing fills in',
      {
        properties: { a: { type: 'object', additionalProperties: false, properties: { b: { ...text, default: '' } } } },
      },
      'needs default: {} itself',
    ],
    [
      'a reference to itself',
      { properties: { a: { $ref: '#/$defs/a' } }, $defs: { a: { $ref: '#/$defs/a' } } },
      'itself',
    ],
  ])('with %s is refused, naming the place', (_case, change, words) => {
    const closed = { type: 'object', additionalProperties: false, ...change };
    const schema = _case === 'an open object' ? change : closed;
    expect(() => loadBundle({ ...good, 'schema.json': JSON.stringify(schema) })).toThrow(words);
  });

  it('with a pattern that would take for ever on a person’s text answers at once', () => {
    const schema = {
      type: 'object',
      additionalProperties: false,
      properties: { a: { type: 'string', pattern: '^(a+)+$' } },
    };
    const before = process.threadCpuUsage();
    expect(fillParameters({ schema }, { a: `${'a'.repeat(40)}!` }).errors).toMatchObject([{ pointer: '/a' }]);
    expect(process.threadCpuUsage(before).user, 'µs').toBeLessThan(200_000);
  });
});

describe('parameters', () => {
  const schema = {
    type: 'object',
    additionalProperties: false,
    required: ['host'],
    properties: {
      host: { type: 'string' },
      port: { type: 'integer', minimum: 1, default: 8080 },
      tier: { type: 'string', enum: ['small', 'large'], default: 'small' },
      probe: {
        type: 'object',
        default: {},
        additionalProperties: false,
        properties: { path: { type: 'string', default: '/' } },
      },
    },
  };

  it('get the defaults, at every depth, without touching what was given', () => {
    const given = { host: 'a', probe: {} };
    expect(fillParameters({ schema }, given)).toEqual({
      value: { host: 'a', port: 8080, tier: 'small', probe: { path: '/' } },
      errors: [],
    });
    expect(given).toEqual({ host: 'a', probe: {} });
  });

  it('say by pointer what is wrong, all of it at once', () => {
    const { errors } = fillParameters({ schema }, { port: 0, tier: 'huge', probe: { 'a/b': 1 }, more: 1 });
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual(['/host', '/more', '/port', '/probe/a~1b', '/tier']);
    expect(errors.find(({ pointer }) => pointer === '/tier')?.detail).toContain('small, large');
    expect(errors.find(({ pointer }) => pointer === '/host')?.detail).toBe('host is needed');
  });

  it('are not turned from one type into another', () => {
    expect(fillParameters({ schema }, { host: 'a', port: '8080' }).errors).toMatchObject([{ pointer: '/port' }]);
  });
});

describe('bytes', () => {
  it('are the same for the same value', () => {
    expect(canonicalJson({ b: [1, undefined, null], a: { y: 'ü', x: 1e21 }, gone: undefined })).toBe(
      '{"a":{"x":1e+21,"y":"ü"},"b":[1,null,null]}',
    );
  });

  it('for people start with apiVersion, kind and metadata', () => {
    expect(toYaml({ spec: { b: 1, a: 2 }, kind: 'X', metadata: { name: 'x' }, apiVersion: 'v1' })).toBe(
      'apiVersion: v1\nkind: X\nmetadata:\n  name: x\nspec:\n  a: 2\n  b: 1\n',
    );
  });
});

describe('an image reference', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  it.each([
    ['web', false],
    ['shop/web:1.4.2', false],
    ['registry.example:5000/shop/web:1.4.2', false],
    [`registry.example/shop/web@${digest}`, true],
    [`registry.example/shop/web:1@${digest}`, true],
  ])('%s is taken', (text, pinned) => {
    expect(parseImage(text)).toEqual({ reference: text, pinned });
  });

  it.each(['', 'Shop/Web', 'web:', 'web@sha256:abc', 'web web', 'https://registry.example/web', 'web;rm', '${x}'])(
    '%j is not one',
    (text) => {
      expect(parseImage(text)).toBeUndefined();
    },
  );

  it('is read in no time, however long', () => {
    const before = process.threadCpuUsage();
    expect(parseImage(`${'a-'.repeat(240)}!`)).toBeUndefined();
    expect(process.threadCpuUsage(before).user, 'µs').toBeLessThan(100_000);
  });
});
