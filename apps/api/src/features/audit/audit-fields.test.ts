import { expect, it } from 'vitest';
import { isShown } from './audit-fields.ts';

it('shows only the fields that the list of an action names', () => {
  expect(isShown('releases:create', 'images')).toBe(true);
  expect(isShown('releases:create', 'parameters')).toBe(false);
  expect(isShown('clusters:register', 'bootstrap/POST /api/v1/namespaces')).toBe(true);
  expect(isShown('somebody:new', 'anything')).toBe(false);
});

it('never shows a field that is named like a secret, even where all fields are shown', () => {
  expect(isShown('identity:configure', 'issuer')).toBe(true);
  for (const path of [
    'clientSecret',
    'client_secret',
    'newPassword',
    'passwordHash',
    'token',
    'recoveryCodes',
    'data.key',
  ]) {
    expect([path, isShown('identity:configure', path)]).toEqual([path, false]);
  }
});
