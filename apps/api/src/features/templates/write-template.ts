import type { Permission } from '@quarterdeck/contracts';
import type { Transaction } from '@quarterdeck/database';
import { BundleError, type BundleFiles, canonicalJson, readHead, sha256Hex } from '@quarterdeck/templating';
import { AppError, conflict, invalid, notFound } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import { type Actor, principalName } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { AuditEntry } from '../audit/index.ts';
import { checkFiles } from './check-template-files.ts';
import { newestOf, placeOf, type Templates } from './templates.service.ts';
import type { TemplateRecord, TemplatesStore, TemplateVersionRecord } from './templates.store.ts';

/** Changes of templates. A published version is never changed: it is followed by another, or withdrawn. */
export interface TemplateWriter {
  create(actor: Actor, input: { projectId?: string | undefined; files: BundleFiles }): Promise<string>;
  createVersion(actor: Actor, templateId: string, files: BundleFiles): Promise<string>;
  /** @param sha256 of the files that were read: a change by somebody else meanwhile is not written over */
  save(actor: Actor, versionId: string, files: BundleFiles, sha256: string): Promise<void>;
  remove(actor: Actor, versionId: string): Promise<void>;
  publish(actor: Actor, versionId: string, sha256: string): Promise<void>;
  setState(actor: Actor, versionId: string, state: 'deprecated' | 'withdrawn', reason: string): Promise<void>;
}

export function createTemplateWriter(deps: {
  access: Access;
  templates: Templates;
  store: TemplatesStore;
}): TemplateWriter {
  const { access, templates, store } = deps;

  /** A change of one version, with its row held until it is done. */
  async function change(
    actor: Actor,
    permission: Permission,
    versionId: string,
    work: (tx: Transaction, version: TemplateVersionRecord) => Promise<AuditEntry['changes']>,
    reason?: string,
  ): Promise<void> {
    const target = placeOf(await templates.version(versionId));
    await access.mutate({ actor, permission, target }, async (tx) => {
      const version = await store.findVersion(versionId, tx, true);
      if (version === undefined) throw notFound('This template version');
      const changes = await work(tx, version);
      return { value: undefined, audit: [entryOf(permission, version, changes ?? [], reason)] };
    });
  }

  return {
    async create(actor, { projectId, files }) {
      const head = headOf(files);
      const template = {
        id: newId('tpl'),
        name: head.name,
        title: head.title,
        description: head.description,
        projectId,
      };
      const draft = draftOf(files, head.version, actor);
      const permission = 'templates:write';
      await access.mutate({ actor, permission, target: placeOf({ projectId }) }, async (tx) => {
        if (!(await store.insertTemplate(tx, template))) {
          const detail = `There is a template ${head.name} already. Take another name in template.yaml.`;
          throw conflict('template_exists', detail, [
            { pointer: '/files/template.yaml', code: 'template_exists', detail },
          ]);
        }
        await store.insertDraft(tx, template.id, draft);
        const subject = { ...template, templateId: template.id, id: draft.id, version: draft.version };
        return { value: undefined, audit: [entryOf(permission, subject, [{ path: 'created', after: draft.version }])] };
      });
      return draft.id;
    },

    async createVersion(actor, templateId, files) {
      const template = await templates.record(templateId);
      if (template.builtIn) {
        throw conflict(
          'template_built_in',
          `${template.name} comes with the product. Create a template of your own from it, under another name.`,
        );
      }
      const head = headOf(files, template);
      const draft = draftOf(files, head.version, actor);
      const permission = 'templates:write';
      await access.mutate({ actor, permission, target: placeOf(template) }, async (tx) => {
        if (!(await store.insertDraft(tx, templateId, draft))) throw versionExists(template.name, head.version);
        const subject = { ...template, templateId, id: draft.id, version: draft.version };
        return { value: undefined, audit: [entryOf(permission, subject, [{ path: 'created', after: draft.version }])] };
      });
      return draft.id;
    },

    async save(actor, versionId, files, sha256) {
      await change(actor, 'templates:write', versionId, async (tx, version) => {
        mustBeDraft(version);
        mustBe(version, sha256);
        const head = headOf(files, version);
        const saved = await store.saveDraft(tx, versionId, { version: head.version, files, sha256: hashOf(files) });
        if (!saved) throw versionExists(version.name, head.version);
        return [{ path: 'files', before: version.sha256, after: hashOf(files) }];
      });
    },

    async remove(actor, versionId) {
      await change(actor, 'templates:write', versionId, async (tx, version) => {
        mustBeDraft(version);
        await store.deleteDraft(tx, version);
        return [{ path: 'deleted', before: version.version }];
      });
    },

    async publish(actor, versionId, sha256) {
      await change(actor, 'templates:publish', versionId, async (tx, version) => {
        mustBeDraft(version);
        mustBe(version, sha256);
        const published = await store.lockTemplate(tx, version.templateId);
        const newest = newestOf(published);
        const before = newest === undefined ? undefined : (await templates.load(newest.id, tx)).bundle;
        const { blockers } = checkFiles(version.files, before);
        const [first] = blockers;
        if (first !== undefined) {
          const rest = blockers.length === 1 ? '' : ` ${blockers.length - 1} more.`;
          throw new AppError(first.code, 422, `${first.detail}${rest}`, {
            errors: blockers.slice(0, 50).map(({ code, detail }) => ({ pointer: '/files', code, detail })),
          });
        }
        const { title, description } = headOf(version.files, version);
        await store.publish(tx, version, { title, description }, principalName(actor.principal));
        return [{ path: 'published', after: version.version }];
      });
    },

    async setState(actor, versionId, state, reason) {
      await change(
        actor,
        'templates:publish',
        versionId,
        async (tx, version) => {
          const from = state === 'deprecated' ? ['published'] : ['published', 'deprecated'];
          if (!from.includes(version.state))
            throw conflict('template_not_published', `${version.name} ${version.version} is ${version.state}.`);
          await store.setState(tx, versionId, state, reason);
          return [{ path: 'state', before: version.state, after: state }];
        },
        reason,
      );
    },
  };
}

