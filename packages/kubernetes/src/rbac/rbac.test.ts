import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileBinding, compileRole, rulesOf } from './compile.ts';
import { allows } from './evaluate.ts';
import { grantsOf, groupSubject, joinPolicy, type NamedRbacObject, type RbacGrant, userSubject } from './policy.ts';
import { type SightKind, seesRow, sightOf } from './sight.ts';

const pods: SightKind = { group: '', resource: 'pods', namespaced: true };
const nodes: SightKind = { group: '', resource: 'nodes', namespaced: false };
const namespaces: SightKind = { group: '', resource: 'namespaces', namespaced: false };

type RuleText = { verbs?: string[]; apiGroups?: string[]; resources?: string[]; resourceNames?: string[] };
const rule = ({ verbs = ['list'], apiGroups = [''], resources = ['pods'], resourceNames = [] }: RuleText = {}) => ({
  verbs,
  apiGroups,
  resources,
  resourceNames,
});
const held = (namespace: string, ...rules: RuleText[]): RbacGrant => ({ namespace, rules: rules.map(rule) });
const listPods = (namespace?: string) => ({ verb: 'list', group: '', resource: 'pods', namespace });

describe('RBAC', () => {
  it('refuses what no rule allows', () => {
    expect(allows([], listPods('shop'))).toBe(false);
    expect(allows([held('', { verbs: ['get'] })], listPods('shop'))).toBe(false);
    expect(allows([held('', { apiGroups: ['apps'] })], listPods('shop'))).toBe(false);
  });

  it.each([
    ['verbs', { verbs: ['*'] }],
    ['groups', { apiGroups: ['*'] }],
    ['resources', { resources: ['*'] }],
  ])('takes an asterisk for all %s', (_what, text) => {
    expect(allows([held('', text)], listPods('shop'))).toBe(true);
  });

  it('keeps a resource and its subresources apart, but for asterisks', () => {
    const log = { ...listPods('shop'), verb: 'get', subresource: 'log' };
    const withResources = (...resources: string[]) => [held('', { verbs: ['get'], resources })];
    expect(allows(withResources('pods'), log)).toBe(false);
    expect(allows(withResources('pods/log'), log)).toBe(true);
    expect(allows(withResources('*/log'), log)).toBe(true);
    expect(allows(withResources('*'), log)).toBe(true);
    expect(allows(withResources('*/status'), log)).toBe(false);
    expect(allows(withResources('pods/log', '*/log'), { ...log, subresource: undefined })).toBe(false);
  });

  it('holds a rule with names to them, so that it never lists', () => {
    const named = [held('shop', { verbs: ['get', 'list'], resourceNames: ['cart'] })];
    expect(allows(named, { ...listPods('shop'), verb: 'get', name: 'cart' })).toBe(true);
    expect(allows(named, { ...listPods('shop'), verb: 'get', name: 'vault' })).toBe(false);
    expect(allows(named, listPods('shop'))).toBe(false);
  });

  it('keeps what is bound in a namespace inside it', () => {
    expect(allows([held('shop', {})], listPods('shop'))).toBe(true);
    expect(allows([held('shop', {})], listPods('bank'))).toBe(false);
    expect(allows([held('shop', {})], listPods())).toBe(false);
    expect(allows([held('', {})], listPods('bank'))).toBe(true);
  });
});

