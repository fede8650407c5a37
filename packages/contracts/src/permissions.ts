/**
 * The permissions of the product, `feature:verb`, fixed here for all features. The letter behind some is the rung a
 * person needs inside the member cluster: v viewers, d deployers, o operators, a admins.
 */
export const permissionCatalogue = {
  audit: { read: '', export: '', verify: '', configure: '' },
  identity: { self: '', read: '', manage: '', 'service-accounts': '', configure: '' },
  access: { read: '', explain: '', grant: '', projects: '', roles: '', export: '' },
  clusters: { read: 'v', register: '', update: '', credentials: '', remove: '', administer: 'a', mint: 'a' },
  inventory: { read: 'v', export: 'v' },
  workloads: {
    read: 'v',
    logs: 'v',
    exec: 'd',
    forward: 'd',
    preview: 'd',
    operate: 'd',
    edit: 'd',
    'read-secrets': 'd',
    'write-secrets': 'd',
  },
  metrics: { query: '', configure: '', alert: '' },
  logs: { query: '', configure: '', export: '' },
  applications: { read: '', write: '', delete: 'd' },
  environments: { read: '', manage: '' },
  templates: { read: '', write: '', publish: '' },
  parameters: { read: '', write: '' },
  releases: {
    read: '',
    preview: 'd',
    create: 'd',
    approve: '',
    operate: 'd',
    rollback: 'd',
    'take-over': 'd',
    prune: 'd',
    'override-freeze': '',
    evacuate: 'd',
  },
  pipelines: { read: '', manage: '', deploy: '', replay: '' },
  scaling: { read: 'v', write: 'd', override: 'd' },
  scheduling: { read: 'v', 'apply-sizing': 'd', run: 'o', drain: 'o' },
  network: { read: 'v', probe: 'd', write: 'o' },
  'load-balancing': { read: 'v', write: 'd', shift: 'd' },
  dashboards: { read: '', write: '' },
} as const;

type Catalogue = typeof permissionCatalogue;
export type Permission = { [F in keyof Catalogue]: `${F & string}:${keyof Catalogue[F] & string}` }[keyof Catalogue];

/** Every permission string, in the order of the catalogue. */
export const permissions = Object.entries(permissionCatalogue).flatMap(([feature, verbs]) =>
  Object.keys(verbs).map((verb) => `${feature}:${verb}` as Permission),
);

/** Rungs inside a member cluster, lowest first. */
export const rungs = ['viewers', 'deployers', 'operators', 'admins'] as const;
export type Rung = (typeof rungs)[number];

const rungOfLetter: Record<string, Rung> = { v: 'viewers', d: 'deployers', o: 'operators', a: 'admins' };
const rungByPermission = new Map<string, Rung>(
  Object.entries(permissionCatalogue).flatMap(([feature, verbs]) =>
    Object.entries(verbs).flatMap(([verb, letter]) => {
      const rung = rungOfLetter[letter];
      return rung === undefined ? [] : [[`${feature}:${verb}`, rung] as const];
    }),
  ),
);

/** The rung that a permission needs inside the member cluster; `undefined` when it does nothing there. */
export function rungOf(permission: Permission): Rung | undefined {
  return rungByPermission.get(permission);
}

/** The highest rung that any of these permissions needs. */
export function highestRung(held: Iterable<Permission>): Rung | undefined {
  let highest = -1;
  for (const permission of held) {
    const rung = rungByPermission.get(permission);
    if (rung !== undefined) highest = Math.max(highest, rungs.indexOf(rung));
  }
  return rungs[highest];
}
