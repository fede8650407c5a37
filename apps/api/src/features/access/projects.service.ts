import type { Quotas } from '@quarterdeck/contracts';
import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import { type AppError, conflict, invalid, notFound } from '../../platform/errors.ts';
import { newId, toUuid } from '../../platform/ids.ts';
import type { Actor, Principal } from '../../platform/principal.ts';
import type { AuditEntry } from '../audit/index.ts';
import type { Authorization } from './authorize.ts';
import { placesStore } from './places.store.ts';
import type { Environment, EnvironmentRule, OwnedNamespace, Project, ProjectStore, Tier } from './project.store.ts';
import { type NumbersInCluster, projectNumbersStore } from './project-numbers.ts';

/** Namespaces no rule may name: they belong to Kubernetes or to us. */
const reservedNamespaces = /^(default|quarterdeck-system|kube-.*)$/;

export type ProjectFields = {
  displayName: string;
  registries: readonly string[];
  templateSources: readonly string[];
  quotas: Quotas;
};

export interface Projects {
  /** Those in which the principal may read environments, or one of them. */
  list(principal: Principal, filter?: { archived?: boolean; q?: string | undefined }): Promise<Project[]>;
  /**
   * @param on the transaction of a change: beside it, a second connection could be the one that nobody gets
   * @throws AppError `not_found`
   */
  get(id: string, on?: Queryable): Promise<Project>;
  /** @throws AppError `not_found` also for whoever may read none of its environments */
  read(principal: Principal, id: string): Promise<Project>;
  create(actor: Actor, input: Partial<ProjectFields> & { slug: string }): Promise<Project>;
  update(actor: Actor, id: string, change: Partial<ProjectFields>): Promise<Project>;
  archive(actor: Actor, id: string, isArchived: boolean): Promise<Project>;
  listEnvironments(principal: Principal, projectId: string): Promise<Environment[]>;
  findEnvironment(id: string, on?: Queryable): Promise<Environment | undefined>;
  /** Within a change of another feature: the caller's transaction and audit carry it. `pointer`: where its input sits. */
  addEnvironment(
    tx: Transaction,
    input: { projectId: string; name: string; tier: Tier; rules: EnvironmentRule[] },
    pointer: string,
  ): Promise<Environment>;
  createEnvironment(
    actor: Actor,
    input: { projectId: string; name: string; tier: Tier; rules: EnvironmentRule[] },
  ): Promise<Environment>;
  /** @throws AppError 409 `environment_changed` when `revision` is not the newest any more */
  updateEnvironment(
    actor: Actor,
    input: { projectId: string; environmentId: string; tier: Tier; rules: EnvironmentRule[]; revision: number },
  ): Promise<Environment>;
  /** One more rule beside those that are there by then. */
  addRule(
    actor: Actor,
    input: { projectId: string; environmentId: string; rule: EnvironmentRule },
  ): Promise<Environment>;
  /**
   * The project of a change of another feature, locked until its transaction ends: what its quotas count stays as it is.
   * @throws AppError `not_found` | `project_archived`
   */
  lock(tx: Transaction, id: string): Promise<Project>;
  /** @throws AppError 422 `order_incomplete` when one is missing, foreign or named twice */
  orderEnvironments(
    actor: Actor,
    input: { projectId: string; environmentIds: readonly string[] },
  ): Promise<Environment[]>;
  /** Clusters and namespaces an environment owns now. */
  namespacesOf(environmentId: string, tx?: Transaction): Promise<OwnedNamespace[]>;
  /** Which project and environment a namespace belongs to. */
  ownerOf(clusterId: string, namespace: string): Promise<OwnedNamespace | undefined>;
  /** The number in the project's groups in a cluster; `undefined` before its first namespace there is ready. */
  numberIn(clusterId: string, projectId: string): Promise<number | undefined>;
  /** The project has this number there no more; within a change of `clusters`, whose audit carries it. */
  giveUpNumber(tx: Transaction, input: { clusterId: string; projectId: string; number: number }): Promise<void>;
  /** Numbers in a cluster that projects with a namespace there have, ascending. */
  numbersIn(clusterId: string): Promise<{ number: number; project: string }[]>;
  /** Namespaces in a cluster of the projects that have a number there. */
  placesIn(clusterId: string): Promise<{ namespace: string; number: number; project: string }[]>;
  /**
   * Takes a number for the project's groups in a cluster, within a change of `clusters`, whose audit carries it; one
   * that the project has already is kept. `undefined` when the cluster lists no more.
   * @param seen what the cluster itself says, read just now
   */
  takeNumber(
    tx: Transaction,
    input: { clusterId: string; project: Project; seen: NumbersInCluster; installation: string },
  ): Promise<number | undefined>;
}

