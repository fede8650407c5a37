import type {
  createPipelineConnection,
  HandlerInput,
  NoticeEvent,
  PipelineConnection,
  updatePipelineConnection,
} from '@quarterdeck/contracts';
import type { Transaction } from '@quarterdeck/database';
import { type AppError, conflict, invalid, notFound } from '../../platform/errors.ts';
import { requireStepUp } from '../../platform/http/step-up.ts';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import type { Actor, PermissionTarget, Principal } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { ConnectionKind, ConnectionRow, ConnectionsStore } from './connections.store.ts';
import { connectionsList } from './connections.store.ts';
import type { ConnectionSecret, PipelineSecrets } from './pipeline-secrets.ts';
import { type ListQuery, type ProjectLists, wordsFilter } from './project-lists.ts';

const permission = 'pipelines:manage';

type NewConnectionInput = HandlerInput<typeof createPipelineConnection>['body'];
type ConnectionChangeInput = HandlerInput<typeof updatePipelineConnection>['body'];

export type Connections = ReturnType<typeof createPipelineConnections>;

/** Where a project's events come from and its messages go to. Secrets go in and never come out. */
export function createPipelineConnections(deps: {
  access: Access;
  store: ConnectionsStore;
  secrets: PipelineSecrets;
  lists: ProjectLists;
  /** The public address of this installation. */
  origin: string;
}) {
  const { access, store, secrets, lists, origin } = deps;

  async function own(id: string): Promise<ConnectionRow> {
    const row = await store.findById(toUuid(id));
    if (row === undefined) throw notFound('This connection');
    return row;
  }

  /** What jobs have to prove is the business of who says which jobs are trusted. */
  async function mayTrustLess(tx: Transaction, actor: Actor): Promise<void> {
    await access.require(tx, actor, 'identity:configure', 'fleet');
    requireStepUp(actor.principal);
  }

  async function shown(id: string): Promise<PipelineConnection> {
    return toView(await own(id));
  }

  return {
    async placeOf(id: string): Promise<PermissionTarget> {
      return { projectId: fromUuid('prj', (await own(id)).project_id) };
    },

    async list(principal: Principal, { kind, ...query }: ListQuery & { kind?: readonly ConnectionKind[] | undefined }) {
      const { rows, ...page } = await lists.page<ConnectionRow>(principal, connectionsList, query, [
        wordsFilter('c.kind', kind),
      ]);
      return { items: rows.map(toView), ...page };
    },

    async create(actor: Actor, input: NewConnectionInput): Promise<PipelineConnection> {
      const id = newId('con');
      const uuid = toUuid(id);
      const parts = partsOf(input);
      const jobTokens = input.kind === 'gitlab' && input.jobTokens;
      if (jobTokens && parts.secret.token === undefined) throw tokenMissing('/token');
      await access.mutate({ actor, permission, target: { projectId: input.projectId } }, async (tx) => {
        if (jobTokens) await mayTrustLess(tx, actor);
        const inserted = await store.insert(tx, {
          id: uuid,
          project_id: toUuid(input.projectId),
          kind: input.kind,
          name: input.name,
          address: parts.address,
          ca_pem: input.caPem,
          sealed_secret: secrets.sealConnection(uuid, parts.secret),
          token_hosts: parts.tokenHosts,
          events: parts.events,
          job_tokens: jobTokens,
        });
        if (inserted === 'name_taken') throw nameTaken(input.name);
        return {
          value: undefined,
          audit: [
            {
              action: permission,
              target: { kind: 'connection', id, name: input.name, project: input.projectId },
              changes: [
                { path: 'kind', after: input.kind },
                { path: 'address', after: parts.address },
                ...(jobTokens ? [{ path: 'jobTokens', after: true }] : []),
              ],
            },
          ],
        };
      });
      return shown(id);
    },

    async update(actor: Actor, id: string, change: ConnectionChangeInput): Promise<PipelineConnection> {
      const before = await own(id);
      const projectId = fromUuid('prj', before.project_id);
      const after = {
        name: change.name ?? before.name,
        enabled: change.enabled ?? before.enabled,
        ca_pem: change.caPem === undefined ? before.ca_pem : change.caPem,
        token_hosts: change.tokenHosts ?? before.token_hosts,
        events: change.events ?? before.events,
        job_tokens: change.jobTokens ?? before.job_tokens,
        sealed_secret: change.secret === undefined ? before.sealed_secret : resealed(before, change.secret),
      };
      if (after.job_tokens && before.kind !== 'gitlab') throw notGitLab();
      if (after.job_tokens && after.sealed_secret === null) throw tokenMissing('/secret');
      // Whose word is taken changes with the authority, too.
      const trustsLess =
        after.job_tokens && (!before.job_tokens || (change.caPem !== undefined && change.caPem !== before.ca_pem));
      await access.mutate({ actor, permission, target: { projectId } }, async (tx) => {
        if (trustsLess) await mayTrustLess(tx, actor);
        if ((await store.update(tx, before.id, after)) === 'name_taken') throw nameTaken(after.name);
        return {
          value: undefined,
          audit: [
            {
              action: permission,
              target: { kind: 'connection', id, name: after.name, project: projectId },
              changes: Object.entries(change).map(([path, value]) => ({
                path,
                after: path === 'secret' ? 'changed' : typeof value === 'boolean' ? value : true,
              })),
            },
          ],
        };
      });
      return shown(id);
    },

    async remove(actor: Actor, id: string): Promise<void> {
      const row = await own(id);
      const projectId = fromUuid('prj', row.project_id);
      await access.mutate({ actor, permission, target: { projectId } }, async (tx) => {
        if (!(await store.remove(tx, row.id))) {
          throw conflict(
            'connection_in_use',
            `A hook or a trigger uses ${row.name}. Delete those first, or turn it off.`,
          );
        }
        return {
          value: undefined,
          audit: [
            {
              action: permission,
              target: { kind: 'connection', id, name: row.name, project: projectId },
              changes: [{ path: 'deleted', after: true }],
            },
          ],
        };
      });
    },

    own,

    /** The id of a project's oldest connection that takes job tokens. */
    async takingJobTokens(projectId: string): Promise<string | undefined> {
      const taking = (await store.ofProject(toUuid(projectId), ['gitlab'])).find((row) => row.job_tokens);
      return taking === undefined ? undefined : fromUuid('con', taking.id);
    },

    /** The page where a project's pipelines are. */
    pageOf: (project: string) => `${origin}/pipelines?project=${project}`,
  };

  function resealed(row: ConnectionRow, secret: string): Buffer {
    const kept = secrets.openConnection(row.id, row.sealed_secret);
    if (row.kind === 'registry' && kept.username === undefined) throw incomplete('/secret', 'a user name');
    const field = row.kind === 'gitlab' ? 'token' : row.kind === 'registry' ? 'password' : 'signingSecret';
    return secrets.sealConnection(row.id, { ...kept, [field]: secret }) as Buffer;
  }
}