describe('a binding', () => {
  const reader: NamedRbacObject = { kind: 'cluster_role', namespace: '', name: 'reader', rules: [rule()] };
  const binding = (subjects: object[], roleRef: object = { kind: 'ClusterRole', name: 'reader' }): NamedRbacObject => ({
    ...compileBinding('role_binding', { metadata: { namespace: 'shop' }, subjects, roleRef }),
    namespace: 'shop',
    name: 'b',
  });
  const grants = (objects: NamedRbacObject[], user: string, ...groups: string[]) =>
    grantsOf(joinPolicy(objects), { user, groups });

  it('means users, groups and service accounts, and everybody who signed in', () => {
    const meant = binding([
      { kind: 'User', name: 'ann' },
      { kind: 'Group', name: 'ops' },
      { kind: 'ServiceAccount', name: 'robot' },
      { kind: 'ServiceAccount', name: 'robot', namespace: 'ci' },
    ]);
    for (const user of ['ann', 'system:serviceaccount:shop:robot', 'system:serviceaccount:ci:robot']) {
      expect(grants([reader, meant], user), user).toHaveLength(1);
    }
    expect(grants([reader, meant], 'bob', 'ops')).toHaveLength(1);
    expect(grants([reader, meant], 'ops', 'ann')).toEqual([]);
    const open = binding([{ kind: 'Group', name: 'system:authenticated' }]);
    expect(grants([reader, open], 'anybody')).toHaveLength(1);
  });

  it('narrows a ClusterRole to its own namespace', () => {
    const [grant] = grants([reader, binding([{ kind: 'User', name: 'ann' }])], 'ann');
    expect(grant?.namespace).toBe('shop');
  });

  it('to a Role reads the one of its namespace, and to a missing role gives nothing', () => {
    const toRole = binding([{ kind: 'User', name: 'ann' }], { kind: 'Role', name: 'reader' });
    expect(grants([reader, toRole], 'ann')).toEqual([]);
    const elsewhere: NamedRbacObject = { kind: 'role', namespace: 'bank', name: 'reader', rules: [rule()] };
    expect(grants([elsewhere, toRole], 'ann')).toEqual([]);
    expect(grants([{ ...elsewhere, namespace: 'shop' }, toRole], 'ann')).toHaveLength(1);
  });

  it('of the whole cluster cannot name a Role', () => {
    const wide = compileBinding('cluster_role_binding', {
      subjects: [{ kind: 'User', name: 'ann' }],
      roleRef: { kind: 'Role', name: 'reader' },
    });
    expect(wide).toMatchObject({ subjects: [] });
  });
});

describe('a compiled role', () => {
  it('keeps what decides over rows and nothing else', () => {
    const role = compileRole('role', {
      rules: [
        { verbs: ['create', 'list'], apiGroups: [''], resources: ['pods', 'pods/log'] },
        { verbs: ['delete'], apiGroups: [''], resources: ['pods'] },
        { verbs: ['get'], apiGroups: [''], resources: ['pods/exec'] },
        { verbs: ['get'], nonResourceURLs: ['/healthz'] },
      ],
    });
    expect(role).toMatchObject({ rules: [{ verbs: ['list'], resources: ['pods'] }] });
  });

  it('of hostile content allows less, never more', () => {
    const named = (resourceNames: unknown) =>
      rulesOf({ rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames }] });
    expect(named(['\u0000'])).toEqual([]);
    expect(named([7, 'cart', '\ud800'])).toMatchObject([{ resourceNames: ['cart'] }]);
    expect(compileRole('role', { rules: 'none' })).toMatchObject({ rules: [] });
    expect(compileRole('role', { rules: [null, 7, { verbs: 'list', apiGroups: [''], resources: ['pods'] }] })).toEqual({
      kind: 'role',
      rules: [],
    });
    const bound = (name: string) =>
      compileBinding('cluster_role_binding', {
        subjects: [{ kind: 'Group', name }],
        roleRef: { kind: 'ClusterRole', name: 'admin' },
      });
    expect(bound('quarterdeck:admins\u0000')).toMatchObject({ subjects: [] });
    expect(bound('quarterdeck:admins')).toMatchObject({ subjects: [groupSubject('quarterdeck:admins')] });
  });

  it('keeps a user and a group of one name apart', () => {
    expect(userSubject('admins')).not.toBe(groupSubject('admins'));
  });
});