export function createProjects(deps: {
  database: Database;
  projects: ProjectStore;
  authorization: Authorization;
  /** The standing automation account of a new project, with its grant; `identity` makes the account. */
  addAutomation: (tx: Transaction, project: Project) => Promise<void>;
}): Projects {
  const { database, projects, authorization } = deps;

  async function get(id: string, on?: Queryable): Promise<Project> {
    const project = await projects.findById(id, on);
    if (project === undefined) throw notFound('This project');
    return project;
  }

  async function claimNamespaces(tx: Transaction, environment: Environment, pointer: string): Promise<void> {
    const taken = (await placesStore.materialise(tx, toUuid(environment.id)))[0];
    if (taken === undefined) return checkQuotas(tx, environment.projectId, pointer);
    throw conflict(
      'namespace_taken',
      `Namespace ${taken.namespace} belongs to another environment in one of these clusters.`,
      [{ pointer: `${pointer}/rules`, code: 'namespace_taken', detail: `${taken.namespace} is taken` }],
    );
  }

  async function checkQuotas(tx: Transaction, projectId: string, pointer: string): Promise<void> {
    const project = await projects.findById(projectId, tx);
    const used = await projects.countOf(tx, projectId);
    if (project === undefined) return;
    checkQuota(project, 'environments', used.environments, `${pointer}/name`);
    checkQuota(project, 'namespaces', used.namespaces, `${pointer}/rules`);
  }

  /** The project of a change, locked and not archived. */
  async function lockOpen(tx: Transaction, id: string): Promise<Project> {
    const project = await projects.lock(tx, id);
    if (project === undefined) throw notFound('This project');
    if (project.archivedAt !== undefined) throw archived(project);
    return project;
  }

  async function addEnvironment(
    tx: Transaction,
    input: { projectId: string; name: string; tier: Tier; rules: EnvironmentRule[] },
    pointer: string,
  ): Promise<Environment> {
    refuseReserved(input.rules, pointer);
    await lockOpen(tx, input.projectId);
    const environment = await projects.insertEnvironment(tx, { id: newId('env'), ...input });
    if (environment === undefined) {
      throw conflict(
        'environment_exists',
        `This project has an environment ${input.name} already. Choose it, or take another name.`,
        [{ pointer: `${pointer}/name`, code: 'environment_exists', detail: `${input.name} exists` }],
      );
    }
    await claimNamespaces(tx, environment, pointer);
    return environment;
  }

  /** @param change of what is there when it is done: two who add something both do */
  async function changeEnvironment(
    actor: Actor,
    input: { projectId: string; environmentId: string; rules: EnvironmentRule[] },
    change: (before: Environment) => { tier: Tier; rules: EnvironmentRule[] },
  ): Promise<Environment> {
    refuseReserved(input.rules, '');
    const target = { projectId: input.projectId, environmentId: input.environmentId };
    return authorization.mutate({ actor, permission: 'access:projects', target, alone: true }, async (tx) => {
      await lockOpen(tx, input.projectId);
      const before = await projects.findEnvironment(tx, input.environmentId);
      if (before === undefined || before.projectId !== input.projectId) throw notFound('This environment');
      const { tier, rules } = change(before);
      const after = await projects.updateEnvironment(tx, input.environmentId, { tier, rules });
      if (after === undefined) throw notFound('This environment');
      await claimNamespaces(tx, after, '');
      return { value: after, audit: [environmentAudit(after, before)] };
    });
  }

  return {
    async list(principal, filter) {
      const visible = await authorization.visibleScope(principal, 'environments:read');
      return projects.list(visible, { archived: filter?.archived ?? false, q: filter?.q });
    },
    get,

    async read(principal, id) {
      const visible = await authorization.visibleScope(principal, 'environments:read');
      const project = await get(id);
      const isVisible =
        visible.fleet ||
        visible.projects.includes(toUuid(id)) ||
        (await projects.listEnvironments(visible, id)).length > 0;
      if (!isVisible) throw notFound('This project');
      return project;
    },

    async create(actor, input) {
      const id = newId('prj');
      return authorization.mutate({ actor, permission: 'access:projects', target: 'fleet' }, async (tx) => {
        const project = await projects.insert(tx, {
          id,
          slug: input.slug,
          displayName: input.displayName ?? input.slug,
          registries: input.registries ?? [],
          templateSources: input.templateSources ?? [],
          quotas: input.quotas ?? {},
        });
        if (project === undefined) {
          throw conflict('project_exists', `There is a project ${input.slug} already. Take another name.`, [
            { pointer: '/slug', code: 'project_exists', detail: `${input.slug} exists` },
          ]);
        }
        await deps.addAutomation(tx, project);
        const made = (await projects.findById(id, tx)) ?? project;
        return { value: made, audit: [projectAudit(made, undefined)] };
      });
    },

    async update(actor, id, change) {
      const target = { projectId: id };
      return authorization.mutate({ actor, permission: 'access:projects', target, alone: true }, async (tx) => {
        const before = await lockOpen(tx, id);
        const after = {
          ...before,
          ...(change.displayName === undefined ? {} : { displayName: change.displayName }),
          ...(change.registries === undefined ? {} : { registries: change.registries }),
          ...(change.templateSources === undefined ? {} : { templateSources: change.templateSources }),
          ...(change.quotas === undefined ? {} : { quotas: change.quotas }),
        };
        await projects.update(tx, id, after);
        return { value: after, audit: [projectAudit(after, before)] };
      });
    },

    async archive(actor, id, isArchived) {
      const target = { projectId: id };
      await authorization.mutate({ actor, permission: 'access:projects', target, alone: true }, async (tx) => {
        const before = await projects.lock(tx, id);
        if (before === undefined) throw notFound('This project');
        if ((before.archivedAt !== undefined) !== isArchived) await projects.setArchived(tx, id, isArchived);
        const entry = projectAudit(before, before);
        const changes = [{ path: 'archived', before: before.archivedAt !== undefined, after: isArchived }];
        return { value: undefined, audit: [{ ...entry, changes }] };
      });
      return get(id);
    },

    async listEnvironments(principal, projectId) {
      const visible = await authorization.visibleScope(principal, 'environments:read');
      const environments = await projects.listEnvironments(visible, projectId);
      const isVisible = environments.length > 0 || visible.fleet || visible.projects.includes(toUuid(projectId));
      if (!isVisible) throw notFound('This project');
      if (visible.fleet) await get(projectId);
      return environments;
    },
    findEnvironment: (id, on = database.pool) => projects.findEnvironment(on, id),
    addEnvironment,

    async createEnvironment(actor, input) {
      const project = await get(input.projectId);
      const target = { projectId: project.id };
      return authorization.mutate({ actor, permission: 'access:projects', target, alone: true }, async (tx) => {
        const environment = await addEnvironment(tx, input, '');
        return { value: environment, audit: [environmentAudit(environment, undefined)] };
      });
    },

    updateEnvironment: (actor, { revision, ...input }) =>
      changeEnvironment(actor, input, (before) => {
        if (before.revision !== revision) throw changedMeanwhile(before, revision);
        return input;
      }),

    addRule: (actor, { rule, ...input }) =>
      changeEnvironment(actor, { ...input, rules: [rule] }, ({ tier, rules }) => ({
        tier,
        rules: rules.some((known) => isSameRule(known, rule)) ? rules : [...rules, rule],
      })),

    async orderEnvironments(actor, { projectId, environmentIds }) {
      const project = await get(projectId);
      const target = { projectId };
      return authorization.mutate({ actor, permission: 'access:projects', target, alone: true }, async (tx) => {
        await lockOpen(tx, projectId);
        const before = await projects.environmentsOf(tx, projectId);
        const isWhole =
          environmentIds.length === before.length && before.every(({ id }) => environmentIds.includes(id));
        if (!isWhole) {
          const names = before.map(({ name }) => name).join(', ');
          throw invalid(
            'order_incomplete',
            `Name each environment of the project once: ${names}. Load them again if one was added meanwhile.`,
            '/environmentIds',
          );
        }
        await projects.orderEnvironments(tx, environmentIds);
        const after = await projects.environmentsOf(tx, projectId);
        return {
          value: after,
          audit: [
            {
              action: 'access:projects',
              target: { kind: 'project', id: projectId, name: project.slug, project: projectId },
              changes: [
                {
                  path: 'environmentOrder',
                  before: before.map(({ name }) => name),
                  after: after.map(({ name }) => name),
                },
              ],
            },
          ],
        };
      });
    },

    namespacesOf: (environmentId, tx) => projects.namespacesOf(tx ?? database.pool, environmentId),
    lock: lockOpen,
    ownerOf: (clusterId, namespace) => projects.ownerOf(clusterId, namespace),
    numberIn: (clusterId, projectId) => projectNumbersStore.find(database.pool, clusterId, projectId),
    numbersIn: (clusterId) => projectNumbersStore.inUse(database.pool, clusterId),
    placesIn: (clusterId) => projectNumbersStore.placesIn(database.pool, clusterId),
    giveUpNumber: (tx, { clusterId, projectId, number }) =>
      projectNumbersStore.giveUp(tx, clusterId, projectId, number),
    takeNumber: (tx, { clusterId, project, seen, installation }) =>
      projectNumbersStore.take(tx, clusterId, project, seen, installation),
  };
}

