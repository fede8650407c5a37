import { describe, expect, it } from 'vitest';
import { compile, ExpressionFault } from './expression.ts';

const object = {
  metadata: { labels: { team: 'a' } },
  spec: { replicas: 3, containers: [{ image: 'ours/a:1' }, { image: 'ours/b:1' }] },
};

describe('an expression of a policy', () => {
  it.each([
    ['object.spec.replicas <= 3', true],
    ['object.spec.replicas < 3 || object.spec.replicas == 4', false],
    ['!has(object.spec.paused) && has(object.metadata.labels.team)', true],
    ["object.metadata.labels['team'] in ['a', 'b']", true],
    ["object.spec.containers.all(c, c.image.startsWith('ours/'))", true],
    ["object.spec.containers.exists(c, c.image.endsWith(':2'))", false],
    ['object.spec.containers.size() == 2', true],
    ["(object.spec.replicas > 1) == true && 'labels' in object.metadata", true],
    ["object.spec.missing == 'x'", false],
  ])('%s', (text, expected) => {
    expect(compile(text)({ object })).toBe(expected);
  });

  it.each(['object.spec.', 'object.spec.replicas <=', '1 +', 'object) == 1', ''])('%j is none', (text) => {
    expect(() => compile(text)).toThrow(ExpressionFault);
  });
});
