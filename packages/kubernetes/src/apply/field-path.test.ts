import { expect, it } from 'vitest';
import { plainPath, readField, withoutFields } from './field-path.ts';

const object = {
  metadata: { annotations: { 'example.com/a.b': 'yes', example: 'no' } },
  spec: {
    replicas: 3,
    finalizers: ['x', 'y'],
    ports: [
      { port: 80, targetPort: 'http' },
      { port: 443, protocol: 'TCP' },
    ],
    containers: [
      { name: 'a"]b', image: 'one' },
      { name: 'app', image: 'two' },
    ],
  },
};

it.each([
  ['.spec.replicas', 3],
  ['.metadata.annotations.example.com/a.b', 'yes'],
  ['.spec.containers[name="app"].image', 'two'],
  ['.spec.containers[name="a\\"]b"].image', 'one'],
  ['.spec.ports[port=80,protocol="TCP"].targetPort', 'http'],
  ['.spec.finalizers[="y"]', 'y'],
  ['.spec.ports[1].port', 443],
  ['.spec.ports[port=81].port', undefined],
  ['.spec.nothing.here', undefined],
])('%s is %o', (path, value) => {
  expect(readField(object, path)).toEqual(value);
});

it('a field is left out where it stands, and nothing else', () => {
  const before = structuredClone(object);
  const after = withoutFields(object, ['.spec.containers[name="app"].image', '.spec.finalizers[="x"]', '.spec.gone']);
  expect(object).toEqual(before);
  expect(after.spec.containers[1]).toEqual({ name: 'app' });
  expect(after.spec.finalizers).toEqual(['y']);
  expect({ ...after.spec, containers: 0, finalizers: 0 }).toEqual({ ...before.spec, containers: 0, finalizers: 0 });
});

it.each([
  ['.spec.containers[name="app"].image', '.spec.containers[1].image'],
  ['spec.containers[1].image', '.spec.containers[1].image'],
  ['spec.containers[1].nothing.at.all', '.spec.containers[1]'],
  ['.spec.ports[port=81].port', '.spec.ports'],
  ['.metadata.annotations.example.com/a.b', '.metadata.annotations.example.com/a.b'],
  ['nowhere', ''],
])('%s stands, by positions, at %s', (path, plain) => {
  expect(plainPath(object, path)).toBe(plain);
});