function isSameRule(a: EnvironmentRule, b: EnvironmentRule): boolean {
  const entries = ({ selector }: EnvironmentRule) => JSON.stringify(Object.entries(selector).sort());
  return a.namespace === b.namespace && entries(a) === entries(b);
}

function changedMeanwhile({ name, revision }: Environment, read: number): AppError {
  const detail = `Somebody changed ${name} since you read it (revision ${read}; it is ${revision} now). Read it again, then bring your change in.`;
  return conflict('environment_changed', detail, [{ pointer: '/revision', code: 'environment_changed', detail }]);
}

function refuseReserved(rules: readonly EnvironmentRule[], pointer: string): void {
  const index = rules.findIndex((rule) => reservedNamespaces.test(rule.namespace));
  const rule = rules[index];
  if (rule === undefined) return;
  throw invalid(
    'namespace_reserved',
    `Namespace ${rule.namespace} belongs to Kubernetes or to Quarterdeck. Take another one.`,
    `${pointer}/rules/${index}/namespace`,
  );
}

/**
 * @param used what there would be after the change
 * @throws AppError 409 `quota_reached`, naming the field that asks for more
 */
export function checkQuota(
  project: Pick<Project, 'slug' | 'quotas'>,
  what: keyof Quotas,
  used: number,
  pointer: string,
): void {
  const bound = project.quotas[what];
  if (bound === undefined || used <= bound) return;
  const detail = `${project.slug} may have ${bound} ${what}, this would make ${used}. Remove one, or ask who manages projects for a higher quota.`;
  throw conflict('quota_reached', detail, [{ pointer, code: 'quota_reached', detail }]);
}

function archived(project: Project): AppError {
  return conflict('project_archived', `${project.slug} is archived. Restore it first.`);
}

function projectAudit(project: Project, before: Project | undefined): AuditEntry {
  return {
    action: 'access:projects',
    target: { kind: 'project', id: project.id, name: project.slug, project: project.id },
    changes: (['displayName', 'registries', 'templateSources', 'quotas'] as const).map((path) => ({
      path,
      ...(before === undefined ? {} : { before: before[path] }),
      after: project[path],
    })),
  };
}

function environmentAudit(environment: Environment, before: Environment | undefined) {
  return {
    action: 'access:projects',
    target: { kind: 'environment', id: environment.id, name: environment.name, project: environment.projectId },
    changes: [
      { path: 'tier', before: before?.tier, after: environment.tier },
      { path: 'rules', before: before?.rules, after: environment.rules },
    ],
  };
}