type Parts = { address: string; secret: ConnectionSecret; tokenHosts: string[]; events: NoticeEvent[] };

function partsOf(input: NewConnectionInput): Parts {
  switch (input.kind) {
    case 'gitlab':
      return { address: new URL(input.url).origin, secret: { token: input.token }, tokenHosts: [], events: [] };
    case 'registry': {
      const { username, password } = input;
      if ((username === undefined) !== (password === undefined)) {
        throw incomplete(username === undefined ? '/username' : '/password', 'user name and password together');
      }
      return { address: input.host, secret: { username, password }, tokenHosts: input.tokenHosts ?? [], events: [] };
    }
    default: {
      const { url, signingSecret, events } = input;
      return {
        address: new URL(url).host,
        secret: { url, signingSecret },
        tokenHosts: [],
        events: [...new Set(events)],
      };
    }
  }
}

function incomplete(pointer: string, what: string): AppError {
  return invalid('secret_incomplete', `A registry takes ${what}, or neither.`, pointer);
}

function tokenMissing(pointer: string): AppError {
  const detail = 'Job tokens take an access token of the connection: GitLab is asked with it what is protected.';
  return invalid('access_token_missing', detail, pointer);
}

function notGitLab(): AppError {
  return invalid('not_a_gitlab', 'Only a GitLab has job tokens.', '/jobTokens');
}

function nameTaken(name: string): AppError {
  return conflict('name_taken', `The project has a connection named ${name}.`, [
    { pointer: '/name', code: 'name_taken', detail: 'Choose another name.' },
  ]);
}

function toView(row: ConnectionRow): PipelineConnection {
  return {
    id: fromUuid('con', row.id),
    projectId: fromUuid('prj', row.project_id),
    project: row.project,
    kind: row.kind,
    name: row.name,
    address: row.address,
    hasSecret: row.sealed_secret !== null,
    ...(row.ca_pem === null ? {} : { caPem: row.ca_pem }),
    tokenHosts: row.token_hosts,
    events: row.events,
    enabled: row.enabled,
    jobTokens: row.job_tokens,
    ...(row.last_ok_at === null ? {} : { lastOkAt: row.last_ok_at.toISOString() }),
    ...(row.last_failed_at === null ? {} : { lastFailedAt: row.last_failed_at.toISOString() }),
    ...(row.last_error === null ? {} : { lastError: row.last_error }),
    waiting: row.waiting,
    createdAt: row.created_at.toISOString(),
  };
}
