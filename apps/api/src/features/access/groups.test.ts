import { highestRung, type Permission, permissions } from '@quarterdeck/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromUuid } from '../../platform/ids.ts';
import type { Principal, TokenLimits } from '../../platform/principal.ts';
import { createGroupsFor, createUserFor } from './groups.ts';
import { toRights } from './rights.ts';
import type { Terrain } from './terrain.ts';

const uuid = (n: number) => `01890000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [clusters, projects] = [
  [uuid(1), uuid(2)],
  [uuid(11), uuid(12)],
];
const environments = [uuid(21), uuid(22)];
const reading = permissions.filter((permission) => (highestRung([permission]) ?? 'viewers') === 'viewers');

/** Each project has an environment with a namespace in each cluster, and a number in the first alone. */
const places: Omit<Terrain, 'roles'> = {
  clusters: new Map(clusters.map((id, n) => [id, { cluster: `c${n}` }])),
  strict: new Set(),
  named: new Set(),
  namespaces: new Map(
    clusters.map((cluster) => [
      cluster,
      new Map(
        projects.map((project, n) => [
          `ns${n}`,
          { cluster, namespace: `ns${n}`, project, environment: environments[n] ?? '' },
        ]),
      ),
    ]),
  ),
  environments: new Map(environments.map((id, n) => [id, projects[n] ?? ''])),
  projects: new Map(projects.map((id) => [id, { archived: false }])),
  numbers: new Map([[clusters[0] ?? '', new Map(projects.map((id, n) => [id, n + 1]))]]),
};

const scope = fc.oneof(
  fc.constant({ kind: 'fleet' as const }),
  fc.constantFrom(...clusters).map((id) => ({ kind: 'cluster' as const, id })),
  fc.constantFrom(...projects).map((id) => ({ kind: 'project' as const, id })),
  fc.constantFrom(...environments).map((id) => ({ kind: 'environment' as const, id })),
  fc
    .constantFrom<Record<string, string>[]>({ cluster: 'c0' }, {}, { cluster: 'c9' })
    .map((selector) => ({ kind: 'set' as const, selector })),
);
const some = (of: readonly Permission[]) => fc.uniqueArray(fc.constantFrom(...of), { maxLength: 8 });
const roles = fc.array(some(permissions), { minLength: 1, maxLength: 4 });
const limitsOf = (of: readonly Permission[]) =>
  fc.record(
    {
      permissions: some(of),
      clusterIds: fc.subarray(clusters.map((id) => fromUuid('clu', id))),
      projectIds: fc.subarray(projects.map((id) => fromUuid('prj', id))),
      namespaces: fc.subarray(['ns0', 'ns1', 'kube-system']),
    },
    { requiredKeys: ['permissions'] },
  );
const place = fc.record({
  cluster: fc.constantFrom(...clusters, uuid(9)),
  namespace: fc.constantFrom(undefined, 'ns0', 'ns1', 'kube-system'),
});
const held = fc.tuple(roles, fc.array(fc.tuple(scope, fc.nat(3)), { maxLength: 6 }));

async function groupsOf(
  [given, grants]: [Permission[][], [Parameters<typeof toRights>[0][number]['scope'], number][]],
  { cluster, namespace }: { cluster: string; namespace: string | undefined },
  limits: TokenLimits | undefined,
  profile: Partial<Pick<Terrain, 'strict'>> = {},
): Promise<string[]> {
  const terrain: Terrain = {
    ...places,
    ...profile,
    roles: new Map(given.map((role, n) => [`role${n}`, new Set(role)])),
  };
  const rights = toRights(
    grants.map(([at, role], n) => ({ id: uuid(100 + n), roleId: `role${role}`, scope: at, deadline: undefined })),
  );
  const groupsFor = createGroupsFor({
    of: async () => rights,
    ofSubjects: async () => rights,
    terrain: async () => terrain,
    drop: () => {},
    doubt: () => {},
    close: () => {},
  });
  const until = new Date(Date.now() + 60_000);
  const principal: Principal = {
    kind: 'user',
    id: fromUuid('usr', uuid(3)),
    name: 'x',
    displayName: 'X',
    credential:
      limits === undefined
        ? { kind: 'session', id: 'ses_x', expiresAt: until }
        : { kind: 'token', id: 'tok_x', expiresAt: until, limits },
    subjects: [uuid(3)],
  };
  return groupsFor(principal, fromUuid('clu', cluster), namespace);
}

const known = /^quarterdeck:(members|(p\d{3}:)?(viewers|deployers|operators|admins))$/;

describe('the groups that somebody carries into a cluster', () => {
  it('S03 are never none, always of our list, and one rung of the cluster and of the project at most', async () => {
    await fc.assert(
      fc.asyncProperty(held, place, fc.option(limitsOf(permissions), { nil: undefined }), async (who, at, limits) => {
        const groups = await groupsOf(who, at, limits);
        expect(groups[0]).toBe('quarterdeck:members');
        for (const group of groups) expect(group).toMatch(known);
        expect(groups.filter((group) => /:p\d/.test(group)).length).toBeLessThanOrEqual(1);
        expect(groups.length).toBeLessThanOrEqual(3);
        if (at.namespace === undefined) expect(groups.some((group) => /:p\d/.test(group))).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('S26 of a token that only reads never go above viewers, and one limited to a namespace has none elsewhere', async () => {
    await fc.assert(
      fc.asyncProperty(held, place, limitsOf(reading), async (who, at, limits) => {
        const groups = await groupsOf(who, at, limits);
        for (const group of groups) expect(group).toMatch(/:(members|viewers)$/);
        const isElsewhere =
          (limits.namespaces !== undefined && !limits.namespaces.includes(at.namespace ?? '')) ||
          (limits.clusterIds !== undefined && !limits.clusterIds.includes(fromUuid('clu', at.cluster)));
        if (isElsewhere) expect(groups).toEqual(['quarterdeck:members']);
      }),
      { numRuns: 2000 },
    );
  });

  it('S03 in a strict cluster reach no further than a namespace of a project, however wide the grant', async () => {
    const strict = { strict: new Set([...clusters, uuid(9)]) };
    await fc.assert(
      fc.asyncProperty(held, place, fc.option(limitsOf(permissions), { nil: undefined }), async (who, at, limits) => {
        const groups = await groupsOf(who, at, limits, strict);
        for (const group of groups) expect(group).toMatch(/^quarterdeck:(members|p\d{3}:[a-z]+)$/);
        const usual = await groupsOf(who, at, limits);
        // Wider grants are not lost inside a project's namespace: they are its rung there.
        const isProjects = at.cluster === clusters[0] && /^ns[01]$/.test(at.namespace ?? '');
        if (isProjects) expect(groups.length > 1).toBe(usual.length > 1);
        else expect(groups).toEqual(['quarterdeck:members']);
      }),
      { numRuns: 2000 },
    );
  });

  it('S03 of a built-in actor without a place in clusters are refused', async () => {
    const groupsFor = createGroupsFor({
      of: () => Promise.reject(new Error('not asked')),
      ofSubjects: () => Promise.reject(new Error('not asked')),
      terrain: () => Promise.reject(new Error('not asked')),
      drop: () => {},
      doubt: () => {},
      close: () => {},
    });
    const actor = (name: string) => ({ kind: 'system' as const, name, permissions: [] });
    const cluster = fromUuid('clu', uuid(1));
    await expect(groupsFor(actor('worker'), cluster)).resolves.toEqual(['quarterdeck:workers']);
    for (const name of ['', 'demo', 'host']) await expect(groupsFor(actor(name), cluster)).rejects.toThrow('no groups');
  });
});

describe('the user that somebody is in a cluster', () => {
  const [named, other] = clusters.map((cluster) => fromUuid('clu', cluster));
  const userFor = createUserFor({
    of: () => Promise.reject(new Error('not asked')),
    ofSubjects: () => Promise.reject(new Error('not asked')),
    terrain: async () => ({ ...places, roles: new Map(), named: new Set(clusters.slice(0, 1)) }),
    drop: () => {},
    doubt: () => {},
    close: () => {},
  });
  const account = (name: string, kind: 'user' | 'service-account' = 'user'): Principal => ({
    kind,
    id: fromUuid('usr', uuid(3)),
    name,
    displayName: 'X',
    credential: { kind: 'session', id: 'ses_x', expiresAt: new Date() },
    subjects: [],
  });

  it('is the shared one, and with the profile named the name of the account', async () => {
    expect(await userFor(account('li.wei'), other ?? '')).toBe('quarterdeck:person');
    expect(await userFor(account('li.wei'), named ?? '')).toBe('li.wei');
  });

  it.each(['system:admin', 'system:kube-controller-manager', 'quarterdeck:worker', '', ' root', 'a\nb'])(
    'S03 is never %j, which is not an account’s to be',
    async (name) => {
      expect(await userFor(account(name), named ?? '')).toBe('quarterdeck:person');
    },
  );

  it('is the shared one for what is no person', async () => {
    expect(await userFor(account('ci', 'service-account'), named ?? '')).toBe('quarterdeck:person');
  });
});
