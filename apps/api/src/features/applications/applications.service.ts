import type { Application } from '@quarterdeck/contracts';
import type { Database, Transaction } from '@quarterdeck/database';
import type { Cursors } from '../../platform/cursor.ts';
import { AppError, conflict, forbidden, notFound } from '../../platform/errors.ts';
import { newId, toUuid } from '../../platform/ids.ts';
import type { Actor, Principal } from '../../platform/principal.ts';
import { createRecent } from '../../platform/recent.ts';
import { type Access, checkQuota, type EnvironmentRule, type Tier, type VisibleScope } from '../access/index.ts';
import type { Clusters } from '../clusters/index.ts';
import type {
  ApplicationFilter,
  ApplicationPosition,
  ApplicationRecord,
  ApplicationsStore,
} from './applications.store.ts';
import { createDeletion } from './delete-application.ts';
import type { DependenciesStore } from './dependencies.store.ts';
import type { TargetFacts } from './target-facts.ts';

export type EnvironmentChoice = { environmentId: string } | { name: string; tier: Tier; rules: EnvironmentRule[] };

export interface Applications {
  create(
    actor: Actor,
    input: {
      projectId: string;
      slug: string;
      displayName?: string | undefined;
      team?: string | undefined;
      environments: readonly EnvironmentChoice[];
    },
  ): Promise<Application>;
  /** Those that the principal may read, with the environments they may. */
  list(
    principal: Principal,
    query: ApplicationFilter & { sort: 'name' | 'trouble'; limit: number; cursor?: string | undefined },
  ): Promise<{ items: Application[]; nextCursor?: string; total: number; totalIsExact: boolean }>;
  get(id: string): Promise<Application>;
  /** As `list` shows it. @throws AppError `not_found` */
  read(principal: Principal, id: string): Promise<Application>;
  /** Of these, those that the principal may read, with the environments they may. */
  visible(principal: Principal, ids: readonly string[]): Promise<ReadonlyMap<string, ApplicationRecord>>;
  /** Records as they are shown. */
  views(records: readonly ApplicationRecord[]): Promise<Application[]>;
  /** The record with its targets, newest rules applied: for releases. */
  record(id: string): Promise<ApplicationRecord>;
  /** @throws AppError 409 `application_live` | `application_needed` */
  delete(actor: Actor, id: string): Promise<void>;
  /** Why a cluster must stay registered. */
  whyClusterStays(clusterId: string): Promise<string | undefined>;
}

/** By target id. */
type Known = {
  known: Awaited<ReturnType<TargetFacts['of']>>;
  debts: Awaited<ReturnType<TargetFacts['debts']>>;
  drift: Awaited<ReturnType<TargetFacts['drift']>>;
};

