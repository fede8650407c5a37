// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are written in plain strings
import { describe, expect, it } from 'vitest';
import { type BundleFiles, loadBundle } from './bundle.ts';
import { canonicalJson } from './canonical-json.ts';
import { BundleError } from './errors.ts';
import { parseImage } from './image.ts';
import { fillParameters } from './parameters.ts';
import { toYaml } from './read-yaml.ts';

const good: BundleFiles = {
  'template.yaml': 'name: sample\nversion: 1.0.0\nimages: { main: { required: true, title: Image } }\n',
  'schema.json': '{"type":"object"}',
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
    ['no JSON', { 'schema.json': '{' }, 'schema.json'],
    ['no schema', { 'schema.json': '{"type":"text"}' }, 'schema.json'],
    ['an unknown schema word', { 'schema.json': '{"type":"object","minimun":1}' }, 'schema.json'],
    ['a key twice', { [file]: 'a: 1\na: 2' }, file],
    ['an alias', { [file]: 'a: &x [1]\nb: *x' }, file],
    ['a bare yes', { [file]: 'a: yes' }, file],
    ['a bare octal', { [file]: 'mode: 0644' }, file],
    ['no YAML', { [file]: 'a: [1' }, file],
  ])('with %s is refused, naming the file', (_case, files, named) => {
    expect(() => loadBundle({ ...good, ...files })).toThrow(BundleError);
    expect(() => loadBundle({ ...good, ...files })).toThrow(named);
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
    const started = performance.now();
    expect(parseImage(`${'a-'.repeat(240)}!`)).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(100);
  });
});
