import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJsonPath } from './json-path.ts';

const object = {
  spec: { replicas: 3, 'odd.key': 'x', list: ['a', 'b'], empty: {} },
  metadata: { labels: { 'app.kubernetes.io/name': 'cart' } },
  status: {
    conditions: [
      { type: 'Synced', status: 'False' },
      { type: 'Ready', status: 'True', meta: { by: 'c' } },
    ],
  },
};

describe('the path of a printer column', () => {
  it.each([
    ['.spec.replicas', [3]],
    ['{.spec.replicas}', [3]],
    ['spec.replicas', [3]],
    ['$.spec.replicas', [3]],
    [".spec['odd.key']", ['x']],
    ['.spec["odd.key"]', ['x']],
    ['.spec.odd\\.key', ['x']],
    ['.metadata.labels.app\\.kubernetes\\.io/name', ['cart']],
    ['.spec.list[1]', ['b']],
    ['.spec.list[7]', []],
    ['.spec.list[*]', ['a', 'b']],
    ['.spec.list.*', ['a', 'b']],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    [".status.conditions[?(@.type == 'Ready')].status", ['True']],
    ['.status.conditions[?(@.meta.by=="c")].type', ['Ready']],
    ['.status.conditions[?(@.type=="None")].status', []],
    ['.nowhere.at.all', []],
    ['.constructor', []],
    ['.spec.__proto__.polluted', []],
    ['.spec.empty.toString', []],
  ])('%s finds %j', (path, found) => expect(parseJsonPath(path)?.(object)).toEqual(found));

  it.each([
    '..replicas',
    '.spec..replicas',
    '.spec.list[0:2]',
    '.spec.list[-1]',
    '.spec.list[(@.length-1)]',
    '.status.conditions[?(@.type=~/x/)].status',
    '.status.conditions[?(@.a==1)].b',
    '.status.conditions[?(@.a=="x"==\'y\')]',
    '.spec[unquoted]',
    '.spec[',
    "['a'",
    `.${'a'.repeat(600)}`,
    '.a'.repeat(40),
  ])('%s is not followed', (path) => expect(parseJsonPath(path)).toBeUndefined());

  it('never throws and never takes long, whatever is written and whatever it meets', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'.[]()?@=\'"\\*{}$a0') }), fc.jsonValue(), (path, value) => {
        const found = parseJsonPath(path)?.(value) ?? [];
        expect(found.length).toBeLessThanOrEqual(20);
      }),
      { numRuns: 2000 },
    );
  });
});
