import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { waitFor } from '../control-plane/wait-for.ts';
import { apply, type Kube, makeNamespace, refusal } from './cases.fixture.ts';
import { attachBothFleets, describeFleets, stopFleets, type TestCluster } from './test-fleet.ts';

const fleets = await attachBothFleets(inject('sharedFleet'));
afterAll(() => stopFleets(fleets));

const namespace = 'behaviour-definitions';
const group = 'suite.example.com';
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const widgets = `/apis/${group}/v1/namespaces/${namespace}/widgets`;

const text = { type: 'string' };
const schema = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['codec'],
      properties: {
        codec: { type: 'string', enum: ['h264', 'h265'] },
        workers: { type: 'integer', minimum: 1, maximum: 9, default: 2 },
        label: { type: 'string', pattern: '^[a-z]+$', maxLength: 8 },
        retry: { type: 'object', properties: { times: { type: 'integer', default: 3 }, after: text } },
        ports: {
          type: 'array',
          maxItems: 3,
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: { type: 'object', required: ['name'], properties: { name: text, number: { type: 'integer' } } },
        },
        zones: { type: 'array', 'x-kubernetes-list-type': 'set', items: text },
        steps: { type: 'array', items: text },
        pins: { type: 'object', 'x-kubernetes-map-type': 'atomic', additionalProperties: text },
        open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        size: { 'x-kubernetes-int-or-string': true },
      },
    },
    status: { type: 'object', properties: { ready: { type: 'boolean' } } },
  },
};
const names = { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList', shortNames: ['wd'] };
const definition = (openAPIV3Schema: object | undefined, plural = 'widgets') => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { ...names, plural },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        ...(openAPIV3Schema === undefined ? {} : { schema: { openAPIV3Schema } }),
        subresources: { status: {} },
        additionalPrinterColumns: [
          { name: 'Codec', type: 'string', jsonPath: '.spec.codec' },
          { name: 'Workers', type: 'integer', jsonPath: '.spec.workers' },
          { name: 'Note', type: 'string', jsonPath: '.spec.absent', priority: 1 },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
      },
    ],
  },
});

