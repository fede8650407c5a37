import type { createDeployTrigger, DeployTrigger, HandlerInput, replaceDeployTrigger } from '@quarterdeck/contracts';
import type { Transaction } from '@quarterdeck/database';
import { invalid, notFound } from '../../platform/errors.ts';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import type { Actor, PermissionTarget, Principal } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { Applications } from '../applications/index.ts';
import { checkRegistries } from '../releases/index.ts';
import type { ConnectionsStore } from './connections.store.ts';
import { idFilter, type ListQuery, type ProjectLists } from './project-lists.ts';
import { whyTagRuleIsWrong } from './tag-rule.ts';
import { type TriggerFields, type TriggerRow, type TriggersStore, triggersList } from './triggers.store.ts';

const permission = 'pipelines:manage';

type Conditions = HandlerInput<typeof replaceDeployTrigger>['body'];

export type Triggers = ReturnType<typeof createTriggers>;

/** What deploys by itself: an image of this repository, with a build of that project, to this environment. */
export function createTriggers(deps: {
  access: Access;
  applications: Applications;
  store: TriggersStore;
  connections: ConnectionsStore;
  lists: ProjectLists;
}) {
  const { access, applications, store, connections, lists } = deps;

  async function own(id: string): Promise<TriggerRow> {
    const row = await store.findById(toUuid(id));
    if (row === undefined) throw notFound('This trigger');
    return row;
  }

  /** @throws AppError 422 that names the field, 403 for a repository outside of the project's */
  async function checked(
    tx: Transaction,
    input: Conditions,
    place: { projectId: string; tier: string },
  ): Promise<TriggerFields> {
    const wrong = whyTagRuleIsWrong(input.tags);
    if (wrong !== undefined) throw invalid('tag_rule_invalid', wrong, '/tags/value');
    checkRegistries(await access.projects.get(place.projectId, tx), { [input.slot]: { reference: input.repository } });
    const needsGitLab = input.requires === 'build_and_image' || place.tier === 'production' || input.refs !== undefined;
    if (needsGitLab && (input.connectionId === undefined || input.gitlabProjectId === undefined)) {
      const why =
        place.tier === 'production'
          ? 'Production takes builds of protected branches alone'
          : 'This needs to know the build';
      const pointer = input.connectionId === undefined ? '/connectionId' : '/gitlabProjectId';
      throw invalid('trigger_incomplete', `${why}: name the GitLab connection and the number of the project.`, pointer);
    }
    if (input.connectionId !== undefined) {
      const connection = await connections.findById(toUuid(input.connectionId), tx);
      const isOurs = connection?.kind === 'gitlab' && connection.project_id === toUuid(place.projectId);
      if (!isOurs) throw invalid('unknown_connection', 'The project has no such GitLab connection.', '/connectionId');
    }
    return {
      slot: input.slot,
      repository: input.repository,
      tags: input.tags,
      requires: input.requires,
      connection_id: input.connectionId === undefined ? null : toUuid(input.connectionId),
      gitlab_project_id: input.gitlabProjectId === undefined ? null : String(input.gitlabProjectId),
      refs: input.refs === undefined || input.refs === '' ? null : input.refs,
      job: input.job ?? null,
      enabled: input.enabled,
    };
  }

  async function change(
    actor: Actor,
    trigger: { id: string; projectId: string; environmentId: string; name: string },
    changes: readonly { path: string; after: unknown }[],
    work: (tx: Transaction) => Promise<void>,
  ): Promise<void> {
    const { id, projectId, environmentId, name } = trigger;
    await access.mutate({ actor, permission, target: { projectId, environmentId } }, async (tx) => {
      await work(tx);
      const target = { kind: 'trigger', id, name, project: projectId, environment: environmentId };
      return { value: undefined, audit: [{ action: permission, target, changes }] };
    });
  }

  return {
    async placeOf(id: string): Promise<PermissionTarget> {
      const row = await own(id);
      return { projectId: fromUuid('prj', row.project_id), environmentId: fromUuid('env', row.environment_id) };
    },

    async list(principal: Principal, { application, ...query }: ListQuery & { application?: string | undefined }) {
      const { rows, ...page } = await lists.page<TriggerRow>(principal, triggersList, query, [
        idFilter('a.id', application),
      ]);
      return { items: rows.map(toView), ...page };
    },

    async create(actor: Actor, input: HandlerInput<typeof createDeployTrigger>['body']): Promise<DeployTrigger> {
      const application = await applications.record(input.applicationId);
      const environment = application.environments.find((each) => each.environmentId === input.environmentId);
      if (environment === undefined) {
        throw invalid('unknown_environment', 'The application does not go to this environment.', '/environmentId');
      }
      const id = newId('trg');
      const { projectId } = application;
      const { environmentId, tier } = environment;
      const name = `${application.slug} ${environment.name}`;
      await change(actor, { id, projectId, environmentId, name }, changesOf(input), async (tx) => {
        const fields = await checked(tx, input, { projectId, tier });
        const place = await store.appEnvironmentOf(tx, toUuid(application.id), toUuid(environmentId));
        if (place === undefined) throw notFound('This environment');
        await store.insert(tx, { id: toUuid(id), project_id: toUuid(projectId), app_environment_id: place, ...fields });
      });
      return toView(await own(id));
    },

    async replace(actor: Actor, id: string, input: Conditions): Promise<DeployTrigger> {
      const row = await own(id);
      await change(actor, namedOf(row), changesOf(input), async (tx) => {
        const place = { projectId: fromUuid('prj', row.project_id), tier: row.tier };
        await store.update(tx, row.id, await checked(tx, input, place));
      });
      return toView(await own(id));
    },

    async remove(actor: Actor, id: string): Promise<void> {
      const row = await own(id);
      await change(actor, namedOf(row), [{ path: 'deleted', after: true }], (tx) => store.remove(tx, row.id));
    },
  };
}

function namedOf(row: TriggerRow) {
  return {
    id: fromUuid('trg', row.id),
    projectId: fromUuid('prj', row.project_id),
    environmentId: fromUuid('env', row.environment_id),
    name: `${row.application} ${row.environment}`,
  };
}

function changesOf(input: Conditions): { path: string; after: unknown }[] {
  const { repository, requires, refs, gitlabProjectId, enabled } = input;
  return Object.entries({ repository, requires, refs, gitlabProjectId, enabled })
    .filter(([, after]) => after !== undefined)
    .map(([path, after]) => ({ path, after }));
}

function toView(row: TriggerRow): DeployTrigger {
  return {
    id: fromUuid('trg', row.id),
    projectId: fromUuid('prj', row.project_id),
    project: row.project,
    applicationId: fromUuid('app', row.application_id),
    application: row.application,
    environmentId: fromUuid('env', row.environment_id),
    environment: row.environment,
    protectedOnly: row.tier === 'production',
    slot: row.slot,
    repository: row.repository,
    tags: row.tags,
    requires: row.requires,
    ...(row.connection_id === null ? {} : { connectionId: fromUuid('con', row.connection_id) }),
    ...(row.connection === null ? {} : { connection: row.connection }),
    ...(row.gitlab_project_id === null ? {} : { gitlabProjectId: Number(row.gitlab_project_id) }),
    ...(row.refs === null ? {} : { refs: row.refs }),
    ...(row.job === null ? {} : { job: row.job }),
    enabled: row.enabled,
    createdAt: row.created_at.toISOString(),
  };
}
