import { describe, expect, it } from 'vitest';
import { foldChanges, type ObjectPair } from './fold-changes.ts';

const deployment = (name: string, more: object = {}) => ({
  kind: 'Deployment',
  metadata: { name },
  spec: { replicas: 2, containers: [{ name: 'app', image: `registry/${name}` }], ...more },
});
const pair = (name: string, after: object): ObjectPair => ({
  place: `shop/${name}`,
  kind: 'Deployment',
  name,
  before: deployment(name),
  after: after as Record<string, unknown>,
});

describe('changes of many places', () => {
  it('are one where they are the same, whatever the objects are called', () => {
    const { changes, of } = foldChanges([
      [pair('cart', deployment('cart', { grace: 30 }))],
      [pair('till', deployment('till', { grace: 30 })), pair('till-2', deployment('till-2', { grace: 60 }))],
      [pair('same', deployment('same'))],
    ]);
    expect(changes).toEqual([
      {
        change: 'change',
        kind: 'Deployment',
        fields: [{ pointer: '/spec/grace', after: '30' }],
        objects: 2,
        example: { place: 'shop/cart', name: 'cart' },
      },
      expect.objectContaining({ fields: [{ pointer: '/spec/grace', after: '60' }], objects: 1 }),
    ]);
    expect(of).toEqual([[0], [0, 1], []]);
  });

  it('name what goes, what comes, and a change deep in a list', () => {
    const gone = { place: 'shop/cart', kind: 'Service', name: 'cart', before: { kind: 'Service' } };
    const come = { place: 'shop/cart', kind: 'Ingress', name: 'cart', after: { kind: 'Ingress' } };
    const deep = pair('cart', {
      ...deployment('cart'),
      spec: { replicas: 2, containers: [{ name: 'app', image: 'x' }] },
    });
    const { changes } = foldChanges([[gone, come, deep]]);
    expect(changes.map(({ change, kind }) => `${change} ${kind}`)).toEqual([
      'delete Service',
      'create Ingress',
      'change Deployment',
    ]);
    expect(changes[1]?.example.manifest).toBe('kind: Ingress\n');
    expect(changes[2]?.fields).toEqual([
      { pointer: '/spec/containers/0/image', before: '"registry/cart"', after: '"x"' },
    ]);
  });

  it('tell no value of a Secret', () => {
    const secret = (text: string) => ({
      kind: 'Secret',
      apiVersion: 'v1',
      metadata: { name: 's' },
      stringData: { a: text },
    });
    const { changes } = foldChanges([
      [{ place: 'p', kind: 'Secret', name: 's', before: secret('one-value'), after: secret('two-value') }],
    ]);
    expect(JSON.stringify(changes)).not.toContain('-value');
  });
});
