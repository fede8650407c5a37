import { describe, expect, it } from 'vitest';
import { changedFields, ownedChanges } from './changed-fields.ts';

const pod = (image: string, env: object[] = []) => ({ spec: { containers: [{ name: 'app', image, env }] } });

it('names a changed field by its way through maps and named items', () => {
  expect(changedFields(pod('a'), pod('b'))).toEqual(['.spec.containers[name="app"].image']);
});

it('names an item that is only on one side, and nothing below it', () => {
  const env = { name: 'MODE', value: 'debug' };
  const other = { name: 'SITE', value: 'x' };
  expect(changedFields(pod('a', [env, other]), pod('a', [other]))).toEqual([
    '.spec.containers[name="app"].env[name="MODE"]',
  ]);
});

it('names a field that one side does not have at all', () => {
  expect(changedFields({ spec: { replicas: 2 } }, { spec: {} })).toEqual(['.spec.replicas']);
});

it('takes a list without names as one value', () => {
  expect(changedFields({ args: ['a', 'b'] }, { args: ['a'] })).toEqual(['.args']);
});

it('finds nothing where nothing differs', () => {
  expect(changedFields(pod('a'), pod('a'))).toEqual([]);
});

describe('who owns what changes', () => {
  const books = [
    {
      manager: 'quarterdeck-release.abcdefgh',
      operation: 'Apply',
      time: '2026-11-26T08:00:00Z',
      fieldsV1: {
        'f:metadata': { 'f:labels': { 'f:app': {} } },
        'f:spec': {
          'f:replicas': {},
          'f:template': {
            'f:spec': {
              'f:containers': {
                'k:{"name":"app"}': {
                  '.': {},
                  'f:image': {},
                  'f:name': {},
                  'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
                },
              },
            },
          },
        },
      },
    },
    { manager: 'scaler', operation: 'Update', subresource: 'scale', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
    { manager: 'old', operation: 'Update' },
  ];
  const object = (image: string, replicas: number, more: object = {}) => ({
    spec: {
      replicas,
      template: {
        spec: { containers: [{ name: 'app', image, ports: [{ containerPort: 80, name: 'http' }] }], ...more },
      },
    },
  });
  const owners = (before: unknown, after: unknown) =>
    ownedChanges(before, after, books).map(({ path, owners }) => [path, owners.map(({ manager }) => manager)]);

  it('is told field by field, through lists by their keys', () => {
    expect(owners(object('a', 1), object('b', 2))).toEqual([
      ['.spec.replicas', ['quarterdeck-release.abcdefgh', 'scaler']],
      ['.spec.template.spec.containers[name="app"].image', ['quarterdeck-release.abcdefgh']],
    ]);
    expect(ownedChanges(object('a', 1), object('b', 1), books)[0]?.owners).toEqual([
      { manager: 'quarterdeck-release.abcdefgh', operation: 'Apply', at: '2026-11-26T08:00:00Z' },
    ]);
  });

  it('is nobody where nobody signed the field, or it is new', () => {
    const named = { spec: { template: { spec: { containers: [{ name: 'app', ports: [{ containerPort: 80 }] }] } } } };
    const renamed = {
      spec: { template: { spec: { containers: [{ name: 'app', ports: [{ containerPort: 80, name: 'x' }] }] } } },
    };
    expect(owners(named, renamed)).toEqual([
      ['.spec.template.spec.containers[name="app"].ports[containerPort=80].name', []],
    ]);
    expect(owners(object('a', 1), object('a', 1, { nodeName: 'n1' }))).toEqual([['.spec.template.spec.nodeName', []]]);
  });

  it('is whoever owns something below what is taken away, and who owns it as a whole', () => {
    const whole = [{ manager: 'kubectl-edit', operation: 'Update', fieldsV1: { 'f:data': {} } }];
    expect(ownedChanges({ data: { a: '1' } }, { data: { a: '2' } }, whole)[0]).toMatchObject({
      path: '.data.a',
      before: '1',
      after: '2',
      owners: [{ manager: 'kubectl-edit' }],
    });
    expect(owners(object('a', 1), { spec: { replicas: 1 } })).toEqual([
      ['.spec.template', ['quarterdeck-release.abcdefgh']],
    ]);
  });
});
