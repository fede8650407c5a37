import type { Permission } from '@quarterdeck/contracts';
import type { Scope } from './design-roles.fixture.ts';
import type { Place, PlacedEndpoint, PlacedMapping } from './places.fixture.ts';

/** Whose object a request names. */
export type Ownership = 'own' | 'foreign' | 'none';

/** Who asks, with what: a role granted at a place of the own tenant, or a token limited to it. */
export type Subject = {
  name: string;
  signedIn: boolean;
  /** Comes with a token instead of a session. */
  byToken?: true;
  isProgram?: true;
  scope: Scope | undefined;
  permissions: ReadonlySet<Permission>;
};

/** `allowed` is any answer but 401, 403 and 404. */
export type Expected = 'allowed' | 401 | 403 | 404;

/** fleet ⊃ cluster set ⊃ cluster, fleet ⊃ project ⊃ environment; a namespace belongs to a cluster and to an environment. */
const covered: Record<Scope, readonly Place[]> = {
  fleet: ['fleet', 'tenant', 'cluster', 'namespace', 'project', 'environment'],
  set: ['cluster', 'namespace'],
  cluster: ['cluster', 'namespace'],
  project: ['tenant', 'project', 'environment', 'namespace'],
  environment: ['tenant', 'environment', 'namespace'],
};

/** What the design answers, from its tables alone. `names` says whether the request names an object by an id. */
export function expectedOf(
  subject: Subject,
  { place, permission, onlyWith }: PlacedEndpoint,
  ownership: Ownership,
  names: boolean,
): readonly Expected[] {
  if (place === 'public' || permission === 'public') return ownership === 'none' ? ['allowed', 404] : ['allowed'];
  if (!subject.signedIn) return [401];
  if (place === 'self') {
    if (subject.byToken === true && onlyWith === 'session') return [403, 404];
    if (subject.byToken !== true && onlyWith === 'token') return [404];
    if (subject.isProgram === true && onlyWith === 'person') return [403];
    return ownership === 'own' ? ['allowed'] : [404];
  }
  if (place === 'list') {
    if (!subject.permissions.has(permission)) return [403];
    return ownership === 'none' ? [404] : ['allowed'];
  }
  // Nothing of the kind anywhere is said at once, for whatever project.
  if (place === 'tenant' && !subject.permissions.has(permission)) return [403];
  if (holds(subject, permission, place, ownership)) {
    // A token makes no tokens, wherever it may look.
    if (subject.byToken === true && onlyWith === 'session') return ownership === 'none' ? [403, 404] : [403];
    if (ownership !== 'none') return ['allowed'];
    // Named in the body, an unknown object is a fault of the input.
    return names ? [404] : [404, 'allowed'];
  }
  // An object of the installation itself: nobody learns whether it exists.
  if (place === 'tenant') return [404];
  if (place === 'fleet') return names ? [403, 404] : [403];
  if (!holds(subject, readOf(permission), place, ownership)) return [404];
  // Whoever reads the whole fleet learns nothing from either about an id that does not exist.
  return ownership === 'none' ? [403, 404] : [403];
}

/**
 * What the design answers to a request through the cluster proxy. `mixed`: the own cluster, a namespace of somebody
 * else in it. Who may know the cluster is told 403, as Kubernetes does it, of names that exist and of others alike.
 */
export function expectedOfMapping(
  subject: Subject,
  { place, permission }: PlacedMapping,
  ownership: Ownership | 'mixed',
): readonly Expected[] {
  if (!subject.signedIn) return [401];
  const ofCluster = ownership === 'mixed' ? 'own' : ownership;
  if (!holds(subject, 'clusters:read', 'cluster', ofCluster)) return [404];
  // Nobody has it: refused at the permission, or not found behind it.
  if (ownership === 'none') return [403, 404];
  if (permission === 'never') return [403];
  const isForeign =
    ownership === 'mixed' && place === 'namespace' && (subject.scope === 'project' || subject.scope === 'environment');
  return !isForeign && holds(subject, permission, place, ofCluster) ? ['allowed'] : [403];
}

function holds(subject: Subject, permission: Permission, place: Place, ownership: Ownership): boolean {
  if (subject.scope === undefined || !subject.permissions.has(permission)) return false;
  if (subject.scope === 'fleet') return true;
  if (ownership !== 'own') return false;
  // Whoever has a namespace in a cluster may know that it exists, and how it is.
  const showsCluster = permission === 'clusters:read' && place === 'cluster';
  return showsCluster || covered[subject.scope].includes(place);
}

/** The permission to look at an object of the feature. */
function readOf(permission: Permission): Permission {
  const feature = permission.split(':', 1)[0] ?? '';
  if (feature === 'metrics' || feature === 'logs') return `${feature}:query` as Permission;
  return `${feature}:read` as Permission;
}