describe('sight', () => {
  it('of a kind is whole for who lists everywhere, or gets whatever the name', () => {
    for (const verbs of [['list'], ['get']]) {
      expect(sightOf([held('', { verbs })], pods).whole).toBe(true);
      expect([...sightOf([held('shop', { verbs })], pods).namespaces]).toEqual(['shop']);
    }
  });

  it('of names is those names', () => {
    const named = { verbs: ['get'], resourceNames: ['cart'] };
    expect(sightOf([held('shop', named)], pods)).toMatchObject({ whole: false, namespaces: new Set() });
    expect([...(sightOf([held('shop', named)], pods).named.get('shop') ?? [])]).toEqual(['cart']);
    expect([...sightOf([held('', named)], pods).anywhere]).toEqual(['cart']);
    expect([...sightOf([held('', { ...named, resources: ['nodes'] })], nodes).anywhere]).toEqual(['cart']);
  });

  it('of cluster-scoped kinds comes from no binding of a namespace', () => {
    expect(sightOf([held('shop', { verbs: ['*'], resources: ['*'] })], nodes)).toMatchObject({
      whole: false,
      namespaces: new Set(),
      anywhere: new Set(),
    });
  });

  it('of a namespace itself comes also from a binding in it that lets get it, but not from one that lets list', () => {
    const bound = (verb: string) => sightOf([held('shop', { verbs: [verb], resources: ['namespaces'] })], namespaces);
    expect([...bound('get').namespaces]).toEqual(['shop']);
    expect([...bound('list').namespaces]).toEqual([]);
  });

  const words = (...all: string[]) => fc.subarray(all, { minLength: 1 });
  const anyRule = fc.record({
    verbs: words('get', 'list', 'watch', '*'),
    apiGroups: words('', 'apps', '*'),
    resources: words('pods', 'nodes', 'namespaces', 'pods/log', '*/log', '*'),
    resourceNames: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, words('a', 'b', 'shop', '')),
  });
  const anyGrants = fc.array(
    fc.record({ namespace: fc.constantFrom('', 'shop', 'bank'), rules: fc.array(anyRule, { maxLength: 3 }) }),
    { maxLength: 4 },
  );

  it('is exactly the rows of which one question is allowed', () => {
    fc.assert(
      fc.property(
        anyGrants,
        fc.constantFrom(pods, nodes, namespaces, { ...pods, group: 'apps' }),
        fc.constantFrom('shop', 'bank', 'other'),
        fc.constantFrom('a', 'b', 'shop', 'bank', 'z'),
        (grants, kind, place, name) => {
          const namespace = kind.namespaced ? place : '';
          const sight = sightOf(grants, kind);
          const shown =
            sight.whole ||
            sight.anywhere.has(name) ||
            sight.namespaces.has(kind === namespaces ? name : namespace) ||
            sight.named.get(namespace)?.has(name) === true;
          expect(shown).toBe(seesRow(grants, kind, { namespace, name }));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('never shrinks when a grant is added', () => {
    fc.assert(
      fc.property(
        anyGrants,
        anyGrants,
        fc.constantFrom('shop', 'bank'),
        fc.constantFrom('a', 'z'),
        (some, more, ns, name) => {
          const row = { namespace: ns, name };
          if (seesRow(some, pods, row)) expect(seesRow([...some, ...more], pods, row)).toBe(true);
        },
      ),
    );
  });

  it('is the same from a compiled role as from the whole one', () => {
    fc.assert(
      fc.property(fc.array(anyRule, { maxLength: 4 }), fc.constantFrom('', 'shop'), (rules, namespace) => {
        const compiled = compileRole('role', { rules });
        for (const kind of [pods, nodes, namespaces]) {
          expect(sightOf([{ namespace, rules: 'rules' in compiled ? compiled.rules : [] }], kind)).toEqual(
            sightOf([{ namespace, rules: rulesOf({ rules }) }], kind),
          );
        }
      }),
    );
  });
});
