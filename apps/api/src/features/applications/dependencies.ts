import type { Application, Dependencies, UnwellDependency } from '@quarterdeck/contracts';
import { conflict, invalid } from '../../platform/errors.ts';
import { type Actor, type Principal, principalName } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { Clusters } from '../clusters/index.ts';
import type { Applications } from './applications.service.ts';
import type { DependenciesStore, Named } from './dependencies.store.ts';
import { toDependency } from './dependency-health.ts';

const mostNeeds = 50;
const mostShown = 100;

/** What an application needs of others to work, as its people declare it. */
export interface DeclaredDependencies {
  /** Those that the principal may see; of the others only how many there are. @throws AppError `not_found` */
  read(principal: Principal, applicationId: string): Promise<Dependencies>;
  /**
   * @param application `project/application`; the actor must be able to see it
   * @throws AppError 422 `unknown_application`, 409 `dependency_cycle` | `too_many_dependencies`
   */
  add(actor: Actor, applicationId: string, application: string): Promise<Dependencies>;
  remove(actor: Actor, applicationId: string, needs: string): Promise<Dependencies>;
  /** Ids of what each of some applications needs, whoever may see it. */
  needsOf(applicationIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /**
   * What an application needs and does not find beside one of its environments: failed, unknown or not deployed there.
   * Only what the principal may see.
   */
  unwell(principal: Principal, applicationId: string, environmentId: string): Promise<UnwellDependency[]>;
}

export function createDeclaredDependencies(deps: {
  access: Access;
  applications: Applications;
  clusters: Pick<Clusters, 'records'>;
  store: DependenciesStore;
}): DeclaredDependencies {
  const { access, applications, store } = deps;

  async function awayClusters(): Promise<ReadonlySet<string>> {
    const records = await deps.clusters.records();
    return new Set(records.flatMap(({ id, state }) => (state === 'connected' || state === 'degraded' ? [] : [id])));
  }

  async function read(principal: Principal, id: string): Promise<Dependencies> {
    const [application, needs, neededBy] = await Promise.all([
      applications.read(principal, id),
      store.needsOf(id),
      store.neededBy(id),
    ]);
    const users = neededBy.map((one) => one.id);
    const seen = await applications.visible(principal, [...needs, ...users]);
    const of = (ids: readonly string[]) => ids.flatMap((one) => seen.get(one) ?? []);
    const [mine, theirs] = [of(needs), of(users)];
    const shown = [...mine, ...theirs.slice(0, mostShown)];
    const [told, away] = await Promise.all([applications.views(shown), awayClusters()]);
    const views = new Map(told.map((view) => [view.id, view]));
    const toViews = (records: readonly { id: string }[]) =>
      records.flatMap((record) => {
        const view = views.get(record.id);
        return view === undefined ? [] : toDependency(view, application.environments, away);
      });
    return {
      needs: toViews(mine),
      neededBy: toViews(theirs.slice(0, mostShown)),
      neededByCount: theirs.length,
      hiddenNeeds: needs.length - mine.length,
      hiddenNeededBy: users.length - theirs.length,
    };
  }

  return {
    read,

    needsOf: (ids) => store.needsOfAll(ids),

    async add(actor, id, name) {
      const { principal } = actor;
      const application = await applications.record(id);
      const needs = await store.findByName(name);
      // What somebody may not see is answered like what there is not.
      if (needs === undefined || !(await applications.visible(principal, [needs])).has(needs)) throw unknown(name);
      const target = { projectId: application.projectId };
      try {
        await access.mutate({ actor, permission: 'applications:write', target }, async (tx) => {
          await store.lock(tx);
          if (!(await store.isThere(tx, needs))) throw unknown(name);
          const way = await store.wayBetween(tx, needs, id);
          if (way !== undefined) throw new CircleError(way);
          const before = await store.needsOf(id, tx);
          if (before.length >= mostNeeds && !before.includes(needs)) {
            const detail = `An application names at most ${mostNeeds} others that it needs. Take away one that it can do without.`;
            throw conflict('too_many_dependencies', detail, [
              { pointer: '/application', code: 'too_many_dependencies', detail },
            ]);
          }
          await store.add(tx, id, needs, principalName(principal));
          return { value: undefined, audit: [entryOf(application, { path: 'needs', after: needs })] };
        });
      } catch (error) {
        if (!(error instanceof CircleError)) throw error;
        const visible = await applications.visible(
          principal,
          error.way.map((one) => one.id),
        );
        throw circle(application, error.way, (one) => visible.has(one));
      }
      return read(principal, id);
    },

    async remove(actor, id, needs) {
      const application = await applications.record(id);
      await access.mutate(
        { actor, permission: 'applications:write', target: { projectId: application.projectId } },
        async (tx) => {
          await store.remove(tx, id, needs);
          return { value: undefined, audit: [entryOf(application, { path: 'needs', before: needs })] };
        },
      );
      return read(actor.principal, id);
    },

    async unwell(principal, id, environmentId) {
      const needs = await store.needsOf(id);
      if (needs.length === 0) return [];
      const [seen, environment] = await Promise.all([
        applications.visible(principal, needs),
        access.projects.findEnvironment(environmentId),
      ]);
      if (environment === undefined) return [];
      const [views, away] = await Promise.all([applications.views([...seen.values()]), awayClusters()]);
      return views
        .flatMap((view) => {
          const { environments, ...named } = toDependency(view, [{ ...environment, environmentId }], away);
          return environments.map((one) => ({ ...named, ...one }));
        })
        .filter(({ health }) => health !== 'healthy' && health !== 'updating');
    },
  };
}

/** Thrown out of the transaction: whether names on the way may be told is asked beside it. */
class CircleError extends Error {
  readonly way: readonly Named[];
  constructor(way: readonly Named[]) {
    super('It would need itself.');
    this.name = 'CircleError';
    this.way = way;
  }
}

const unknown = (name: string) =>
  invalid(
    'unknown_application',
    `There is no application ${name} that you may see. Write it as project/application, such as shop/web.`,
    '/application',
  );

/** A way that comes back to where it began, in the names that the person may see. */
function circle(
  { project: ofProject, slug: ofSlug }: Omit<Named, 'id'>,
  way: readonly Named[],
  isVisible: (id: string) => boolean,
) {
  const from = `${ofProject}/${ofSlug}`;
  const words = way.map(({ id, project, slug }) => (isVisible(id) ? `${project}/${slug}` : 'one that you may not see'));
  const detail =
    way.length === 1
      ? 'An application does not need itself. Name another one.'
      : `${from} would need itself: ${[from, ...words].join(' needs ')}. Take one of these away first.`;
  return conflict('dependency_cycle', detail, [{ pointer: '/application', code: 'dependency_cycle', detail }]);
}

/** The other one by its id alone: its name is for who may see it. */
function entryOf(
  application: Pick<Application, 'id' | 'slug' | 'projectId'>,
  change: { path: string; before?: unknown; after?: unknown },
) {
  return {
    action: 'applications:write',
    target: { kind: 'application', id: application.id, name: application.slug, project: application.projectId },
    changes: [change],
  };
}
