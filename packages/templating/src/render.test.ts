// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are written in plain strings
import { describe, expect, it } from 'vitest';
import { bundleOf, contextOf } from './bundle.fixture.ts';
import { BundleError, RenderError } from './errors.ts';
import { renderBundle } from './render.ts';

function render(data: string, params: Record<string, unknown> = {}): unknown {
  return renderBundle(bundleOf(data), contextOf(params))[0]?.data;
}

function failure(run: () => unknown): RenderError {
  try {
    run();
  } catch (error) {
    if (error instanceof RenderError || error instanceof BundleError) return error as RenderError;
    throw error;
  }
  throw new Error('it rendered');
}

describe('an expression', () => {
  it('alone keeps its type, and inside text becomes part of it', () => {
    expect(render('port: "${params.port}"\nurl: "http://web:${params.port}/"', { port: 8080 })).toEqual({
      port: 8080,
      url: 'http://web:8080/',
    });
  });

  it('counts with whole numbers', () => {
    expect(render('next: "${params.port + 1}"', { port: 8080 })).toEqual({ next: 8081 });
  });

  it('that gives nothing takes its key and its list item away', () => {
    expect(render('gone: "${null}"\nlist: ["a", "${null}", "b"]')).toEqual({ list: ['a', 'b'] });
  });

  it('may hold braces and quotes of its own', () => {
    expect(render(`a: '\${ {"x": "}"}.x }'`)).toEqual({ a: '}' });
  });

  it('is written out with $${', () => {
    expect(render('shell: "$${HOME}"\n$$ref: x')).toEqual({ shell: '${HOME}', $ref: 'x' });
  });

  it('inside text must not be a list', () => {
    const error = failure(() => render('a: "x ${params.list}"', { list: [1] }));
    expect(error.code).toBe('render_failed');
    expect(error.message).toContain('manifests/map.yaml');
    expect(error.message).toContain('params.list');
  });

  it('with an unknown name, an open brace or a pattern is refused in words', () => {
    expect(failure(() => render('a: "${params.port}"')).message).toContain('port');
    expect(failure(() => render('a: "${params"')).message).toContain('without its "}"');
    expect(failure(() => render(`a: "\${'aaa'.matches('a+')}"`)).message).toContain('matches()');
  });

  it('has names, hashes and JSON at hand', () => {
    expect(
      render('name: "${dns(params.name)}"\njson: "${json(params.map)}"\nhash: "${hash(params.map)}"', {
        name: 'Feature/Ünïcode_1',
        map: { b: 1, a: [true] },
      }),
    ).toEqual({
      name: 'feature-n-code-1',
      json: '{"a":[true],"b":1}',
      hash: expect.stringMatching(/^[0-9a-f]{10}$/),
    });
  });
});

describe('locals', () => {
  it('are values that manifests see, each those before it too', () => {
    const head =
      'name: sample\nversion: 1.0.0\nlocals: { base: "${params.port + 1}", url: "http://web:${local.base}" }\n';
    const bundle = bundleOf('url: "${local.url}"', { 'template.yaml': head });
    expect(renderBundle(bundle, contextOf({ port: 79 }))[0]?.data).toEqual({ url: 'http://web:80' });
  });
});

