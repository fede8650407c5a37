import { expect, it } from 'vitest';
import { refusedFields } from './refused-fields.ts';

const said = (message: string, details?: object) => refusedFields({ status: 422, body: { message, details } });

it('names each field of a validation, in the words of the cluster', () => {
  const causes = [
    { reason: 'FieldValueInvalid', field: 'spec.replicas', message: 'must be greater than or equal to 0' },
    { reason: 'FieldValueRequired', field: 'spec.template.spec.containers[0].image', message: 'Required value' },
    { message: 'without a field' },
  ];
  expect(said('Deployment "cart" is invalid', { causes })).toEqual([
    { field: 'spec.replicas', detail: 'must be greater than or equal to 0' },
    { field: 'spec.template.spec.containers[0].image', detail: 'Required value' },
  ]);
});

it.each([
  [
    'strict decoding error: unknown field "spec.replica", duplicate field "spec.paused"',
    ['spec.replica', 'spec.paused'],
  ],
  [
    'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ['spec.replicas'],
  ],
  [
    'failed to create typed patch object (shop/cart; apps/v1, Kind=Deployment): .spec.replica: field not declared in schema',
    ['.spec.replica'],
  ],
  ['the server is on fire', []],
])('reads the fields out of: %s', (message, fields) => {
  expect(said(message).map(({ field }) => field)).toEqual(fields);
});

it('finds none in an answer that is no refusal, or no Status', () => {
  expect(refusedFields({ status: 200, body: { message: 'unknown field "x"' } })).toEqual([]);
  expect(refusedFields({ status: 500, body: 'unknown field "x"' })).toEqual([]);
});
