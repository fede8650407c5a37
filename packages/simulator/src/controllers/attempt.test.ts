import { describe, expect, it } from 'vitest';
import { ApiError } from '../objects/api-error.ts';
import { attempt } from './attempt.ts';

describe('a step of a controller', () => {
  it('may be refused by the cluster', () => {
    expect(() =>
      attempt(() => {
        throw new ApiError(403, 'Forbidden', 'the namespace goes');
      }),
    ).not.toThrow();
  });

  it('may not be wrong', () => {
    expect(() =>
      attempt(() => {
        throw new TypeError('a defect');
      }),
    ).toThrow('a defect');
  });
});