describe('operators', () => {
  it('$if takes a branch, or leaves the key out', () => {
    const data = 'a: { $if: "params.on", $then: yes please }\nb: { $if: "params.on", $then: x, $else: z }';
    expect(render(data, { on: true })).toEqual({ a: 'yes please', b: 'x' });
    expect(render(data, { on: false })).toEqual({ b: 'z' });
  });

  it('$if wants true or false', () => {
    expect(failure(() => render('a: { $if: "params.on", $then: x }', { on: 1 })).message).toContain('true or false');
  });

  it('$for joins the list it stands in; maps go in key order', () => {
    const data = 'list: [first, { $for: "k, v in params.env", $each: "${k}=${v}" }, last]';
    expect(render(data, { env: { B: 'two', A: 'one' } })).toEqual({ list: ['first', 'A=one', 'B=two', 'last'] });
  });

  it('$for over a list, without the items that leave nothing', () => {
    const data = 'list: { $for: "x in params.list", $each: { $if: "x > 1", $then: "${x}" } }';
    expect(render(data, { list: [1, 2, 3] })).toEqual({ list: [2, 3] });
  });

  it('$merge: the later one wins', () => {
    expect(render('map: { $merge: ["${params.map}", { a: ours }] }', { map: { a: 'x', b: 'y' } })).toEqual({
      map: { a: 'ours', b: 'y' },
    });
  });

  it('that do not exist are refused', () => {
    expect(failure(() => render('a: { $switch: x }')).message).toContain('$switch is not an operator');
    expect(failure(() => render('a: { $if: "true", $then: x, $other: z }')).message).toContain('$other');
  });

  it('a template that makes too much is stopped', () => {
    const list = Array.from({ length: 150 }, (_, index) => index);
    const loop = (inner: string, name: string) => `{ $for: "${name} in params.list", $each: ${inner} }`;
    const error = failure(() => render(`a: ${loop(loop(loop('x', 'i'), 'j'), 'k')}`, { list }));
    expect(error.code).toBe('render_too_large');
    const nested = loop(loop(loop(loop('x', 'h'), 'i'), 'j'), 'k');
    expect(failure(() => render(`a: ${nested}`, { list: [1] })).message).toContain('nest');
  });
});

describe('a parameter', () => {
  const hostile = [
    '{{ .Values.x }}',
    '{{params.other}}',
    '${params.other}',
    '; rm -rf / #',
    '$(reboot) `reboot` | sh && sh',
    '$${x}',
    '"; kind: Secret',
    'a\n---\nkind: Pod',
    '$if',
    '}',
    '*alias',
    '!!js/function',
    '__proto__',
    '\u0000\u2028',
    '',
  ];

  it.each(hostile)('S49 stays one value, whatever it holds: %j', (text) => {
    const data = 'plain: "${params.text}"\nin: "<${params.text}>"\nlist: [{ $for: "x in params.list", $each: "${x}" }]';
    expect(render(data, { text, list: [text], other: 'leaked' })).toEqual({
      plain: text,
      in: `<${text}>`,
      list: [text],
    });
  });

  it('with operators in its keys is data', () => {
    const map = { $if: 'true', $then: 'x', $for: 'y in params' };
    expect(render('a: "${params.map}"', { map })).toEqual({ a: map });
  });

  it('named __proto__ is a key like others, merged too', () => {
    const map = JSON.parse('{"__proto__": {"polluted": "yes"}}') as Record<string, unknown>;
    const merged = (render('a: { $merge: ["${params.map}"] }', { map }) as { a: object }).a;
    expect(Object.keys(merged)).toEqual(['__proto__']);
    expect((merged as { polluted?: string }).polluted).toBeUndefined();
  });
});

describe('a rendered object', () => {
  it('has the namespace and our labels, which the template cannot replace', () => {
    const bundle = bundleOf('a: b', {
      'manifests/map.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x, namespace: other, labels: { tier: front, quarterdeck.dev/application: stolen } }',
    });
    expect(renderBundle(bundle, contextOf({}))[0]?.metadata).toEqual({
      name: 'x',
      namespace: 'shop-staging',
      labels: {
        tier: 'front',
        'app.kubernetes.io/name': 'web',
        'app.kubernetes.io/managed-by': 'quarterdeck',
        'quarterdeck.dev/application': 'web',
        'quarterdeck.dev/environment': 'staging',
      },
    });
  });

  it.each([
    ['kind: Namespace\napiVersion: v1\nmetadata: { name: x }', 'not in a namespace'],
    ['kind: Secret\napiVersion: v1\nmetadata: { name: x }\nstringData: { a: b }', 'Secret with its values'],
    ['kind: ConfigMap\napiVersion: v1', 'needs metadata.name'],
    ['just: text', 'needs apiVersion and kind'],
  ])('is refused: %s', (manifest, words) => {
    const bundle = bundleOf('a: b', { 'manifests/map.yaml': manifest });
    expect(failure(() => renderBundle(bundle, contextOf({}))).message).toContain(words);
  });

  it('is not made twice', () => {
    const twice = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: sample }';
    const bundle = bundleOf('a: b', { 'manifests/again.yaml': twice });
    expect(failure(() => renderBundle(bundle, contextOf({}))).message).toContain('made twice');
  });
});
