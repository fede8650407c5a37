import { describe, expect, it } from 'vitest';
import { fileOrder, headWith, isNewFile, isSameBundle } from './bundle-files.ts';

describe('the files of a bundle', () => {
  it('begin with the head and the schema', () => {
    const files = { 'tests/a.yaml': '', 'manifests/b.yaml': '', 'schema.json': '', 'template.yaml': '' };
    expect(fileOrder(files)).toEqual(['template.yaml', 'schema.json', 'manifests/b.yaml', 'tests/a.yaml']);
  });

  it('get another name and version, and keep the rest to the letter', () => {
    const head = '# ours\nname: web-service\ntitle: Web $& service\nversion: 1.1.0\nimages: {}\n';
    expect(headWith(head, { name: 'mine', version: '2.0.0' })).toBe(
      '# ours\nname: mine\ntitle: Web $& service\nversion: 2.0.0\nimages: {}\n',
    );
    expect(headWith(head, { name: 'mine', version: '2.0.0', title: 'Mine' })).toContain('\ntitle: Mine\n');
    expect(headWith('', { name: 'mine', version: '1.0.0' })).toBe('name: mine\nversion: 1.0.0\n');
  });

  it('are the same in another order, and not when one differs, is more or is less', () => {
    expect(isSameBundle({ a: '1', b: '2' }, { b: '2', a: '1' })).toBe(true);
    expect(isSameBundle({ a: '1' }, { a: '2' })).toBe(false);
    expect(isSameBundle({ a: '1' }, { a: '1', b: '' })).toBe(false);
    expect(isSameBundle({ a: '1', b: '' }, { a: '1' })).toBe(false);
  });

  it('are added where they belong, once', () => {
    expect(isNewFile('manifests/a.yaml', {})).toBe(true);
    expect(isNewFile('tests/a.yml', {})).toBe(true);
    expect(isNewFile('manifests/a.yaml', { 'manifests/a.yaml': '' })).toBe(false);
    expect(isNewFile('manifests/../a.yaml', {})).toBe(false);
    expect(isNewFile('other.yaml', {})).toBe(false);
  });
});