export function createApplications(deps: {
  access: Access;
  clusters: Clusters;
  store: ApplicationsStore;
  dependencies: DependenciesStore;
  cursors: Cursors;
  facts: TargetFacts;
  database: Pick<Database, 'keyed'>;
}): Applications {
  const { access, clusters, store, dependencies, cursors, facts, database } = deps;

  /** What every list asks is remembered for a second. */
  const troubled = createRecent<readonly string[]>(1000);
  let alignedAt: unknown;

  async function record(id: string): Promise<ApplicationRecord> {
    await store.alignTargets(database.keyed, id);
    const application = await store.findById(id);
    if (application === undefined) throw notFound('This application');
    return application;
  }

  /** Clusters that came to match since rules, labels or clusters changed last become targets before a list is told. */
  async function alignAll(): Promise<void> {
    const epoch = await access.epoch();
    if (epoch === alignedAt) return;
    await store.alignTargets(database.keyed);
    alignedAt = epoch;
  }

  async function factsOf(records: readonly ApplicationRecord[]): Promise<Known> {
    const targets = records.flatMap(({ environments }) => environments.flatMap((environment) => environment.targets));
    const ids = targets.map(({ id }) => id);
    const [known, debts, drift] = await Promise.all([facts.of(ids), facts.debts(ids), facts.drift(targets)]);
    return { known, debts, drift };
  }

  /** @param asked what is known of their targets; nobody has put anything on those that were made just now */
  async function toViews(
    records: readonly ApplicationRecord[],
    asked: Known | Promise<Known> = factsOf(records),
  ): Promise<Application[]> {
    const [{ known, debts, drift }, fleet] = await Promise.all([asked, clusters.records()]);
    const slugs = new Map(fleet.map((cluster) => [cluster.id, cluster.slug]));
    return records.map((application) => ({
      id: application.id,
      projectId: application.projectId,
      project: application.project,
      slug: application.slug,
      displayName: application.displayName,
      ...(application.team === undefined ? {} : { team: application.team }),
      createdAt: application.createdAt.toISOString(),
      environments: application.environments.map((environment) => ({
        environmentId: environment.environmentId,
        name: environment.name,
        tier: environment.tier,
        ...(environment.selector === undefined ? {} : { selector: environment.selector }),
        targets: environment.targets
          .map((target) => ({
            id: target.id,
            clusterId: target.clusterId,
            cluster: slugs.get(target.clusterId) ?? '',
            namespace: target.namespace,
            state: target.state,
            ...(known.get(target.id) ?? { health: 'not_deployed' as const }),
            ...(debts.has(target.id) ? { debt: debts.get(target.id) } : {}),
            ...(drift.has(target.id) ? { drift: drift.get(target.id) } : {}),
          }))
          // Of one that leaves, what was put there is told; where nothing is, there is nothing to leave.
          .filter(({ state, health, debt }) => state !== 'leaving' || health !== 'not_deployed' || debt !== undefined),
      })),
    }));
  }

  async function visibleOf(
    principal: Principal,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, ApplicationRecord>> {
    if (ids.length === 0) return new Map();
    const visible = await access.visibleScope(principal, 'applications:read');
    const records = (await store.findByIds(ids)).map((application) => withVisible(application, visible));
    return new Map(records.filter((one) => isSeen(one, visible)).map((one) => [one.id, one]));
  }

  async function addEnvironments(
    tx: Transaction,
    actor: Actor,
    applicationId: string,
    projectId: string,
    choices: readonly EnvironmentChoice[],
  ): Promise<string[]> {
    const names: string[] = [];
    // A new environment takes namespaces in clusters: that is the tenant's bound, not an application's.
    const isNew = choices.some((choice) => !('environmentId' in choice));
    if (isNew && !(await access.mayNow(tx, actor.principal, 'access:projects', { projectId }))) {
      throw forbidden('access:projects', 'for a new environment; choose one of the project');
    }
    for (const [index, choice] of choices.entries()) {
      const pointer = `/environments/${index}`;
      const environment =
        'environmentId' in choice
          ? await access.projects.findEnvironment(choice.environmentId, tx)
          : await access.projects.addEnvironment(tx, { projectId, ...choice }, pointer);
      if (environment === undefined || environment.projectId !== projectId) {
        const detail = 'This environment does not exist in the project.';
        throw new AppError('invalid_input', 422, detail, {
          errors: [{ pointer: `${pointer}/environmentId`, code: 'unknown_environment', detail }],
        });
      }
      if ((await access.projects.namespacesOf(environment.id, tx)).length === 0) {
        const detail = `The rules of ${environment.name} select no cluster. Name a cluster that is registered.`;
        throw new AppError('no_target', 422, detail, {
          errors: [{ pointer: `${pointer}/rules`, code: 'no_target', detail }],
        });
      }
      await store.addEnvironment(tx, applicationId, environment.id);
      names.push(environment.name);
    }
    await store.alignTargets(tx, applicationId);
    return names;
  }

  return {
    async create(actor, input) {
      const project = await access.projects.get(input.projectId);
      const id = newId('app');
      const target = { projectId: project.id };
      // What is counted against a quota, and new places, are one at a time; all else many make side by side.
      const isCounted = project.quotas.applications !== undefined;
      const takesPlaces = input.environments.some((choice) => !('environmentId' in choice));
      const hold = isCounted || takesPlaces ? ({ alone: true } as const) : {};
      await access.mutate({ actor, permission: 'applications:write', target, ...hold }, async (tx) => {
        const held = await access.projects.get(project.id, tx);
        const { slug, quotas } =
          held.quotas.applications === undefined ? held : await access.projects.lock(tx, project.id);
        const inserted = await store.insert(tx, {
          id,
          projectId: project.id,
          slug: input.slug,
          displayName: input.displayName ?? input.slug,
          team: input.team,
        });
        if (!inserted) {
          throw conflict(
            'application_exists',
            `Project ${project.slug} has an application ${input.slug} already. Open it, or take another name.`,
            [{ pointer: '/slug', code: 'application_exists', detail: `${input.slug} exists` }],
          );
        }
        if (quotas.applications !== undefined)
          checkQuota({ slug, quotas }, 'applications', await store.countOf(tx, project.id), '/projectId');
        const environments = await addEnvironments(tx, actor, id, project.id, input.environments);
        return {
          value: undefined,
          audit: [
            {
              action: 'applications:write',
              target: { kind: 'application', id, name: input.slug, project: project.id },
              changes: [{ path: 'environments', after: environments }],
            },
          ],
        };
      });
      const made = await store.findById(id);
      const [view] = made === undefined ? [] : await toViews([made], nothingYet);
      if (view === undefined) throw notFound('This application');
      return view;
    },

    async list(principal, { limit, cursor, sort, ...filter }) {
      const [visible, failing] = await Promise.all([
        access.visibleScope(principal, 'applications:read'),
        sort === 'trouble' ? troubled.get('all', facts.failing) : ([] as readonly string[]),
        alignAll(),
      ]);
      const scope = ['applications', sort, filter];
      const after = cursor === undefined ? undefined : cursors.verify<ApplicationPosition>(scope, cursor);
      const { rows, total } = await store.page(visible, filter, failing, after, limit + 1);
      const page = rows.slice(0, limit).map((row) => withVisible(row, visible));
      const last = page.at(-1);
      return {
        items: await toViews(page),
        ...(rows.length > limit && last !== undefined
          ? {
              nextCursor: cursors.sign(scope, {
                isFirst: failing.includes(last.id),
                slug: last.slug,
                id: last.id,
              } satisfies ApplicationPosition),
            }
          : {}),
        total,
        totalIsExact: true,
      };
    },

    async get(id) {
      const [view] = await toViews([await record(id)]);
      if (view === undefined) throw notFound('This application');
      return view;
    },

    async read(principal, id) {
      const visible = await access.visibleScope(principal, 'applications:read');
      const application = withVisible(await record(id), visible);
      const [view] = isSeen(application, visible) ? await toViews([application]) : [];
      if (view === undefined) throw notFound('This application');
      return view;
    },

    visible: visibleOf,

    views: toViews,

    record,

    delete: createDeletion({ access, store, dependencies, facts, record, visible: visibleOf }),

    async whyClusterStays(clusterId) {
      const slugs = await store.slugsIn(clusterId);
      if (slugs.length === 0) return undefined;
      return `${slugs.slice(0, 5).join(', ')}${slugs.length > 5 ? ` and ${slugs.length - 5} more` : ''} deploy there. Take the cluster out of their environments first.`;
    },
  };
}

/** Of targets that were made just now. */
const nothingYet: Known = { known: new Map(), debts: new Map(), drift: new Map() };

/** @param application with the environments that may be seen alone */
function isSeen({ projectId, environments }: ApplicationRecord, visible: VisibleScope): boolean {
  return visible.fleet || visible.projects.includes(toUuid(projectId)) || environments.length > 0;
}

/** With the environments that may be seen; whoever sees the project sees all of them. */
function withVisible(application: ApplicationRecord, visible: VisibleScope): ApplicationRecord {
  if (visible.fleet) return application;
  const seen = new Set(visible.environments);
  return {
    ...application,
    environments: application.environments.filter((environment) => seen.has(toUuid(environment.environmentId))),
  };
}
