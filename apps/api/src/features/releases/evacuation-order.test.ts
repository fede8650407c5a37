import { expect, it } from 'vitest';
import { inOrder } from './evacuation-order.ts';

const item = (applicationId: string, environment = 'prod', tier = 'production') => ({
  applicationId,
  environmentId: `env ${environment}`,
  environmentName: environment,
  tier,
});
const needs = new Map([
  ['web', ['cart', 'auth', 'mail']],
  ['cart', ['db']],
  ['auth', ['db']],
]);

it('puts what others need first, step by step, and names what is not in the draft', () => {
  const found = inOrder([item('web'), item('cart'), item('db'), item('auth'), item('alone')], needs);
  expect(found.map(({ item: { applicationId }, step }) => [applicationId, step])).toEqual([
    ['db', 1],
    ['alone', 1],
    ['cart', 2],
    ['auth', 2],
    ['web', 3],
  ]);
  const web = found.at(-1);
  expect(web?.after.map(({ applicationId }) => applicationId)).toEqual(['cart', 'auth']);
  expect(web?.outside).toEqual(['mail']);
});

it('looks beside the environment: in the one of the same name, else in those of the same tier', () => {
  const found = inOrder(
    [
      item('cart'),
      item('cart', 'test', 'test'),
      item('db', 'live'),
      item('db', 'test', 'test'),
      item('db', 'drill', 'test'),
      item('auth', 'staging', 'staging'),
    ],
    needs,
  );
  const after = (name: string, environment: string) =>
    found
      .find(({ item: one }) => one.applicationId === name && one.environmentName === environment)
      ?.after.map((one) => one.environmentName);
  expect(after('cart', 'prod')).toEqual(['live']);
  expect(after('cart', 'test')).toEqual(['test']);
  expect(found.find(({ item: { applicationId } }) => applicationId === 'auth')).toMatchObject({
    step: 1,
    after: [],
    outside: ['db'],
  });
});

it('ends where two need each other', () => {
  const found = inOrder(
    [item('a'), item('b')],
    new Map([
      ['a', ['b']],
      ['b', ['a']],
    ]),
  );
  expect(found).toHaveLength(2);
});