describeFleets(fleets, 'kinds that a definition adds to a $kind cluster', ({ clusters }) => {
  const [cluster] = clusters as [TestCluster];
  beforeAll(async () => {
    await makeNamespace(cluster, namespace);
    await cluster.request('POST', definitions, definition(schema));
    await waitFor('the kind to be served', () => cluster.request('GET', widgets).catch(() => undefined));
  });
  afterAll(async () => {
    if (cluster === undefined) return;
    await cluster.request('DELETE', `${definitions}/widgets.${group}`);
    await cluster.request('DELETE', `/api/v1/namespaces/${namespace}`);
  });

  const widget = (name: string, spec: object, more: object = {}) => ({
    apiVersion: `${group}/v1`,
    kind: 'Widget',
    metadata: { name },
    spec,
    ...more,
  });
  const create = (body: object, query = '') => cluster.request<Kube>('POST', `${widgets}${query}`, body);

  it('a definition says what its objects look like', async () => {
    const bad = definition(undefined, 'gadgets');
    expect(await refusal(cluster.request('POST', definitions, bad))).toMatchObject({
      status: 422,
      message: `CustomResourceDefinition.apiextensions.k8s.io "gadgets.${group}" is invalid: spec.versions[0].schema.openAPIV3Schema: Required value`,
    });
  });

  it('defaults are filled in, unknown fields are dropped or, where validation is strict, refused', async () => {
    const body = widget('plain', { codec: 'h264', retry: {}, foo: 1, open: { any: 'thing' } }, { extra: true });
    const made = await create(body);
    expect(made.spec).toEqual({ codec: 'h264', workers: 2, retry: { times: 3 }, open: { any: 'thing' } });
    expect(made).not.toHaveProperty('extra');
    expect(made.metadata.generation).toBe(1);
    const strict = await refusal(create({ ...body, metadata: { name: 'strict' } }, '?fieldValidation=Strict'));
    expect([strict.status, strict.reason]).toEqual([400, 'BadRequest']);
    expect(strict.message).toContain('strict decoding error: unknown field "');
    expect(strict.message).toContain('unknown field "spec.foo"');
    expect(strict.message).toContain('unknown field "extra"');
  });

  it.each<[object, string, string]>([
    [{}, 'spec.codec: Required value', 'FieldValueRequired'],
    [
      { codec: 'av1' },
      'spec.codec: Unsupported value: "av1": supported values: "h264", "h265"',
      'FieldValueNotSupported',
    ],
    [
      { codec: 'h264', workers: 'many' },
      'spec.workers: Invalid value: "string": spec.workers in body must be of type integer: "string"',
      'FieldValueTypeInvalid',
    ],
    [
      { codec: 'h264', workers: 0 },
      'spec.workers: Invalid value: 0: spec.workers in body should be greater than or equal to 1',
      'FieldValueInvalid',
    ],
    [
      { codec: 'h264', workers: 10 },
      'spec.workers: Invalid value: 10: spec.workers in body should be less than or equal to 9',
      'FieldValueInvalid',
    ],
    [
      { codec: 'h264', label: 'UP' },
      `spec.label: Invalid value: "UP": spec.label in body should match '^[a-z]+$'`,
      'FieldValueInvalid',
    ],
    [{ codec: 'h264', label: 'abcdefghi' }, 'spec.label: Too long: may not be more than 8 bytes', 'FieldValueTooLong'],
    [
      { codec: 'h264', ports: ['a', 'b', 'c', 'd'].map((name) => ({ name })) },
      'spec.ports: Too many: 4: must have at most 3 items',
      'FieldValueTooMany',
    ],
    [
      { codec: 'h264', ports: [{ name: 'a' }, { name: 'a' }] },
      'spec.ports[1]: Duplicate value: {"name":"a"}',
      'FieldValueDuplicate',
    ],
    [{ codec: 'h264', zones: ['a', 'a'] }, 'spec.zones[1]: Duplicate value: "a"', 'FieldValueDuplicate'],
    [{ codec: 'h264', ports: [{ number: 1 }] }, 'spec.ports[0].name: Required value', 'FieldValueRequired'],
  ])('%j is refused with the field and the reason', async (spec, why, reason) => {
    const refused = await refusal(create(widget('wrong', spec)));
    expect([refused.status, refused.reason]).toEqual([422, 'Invalid']);
    expect(refused.message).toBe(`Widget.${group} "wrong" is invalid: ${why}`);
    expect(refused.details?.causes?.map((each) => each.reason)).toEqual([reason]);
  });

  it('a value may be a number or a text where the schema says so', async () => {
    for (const [name, size] of [
      ['number', 3],
      ['words', '50%'],
    ] as const)
      expect((await create(widget(`size-${name}`, { codec: 'h264', size }))).spec).toMatchObject({ size });
  });

  it('is applied by the keys of its lists: maps, sets, whole lists and whole maps', async () => {
    const path = `${widgets}/shared`;
    const ours = {
      codec: 'h265',
      ports: [{ name: 'http', number: 80 }],
      zones: ['a', 'b'],
      steps: ['one'],
      pins: { a: '1' },
    };
    await apply(cluster, path, widget('shared', ours));
    const theirs = { codec: 'h265', ports: [{ name: 'admin', number: 81 }], zones: ['b', 'c'] };
    const both = await apply(cluster, path, widget('shared', theirs), { manager: 'other' });
    expect(both.spec).toMatchObject({
      ports: [
        { name: 'http', number: 80 },
        { name: 'admin', number: 81 },
      ],
      zones: ['a', 'b', 'c'],
      steps: ['one'],
      workers: 2,
    });
    // What one no longer names goes, but for what the other names, too.
    const less = await apply(cluster, path, widget('shared', { codec: 'h265', steps: ['one'], pins: { a: '1' } }));
    expect(less.spec).toMatchObject({ ports: [{ name: 'admin', number: 81 }], zones: ['b', 'c'] });
    const clash = { codec: 'h265', steps: ['two'], ports: [{ name: 'admin', number: 82 }], pins: { b: '2' } };
    const refused = await refusal(apply(cluster, path, widget('shared', clash), { manager: 'third' }));
    expect(refused.status).toBe(409);
    expect(refused.details?.causes?.map(({ field }) => field).sort()).toEqual([
      '.spec.pins',
      '.spec.ports[name="admin"].number',
      '.spec.steps',
    ]);
    expect(await refusal(apply(cluster, path, widget('shared', { codec: 'h265', nope: 1 })))).toMatchObject({
      message: expect.stringContaining('.spec.nope: field not declared in schema'),
    });
  });

  it('the status is written by itself', async () => {
    await create(widget('told', { codec: 'h264' }, { status: { ready: true } }));
    const path = `${widgets}/told`;
    expect(await cluster.request<Kube>('GET', path)).not.toHaveProperty('status');
    const changed = await cluster.request<Kube>('PATCH', `${path}/status`, {
      spec: { codec: 'h265' },
      status: { ready: true, more: 'dropped' },
    });
    expect([changed.spec?.codec, changed.status, changed.metadata.generation]).toEqual(['h264', { ready: true }, 1]);
    const plain = await cluster.request<Kube>('PATCH', path, { spec: { workers: 4 }, status: { ready: false } });
    expect([plain.status, plain.metadata.generation]).toEqual([{ ready: true }, 2]);
  });

  it('shows the columns that its definition asks for', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    type Table = {
      columnDefinitions: { name: string; type: string; priority: number }[];
      rows: { cells: unknown[] }[];
    };
    const { columnDefinitions, rows } = await cluster.request<Table>('GET', `${widgets}/plain`, undefined, {
      headers: { accept },
    });
    expect(columnDefinitions.map(({ name, type, priority }) => [name, type, priority])).toEqual([
      ['Name', 'string', 0],
      ['Codec', 'string', 0],
      ['Workers', 'integer', 0],
      ['Note', 'string', 1],
      ['Age', 'date', 0],
    ]);
    expect(rows.map(({ cells }) => cells)).toEqual([['plain', 'h264', 2, null, expect.stringMatching(/^\d+s$/)]]);
  });
});
