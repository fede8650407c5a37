import type { Permission } from '@quarterdeck/contracts';
import type { Milestone } from '../platform/milestones.ts';

export const tracks = ['admin', 'sre', 'developer'] as const;
export type Track = (typeof tracks)[number];

/** What decides whether a step is done. What is not known yet is left out. */
export type Facts = {
  me: { id: string; displayName: string };
  milestones: readonly Milestone[];
  /** How many are registered. */
  clusters?: number | undefined;
  /** How many can be signed in with. */
  providers?: number | undefined;
  people?: number | undefined;
  groups?: number | undefined;
  /** Who holds a role in a project or environment. */
  members?: readonly { kind: string; id: string }[] | undefined;
  /** One that can be deployed, if there is any. */
  application?: { project: string; slug: string } | null | undefined;
  /** The newest ones of all. */
  releases?: readonly { createdBy: string; rollbackOf?: unknown }[] | undefined;
};

export type StepKey = keyof typeof steps;
export type Step = { key: StepKey; to: string; search: Record<string, string>; done: boolean };

type Definition = {
  /** Who may not do it is not asked to. */
  permission: Permission;
  to: string | ((facts: Facts) => string);
  search?: Record<string, string>;
  done: (facts: Facts) => boolean;
};

const reached = (milestone: Milestone) => (facts: Facts) => facts.milestones.includes(milestone);
const isMine = (facts: Facts) => (release: { createdBy: string }) => release.createdBy === facts.me.displayName;
const applicationPage = ({ application }: Facts, below = '') =>
  application === undefined || application === null
    ? '/applications'
    : `/applications/${application.project}/${application.slug}${below}`;

const steps = {
  provider: {
    permission: 'identity:configure',
    to: '/settings/identity',
    done: ({ providers = 0 }) => providers > 0,
  },
  invite: {
    permission: 'identity:manage',
    to: '/settings/users',
    done: ({ people = 0, groups = 0 }) => people > 1 || groups > 0,
  },
  role: {
    permission: 'access:grant',
    to: '/access/projects',
    // The automation account of a project holds a role there from the start.
    done: ({ members = [], me }) => members.some(({ kind, id }) => kind !== 'service_account' && id !== me.id),
  },
  register: { permission: 'clusters:register', to: '/clusters/register', done: ({ clusters = 0 }) => clusters > 0 },
  failing: {
    permission: 'inventory:read',
    to: '/workloads',
    search: { health: 'failed' },
    done: reached('saw-failing'),
  },
  pod: { permission: 'inventory:read', to: '/inventory/core/pods', done: reached('found-pod') },
  cluster: { permission: 'clusters:read', to: '/clusters', done: reached('opened-cluster') },
  create: {
    permission: 'applications:write',
    to: '/applications/new',
    done: ({ application }) => application !== undefined && application !== null,
  },
  deploy: {
    permission: 'releases:create',
    to: (facts) => applicationPage(facts, '/deploy'),
    done: (facts) => (facts.releases ?? []).some(isMine(facts)),
  },
  logs: { permission: 'workloads:logs', to: (facts) => applicationPage(facts), done: reached('read-logs') },
  rollback: {
    permission: 'releases:rollback',
    to: (facts) => applicationPage(facts),
    done: (facts) => (facts.releases ?? []).filter(isMine(facts)).some(({ rollbackOf }) => rollbackOf !== undefined),
  },
} as const satisfies Record<string, Definition>;

const stepsByTrack: Record<Track, readonly StepKey[]> = {
  admin: ['provider', 'invite', 'role', 'register'],
  sre: ['failing', 'pod', 'cluster'],
  developer: ['create', 'deploy', 'logs', 'rollback'],
};

/** Tracks of which one may do every step, the most fitting first. */
export function tracksFor(permissions: readonly string[]): readonly Track[] {
  return tracks.filter((track) => stepsByTrack[track].every((key) => permissions.includes(steps[key].permission)));
}

/** The steps of a track in their order, each with where it is done. */
export function stepsOf(track: Track, facts: Facts): readonly Step[] {
  return stepsByTrack[track].map((key) => {
    const { to, search = {}, done }: Definition = steps[key];
    return { key, to: typeof to === 'string' ? to : to(facts), search, done: done(facts) };
  });
}

/** What going to a page reaches; `undefined` for most pages. */
export function milestoneAt(href: string): Milestone | undefined {
  const { pathname, searchParams } = new URL(href, 'http://portal');
  if (/^\/clusters\/(?!register$)[^/]+$/.test(pathname)) return 'opened-cluster';
  if (/^\/objects\/[^/]+\/core\/pods\//.test(pathname)) return 'found-pod';
  if (pathname === '/inventory/core/pods' && (searchParams.get('q') ?? '') !== '') return 'found-pod';
  if (/^\/workloads\/[^/]+\/[^/]+\/[^/]+$/.test(pathname)) return 'saw-failing';
  if (pathname === '/workloads' && ['failed', 'degraded'].includes(searchParams.get('health') ?? ''))
    return 'saw-failing';
  return undefined;
}
