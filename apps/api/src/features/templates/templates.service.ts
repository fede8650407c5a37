import type { Database, Queryable } from '@quarterdeck/database';
import { type Bundle, builtinBundles, builtinNames, compareVersions, loadBundle } from '@quarterdeck/templating';
import { type AppError, conflict, notFound } from '../../platform/errors.ts';
import type { PermissionTarget, Principal } from '../../platform/principal.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Access } from '../access/index.ts';
import { tryBundle } from './check-template-files.ts';
import type {
  Follower,
  TemplateRecord,
  TemplatesStore,
  TemplateVersionRecord,
  VersionHead,
  VersionUser,
} from './templates.store.ts';

export type LoadedTemplate = { record: TemplateVersionRecord; bundle: Bundle };

/** A template with its versions, newest first, and who follows each. */
export type ListedTemplate = { heads: readonly VersionHead[]; newest: VersionHead | undefined; users: VersionUser[] };

/** Versioned application definitions with a form. */
export interface Templates {
  /** At the start: publishes the built-in templates of this version of the product. */
  start(): Promise<void>;
  /** Those of the installation and of projects the principal sees: built-in ones first, as they are offered. */
  list(principal: Principal): Promise<ListedTemplate[]>;
  /** @throws AppError `not_found` also for whoever may not read it */
  get(principal: Principal, templateId: string): Promise<ListedTemplate>;
  /** @throws AppError `not_found` also for whoever may not read it */
  readVersion(principal: Principal, versionId: string): Promise<TemplateVersionRecord>;
  /** The template of a version that was put out: whatever became of it since. @throws AppError `not_found` */
  load(versionId: string, on?: Queryable): Promise<LoadedTemplate>;
  /**
   * The template of a version for a new release.
   * @throws AppError `not_found` for a version of another project, 409 `template_not_published` | `template_withdrawn`
   */
  loadFor(projectId: string, versionId: string): Promise<LoadedTemplate>;
  /** Environments of applications that the principal may read, and the version of the template each follows. */
  followers(principal: Principal, templateId: string): Promise<Follower[]>;
  record(templateId: string): Promise<TemplateRecord>;
  version(versionId: string): Promise<TemplateVersionRecord>;
}

/** What a change of a template is checked against: its project, or the installation. */
export function placeOf({ projectId }: { projectId?: string | undefined }): 'fleet' | PermissionTarget {
  return projectId === undefined ? 'fleet' : { projectId };
}

export function createTemplates(deps: {
  database: Database;
  access: Access;
  store: TemplatesStore;
  logger: Logger;
}): Templates {
  const { database, access, store, logger } = deps;

  async function version(versionId: string, on?: Queryable): Promise<TemplateVersionRecord> {
    const record = await store.findVersion(versionId, on);
    if (record === undefined) throw notFound('This template version');
    return record;
  }

  async function load(versionId: string, on?: Queryable): Promise<LoadedTemplate> {
    const record = await version(versionId, on);
    const read = tryBundle(record.files);
    if ('problem' in read) {
      throw conflict(
        'template_not_published',
        `${record.name} ${record.version} does not load: ${read.problem.detail}`,
      );
    }
    const { bundle } = read;
    return { record, bundle };
  }

  async function grouped(principal: Principal, templateId?: string): Promise<ListedTemplate[]> {
    const [templates, applications] = await Promise.all([
      access.visibleScope(principal, 'templates:read'),
      access.visibleScope(principal, 'applications:read'),
    ]);
    const [heads, users] = await Promise.all([
      store.heads(await store.projectsOf(templates), templateId),
      store.users(applications),
    ]);
    return [...Map.groupBy(heads, (head) => head.templateId).values()].map((versions) => {
      const sorted = versions.toSorted((a, b) => compareVersions(b.version, a.version));
      const ids = new Set(sorted.map(({ id }) => id));
      return {
        heads: sorted,
        newest: newestOf(sorted),
        users: users.filter(({ versionId }) => ids.has(versionId)),
      };
    });
  }

  return {
    async start() {
      for (const files of await builtinBundles()) {
        const bundle = loadBundle(files);
        const outcome = await database.transaction((tx) => store.publishBuiltIn(tx, bundle));
        const where = { template: bundle.name, version: bundle.version };
        if (outcome === 'differs') logger.error(where, 'a built-in template changed without a new version');
        if (outcome === 'name_taken') logger.warn(where, 'a template of yours has the name of a built-in one');
      }
    },

    async list(principal) {
      return (await grouped(principal)).toSorted((a, b) => rankOf(a) - rankOf(b));
    },

    async get(principal, templateId) {
      const [found] = await grouped(principal, templateId);
      if (found === undefined) throw notFound('This template');
      return found;
    },

    async readVersion(principal, versionId) {
      const record = await version(versionId);
      if (record.projectId === undefined) return record;
      const [found] = await grouped(principal, record.templateId);
      if (found === undefined) throw notFound('This template version');
      return record;
    },

    load,

    async loadFor(projectId, versionId) {
      const template = await load(versionId);
      const { record } = template;
      if (record.projectId !== undefined && record.projectId !== projectId) throw notFound('This template version');
      if (record.state === 'draft') {
        const detail = `${record.name} ${record.version} is a draft. Publish it first, then deploy it.`;
        throw conflict('template_not_published', detail, [fieldOf('template_not_published', detail)]);
      }
      if (record.state === 'withdrawn') {
        const detail = `${record.name} ${record.version} was withdrawn: ${record.reason ?? 'no reason was given'}. Take another version; rollbacks to it still work.`;
        throw conflict('template_withdrawn', detail, [fieldOf('template_withdrawn', detail)]);
      }
      return template;
    },

    async followers(principal, templateId) {
      return store.followers(await access.visibleScope(principal, 'applications:read'), templateId);
    },

    async record(templateId) {
      const found = await store.findTemplate(templateId);
      if (found === undefined) throw notFound('This template');
      return found;
    },

    version,
  };
}

function fieldOf(code: string, detail: string): NonNullable<AppError['errors']>[number] {
  return { pointer: '/templateVersionId', code, detail };
}

/** The version to offer: the highest that is published; a deprecated one rather than none. */
export function newestOf(sorted: readonly VersionHead[]): VersionHead | undefined {
  return sorted.find(({ state }) => state === 'published') ?? sorted.find(({ state }) => state === 'deprecated');
}

function rankOf({ heads }: ListedTemplate): number {
  const at = builtinNames.indexOf(heads[0]?.name as (typeof builtinNames)[number]);
  return heads[0]?.builtIn === true && at >= 0 ? at : builtinNames.length;
}
