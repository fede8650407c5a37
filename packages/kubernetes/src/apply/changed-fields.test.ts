import { expect, it } from 'vitest';
import { changedFields } from './changed-fields.ts';

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
