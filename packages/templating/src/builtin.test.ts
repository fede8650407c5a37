import { describe, expect, it } from 'vitest';
import { builtinBundles } from './builtin.ts';
import { loadBundle } from './bundle.ts';
import type { Bundle } from './bundle-types.ts';
import { runGoldenTests } from './golden.ts';
import { hostileText, randomOf, textsIn, tryHostile } from './hostile.fixture.ts';
import { lintBundle } from './lint.ts';
import { fillParameters } from './parameters.ts';
import { readYaml } from './read-yaml.ts';

type Field = { title?: string; properties?: Record<string, Field>; 'x-ui'?: { help?: string } };

const bundles = (await builtinBundles()).map(loadBundle);
const named = (name: string) => bundles.find((bundle) => bundle.name === name) as Bundle;

/** Parameters of a golden test, all layers of which are of the application. */
function paramsOf(bundle: Bundle, file: string): Record<string, unknown> {
  const [head] = readYaml(file, bundle.files[file] ?? '') as { layers?: { application?: Record<string, unknown> } }[];
  return fillParameters(bundle, head?.layers?.application ?? {}).value;
}

it('comes with every template of the design, the one most people look for first', () => {
  expect(bundles.map(({ name }) => name)).toEqual([
    ...['web-service', 'worker', 'cron-job', 'stateful-service', 'php-service', 'batch', 'daemon', 'raw'],
  ]);
});

it('asks for the same things in the same words everywhere', () => {
  const shared = ['env', 'secret', 'resources', 'labels', 'annotations', 'nonRoot'];
  for (const key of shared) {
    const fields = bundles
      .filter(({ name }) => name !== 'raw')
      .map(({ schema }) => (schema as { properties: Record<string, Record<string, unknown>> }).properties[key]);
    const alike = fields.map(({ 'x-ui': _, ...field } = {}) => JSON.stringify(field));
    expect(new Set(alike).size, key).toBe(1);
  }
});

describe.each(bundles)('$name', (bundle) => {
  it('breaks no rule without a reason', () => {
    expect(lintBundle(bundle).filter(({ allowed }) => allowed === undefined)).toEqual([]);
  });

  it('makes what its golden tests say, with few parameters and with all', () => {
    const results = runGoldenTests(bundle);
    expect(results.map(({ file }) => file)).toEqual(['tests/defaults.yaml', 'tests/full.yaml']);
    for (const { file, ok, problem, actual, expected } of results) {
      expect(problem, file).toBeUndefined();
      expect(actual, file).toBe(expected);
      expect(ok, file).toBe(true);
    }
  });

  it('titles every parameter', () => {
    const untitled: string[] = [];
    const visit = (field: Field, name: string) => {
      if (name !== '' && (field.title ?? '') === '') untitled.push(name);
      for (const [key, child] of Object.entries(field.properties ?? {})) visit(child, `${name}/${key}`);
    };
    visit(bundle.schema, '');
    expect(untitled).toEqual([]);
  });

  it('S49 keeps hostile texts to the one value they stand in', () => {
    const random = randomOf(49);
    const params = paramsOf(bundle, 'tests/full.yaml');
    const places = textsIn(params);
    const tries = Array.from({ length: 60 }, (_, index) => {
      const path = places[index % places.length] ?? [];
      const text = hostileText(random);
      return { path: path.join('/'), text, outcome: tryHostile(bundle, params, path, text) };
    });
    // Raw manifests are YAML by their nature: what they hold is judged object by object.
    const differing = tries.filter(({ outcome }) => outcome === 'differs' && bundle.name !== 'raw');
    expect(differing).toEqual([]);
    if (bundle.name !== 'raw') expect(tries.filter(({ outcome }) => outcome === 'same').length).toBeGreaterThan(5);
  });
});

describe('batch', () => {
  const nameOf = (image: string, params: object) => {
    const files = named('batch').files;
    const test = `layers: { application: ${JSON.stringify(params)} }\nimages: { main: ${JSON.stringify(image)} }\n`;
    const [result] = runGoldenTests(loadBundle({ ...files, 'tests/defaults.yaml': test }));
    return result?.objects[0]?.metadata.name;
  };

  it('is another Job for other images or parameters, and the same for the same', () => {
    const first = nameOf('a@sha256:1', { completions: 2 });
    expect(nameOf('a@sha256:1', { completions: 2 })).toBe(first);
    expect(nameOf('a@sha256:2', { completions: 2 })).not.toBe(first);
    expect(nameOf('a@sha256:1', { completions: 3 })).not.toBe(first);
  });
});

describe('raw', () => {
  const render = (manifests: string) => {
    const test = `layers: { application: ${JSON.stringify({ manifests })} }\n`;
    const [result] = runGoldenTests(loadBundle({ ...named('raw').files, 'tests/defaults.yaml': test }));
    return result;
  };
  const object = (kind: string, more = '') =>
    `apiVersion: v1\nkind: ${kind}\nmetadata: { name: x, namespace: other }\n${more}`;

  it('takes YAML as kubectl does, one object a document, into the namespace of the target', () => {
    const result = render(
      `${object('ConfigMap', 'data: { mode: "1" }\nbinaryMode: 0644\nflag: yes\n')}---\n---\n${object('Service')}`,
    );
    expect(result?.objects.map(({ kind, metadata }) => [kind, metadata.namespace])).toEqual([
      ['ConfigMap', 'demo-staging'],
      ['Service', 'demo-staging'],
    ]);
    expect(result?.objects[0]).toMatchObject({ binaryMode: 420, flag: true });
  });

  it.each([
    [object('Namespace'), 'not in a namespace'],
    [object('RoleBinding'), 'gives rights'],
    [object('Secret', 'stringData: { a: b }'), 'Secret with its values'],
    ['just text', 'each document is an object'],
    ['a: &x 1\nb: *x', 'aliases'],
    ['a: [1', 'manifests'],
  ])('refuses %j', (manifests, words) => {
    expect(render(manifests)?.problem).toContain(words);
  });

  it('makes no more than 200 objects', () => {
    const many = Array.from({ length: 201 }, (_, index) => object('ConfigMap').replace('name: x', `name: x${index}`));
    expect(render(many.join('---\n'))?.problem).toContain('at most 200');
  });
});