function hashOf(files: BundleFiles): string {
  return sha256Hex(canonicalJson(files));
}

function draftOf(files: BundleFiles, version: string, actor: Actor) {
  return { id: newId('tpv'), version, sha256: hashOf(files), files, createdBy: principalName(actor.principal) };
}

/** Name and version of a draft; all else may be wrong still. */
function headOf(files: BundleFiles, of?: Pick<TemplateRecord, 'name'>) {
  const file = '/files/template.yaml';
  try {
    const head = readHead(files['template.yaml'] ?? '');
    if (of === undefined || head.name === of.name) return head;
    const detail = `template.yaml says name: ${head.name}, but the template is ${of.name}. A name stays for ever.`;
    throw invalid('template_invalid', detail, file);
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    throw invalid('template_invalid', error.message, file);
  }
}

function versionExists(name: string, version: string): AppError {
  const detail = `${name} has a version ${version} already. Raise the version in template.yaml.`;
  return conflict('version_exists', detail, [{ pointer: '/files/template.yaml', code: 'version_exists', detail }]);
}

function mustBeDraft({ name, version, state }: TemplateVersionRecord): void {
  if (state !== 'draft')
    throw conflict('template_not_draft', `${name} ${version} is ${state}: it never changes. Begin another version.`);
}

function mustBe({ name, sha256: now }: TemplateVersionRecord, sha256: string): void {
  if (now !== sha256)
    throw conflict('draft_changed', `Somebody else saved ${name} meanwhile. Load it again, then bring your change in.`);
}

function entryOf(
  action: Permission,
  {
    templateId,
    name,
    version,
    projectId,
  }: Pick<TemplateVersionRecord, 'templateId' | 'name' | 'version' | 'projectId'>,
  changes: NonNullable<AuditEntry['changes']>,
  reason?: string,
): AuditEntry {
  return {
    action,
    target: {
      kind: 'template',
      id: templateId,
      name: `${name} ${version}`,
      ...(projectId === undefined ? {} : { project: projectId }),
    },
    changes,
    ...(reason === undefined ? {} : { reason }),
  };
}
