import { describe, expect, it } from 'vitest';
import { accountNameFor, readPerson } from './claims.ts';

const groups = (claims: object) => readPerson({ sub: 's', ...claims }, 'groups');

describe('the claims of an ID token', () => {
  it('need a subject that is a text', () => {
    for (const sub of [undefined, '', 7, null, ['a'], 'x'.repeat(256)]) {
      expect(() => readPerson({ sub }, null)).toThrow(/did not say who/);
    }
  });

  it('lose what cannot be seen', () => {
    const person = readPerson({ sub: 's', name: 'Ann\u202eevil\u200b\n', email: 'a@b' }, null);
    expect(person.displayName).toBe('Annevil');
  });

  it('give an account name that no local account can have', () => {
    const named = (claims: object) => accountNameFor(readPerson({ sub: 's', ...claims }, null), 'Corp SSO');
    expect(named({ preferred_username: 'owner' })).toBe('owner@corp-sso');
    expect(named({ preferred_username: 'a@evil@corp' })).toBe('a@corp-sso');
    expect(named({ preferred_username: '王芳', name: 'Wang Fang' })).toBe('wang-fang@corp-sso');
    expect(named({})).toBe('s@corp-sso');
  });
});

describe('S32 the groups claim', () => {
  it('gives its groups exactly as they are written', () => {
    const exact = ['Admins', 'admins', ' admins', 'admins\u200b', '/admins', 'oidc:admins'];
    expect(groups({ groups: exact })).toMatchObject({ groups: exact, groupsError: undefined });
  });

  it('gives none where it is not set up, or absent', () => {
    expect(readPerson({ sub: 's', groups: ['a'] }, null).groups).toEqual([]);
    expect(groups({})).toMatchObject({ groups: [], groupsError: undefined });
  });

  it('gives none, and says why, for anything but a list of at most 500 texts', () => {
    const many = Array.from({ length: 501 }, (_, index) => `g${index}`);
    for (const value of ['admins', { 0: 'admins' }, ['a', 7], ['a', ''], [['admins']], many, ['x'.repeat(257)]]) {
      const read = groups({ groups: value });
      expect(read.groups).toEqual([]);
      expect(read.groupsError).toContain('groups');
    }
  });

  it('gives none, and says why, when the provider left it out for its size', () => {
    expect(groups({ groups: ['a'], hasgroups: true })).toMatchObject({ groups: [] });
    const read = groups({ _claim_names: { groups: 'src1' } });
    expect(read).toMatchObject({ groups: [] });
    expect(read.groupsError).toContain('too many groups');
  });
});
