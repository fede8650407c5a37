import type { Database, Transaction } from '@quarterdeck/database';
import { conflict, invalid, notFound } from '../../platform/errors.ts';
import { newId, toUuid } from '../../platform/ids.ts';
import type { Actor } from '../../platform/principal.ts';
import type { AccessStore } from './access.store.ts';
import type { Authorization } from './authorize.ts';
import type { Environment, EnvironmentRule, OwnedNamespace, Project, ProjectStore, Tier } from './project.store.ts';

/** Namespaces no rule may name: they belong to Kubernetes or to us. */
const reservedNamespaces = /^(default|quarterdeck-system|kube-.*)$/;

export interface Projects {
  list(): Promise<Project[]>;
  /** @throws AppError `not_found` */
  get(id: string): Promise<Project>;
  listEnvironments(projectId: string): Promise<Environment[]>;
  findEnvironment(id: string): Promise<Environment | undefined>;
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
  updateEnvironment(
    actor: Actor,
    input: { projectId: string; environmentId: string; tier: Tier; rules: EnvironmentRule[] },
  ): Promise<Environment>;
  /** Clusters and namespaces an environment owns now. */
  namespacesOf(environmentId: string, tx?: Transaction): Promise<OwnedNamespace[]>;
  /** Which project and environment a namespace belongs to. */
  ownerOf(clusterId: string, namespace: string): Promise<OwnedNamespace | undefined>;
}

export function createProjects(deps: {
  database: Database;
  store: AccessStore;
  projects: ProjectStore;
  authorization: Authorization;
}): Projects {
  const { database, store, projects, authorization } = deps;

  async function get(id: string): Promise<Project> {
    const project = await projects.findById(id);
    if (project === undefined) throw notFound('This project');
    return project;
  }

  async function claimNamespaces(tx: Transaction, environment: Environment, pointer: string): Promise<void> {
    const taken = (await store.materialise(tx, toUuid(environment.id)))[0];
    if (taken === undefined) return;
    throw conflict(
      'namespace_taken',
      `Namespace ${taken.namespace} belongs to another environment in one of these clusters.`,
      [{ pointer: `${pointer}/rules`, code: 'namespace_taken', detail: `${taken.namespace} is taken` }],
    );
  }

  async function addEnvironment(
    tx: Transaction,
    input: { projectId: string; name: string; tier: Tier; rules: EnvironmentRule[] },
    pointer: string,
  ): Promise<Environment> {
    refuseReserved(input.rules, pointer);
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

  return {
    list: () => projects.list(),
    get,
    async listEnvironments(projectId) {
      await get(projectId);
      return projects.listEnvironments(projectId);
    },
    findEnvironment: (id) => projects.findEnvironment(database.pool, id),
    addEnvironment,

    async createEnvironment(actor, input) {
      const project = await get(input.projectId);
      const target = { projectId: project.id };
      return authorization.mutate({ actor, permission: 'access:projects', target }, async (tx) => {
        const environment = await addEnvironment(tx, input, '');
        return { value: environment, audit: [environmentAudit(environment, undefined)] };
      });
    },

    async updateEnvironment(actor, input) {
      refuseReserved(input.rules, '');
      const target = { projectId: input.projectId, environmentId: input.environmentId };
      return authorization.mutate({ actor, permission: 'access:projects', target }, async (tx) => {
        const before = await projects.findEnvironment(tx, input.environmentId);
        if (before === undefined || before.projectId !== input.projectId) throw notFound('This environment');
        const after = await projects.updateEnvironment(tx, input.environmentId, {
          tier: input.tier,
          rules: input.rules,
        });
        if (after === undefined) throw notFound('This environment');
        await claimNamespaces(tx, after, '');
        return { value: after, audit: [environmentAudit(after, before)] };
      });
    },

    namespacesOf: (environmentId, tx) => projects.namespacesOf(tx ?? database.pool, environmentId),
    ownerOf: (clusterId, namespace) => projects.ownerOf(clusterId, namespace),
  };
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
