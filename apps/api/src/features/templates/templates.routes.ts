import {
  createTemplate,
  createTemplateVersion,
  deleteTemplateDraft,
  deprecateTemplateVersion,
  getTemplate,
  getTemplateVersion,
  lintTemplateVersion,
  listTemplates,
  publishTemplateVersion,
  renderTemplateVersion,
  saveTemplateDraft,
  withdrawTemplateVersion,
} from '@quarterdeck/contracts';
import { forbidden } from '../../platform/errors.ts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { Principal } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { ImportCharts } from './charts/import-chart.ts';
import { checkFiles, renderFiles, tryBundle } from './check-template-files.ts';
import { type ListedTemplate, newestOf, placeOf, type Templates } from './templates.service.ts';
import type { TemplateVersionRecord } from './templates.store.ts';
import type { TemplateWriter } from './write-template.ts';

export function templatesRoutes(deps: {
  access: Access;
  templates: Templates;
  templateWriter: TemplateWriter;
  chartImport: ImportCharts;
}): BoundEndpoint[] {
  const { access, templates, templateWriter: writer } = deps;
  const ofVersion = async ({ params }: { params: { id: string } }) => placeOf(await templates.version(params.id));
  const shown = async (id: string) => toVersionView(await templates.version(id));

  /** Files in the place of the stored ones are looked at for whoever may write them. */
  async function filesFor(principal: Principal, id: string, files: Record<string, string> | undefined) {
    const record = await templates.readVersion(principal, id);
    if (files !== undefined && !(await access.may(principal, 'templates:write', 'any')))
      throw forbidden('templates:write', 'to look at files that are not saved');
    return { record, files: files ?? record.files };
  }

  return [
    bind(listTemplates, 'any', async (_, { principal }) => {
      const items = (await templates.list(principal)).map(toTemplateView);
      return { items, total: items.length, totalIsExact: true, importsCharts: deps.chartImport.isOffered };
    }),
    bind(getTemplate, 'any', async ({ params }, { principal }) => {
      const template = await templates.get(principal, params.id);
      return {
        ...toTemplateView(template),
        items: template.heads.map((head) => ({
          id: head.id,
          version: head.version,
          state: head.state,
          createdAt: head.createdAt.toISOString(),
          ...(head.createdBy === undefined ? {} : { createdBy: head.createdBy }),
          ...(head.publishedAt === undefined ? {} : { publishedAt: head.publishedAt.toISOString() }),
          ...(head.publishedBy === undefined ? {} : { publishedBy: head.publishedBy }),
          ...(head.reason === undefined ? {} : { reason: head.reason }),
          users: template.users.filter(({ versionId }) => versionId === head.id),
        })),
      };
    }),
    bind(
      createTemplate,
      ({ body }) => placeOf(body),
      async ({ body }, { actor }) => shown(await writer.create(actor, body)),
    ),
    bind(
      createTemplateVersion,
      async ({ params }) => placeOf(await templates.record(params.id)),
      async ({ params, body }, { actor }) => shown(await writer.createVersion(actor, params.id, body.files)),
    ),
    bind(getTemplateVersion, 'any', async ({ params }, { principal }) =>
      toVersionView(await templates.readVersion(principal, params.id)),
    ),
    bind(saveTemplateDraft, ofVersion, async ({ params, body }, { actor }) => {
      await writer.save(actor, params.id, body.files, body.sha256);
      return shown(params.id);
    }),
    bind(deleteTemplateDraft, ofVersion, async ({ params }, { actor }) => {
      await writer.remove(actor, params.id);
      return undefined;
    }),
    bind(lintTemplateVersion, 'any', async ({ params, body }, { principal }) => {
      const { record, files } = await filesFor(principal, params.id, body.files);
      const { heads } = await templates.get(principal, record.templateId);
      const newest = newestOf(heads.filter(({ id }) => id !== record.id));
      // What is published is compared with what it followed, not with what came after it.
      const before = record.state === 'draft' ? newest : undefined;
      return checkFiles(files, before === undefined ? undefined : (await templates.load(before.id)).bundle).report;
    }),
    bind(renderTemplateVersion, 'any', async ({ params, body }, { principal }) =>
      renderFiles((await filesFor(principal, params.id, body.files)).files, body),
    ),
    bind(publishTemplateVersion, ofVersion, async ({ params, body }, { actor }) => {
      await writer.publish(actor, params.id, body.sha256);
      return shown(params.id);
    }),
    bind(deprecateTemplateVersion, ofVersion, async ({ params, body }, { actor }) => {
      await writer.setState(actor, params.id, 'deprecated', body.reason);
      return shown(params.id);
    }),
    bind(withdrawTemplateVersion, ofVersion, async ({ params, body }, { actor }) => {
      await writer.setState(actor, params.id, 'withdrawn', body.reason);
      return shown(params.id);
    }),
  ];
}

function toTemplateView({ heads, newest, users }: ListedTemplate) {
  const [head] = heads;
  if (head === undefined) throw new Error('A template has at least one version.');
  return {
    id: head.templateId,
    name: head.name,
    title: head.title,
    description: head.description,
    builtIn: head.builtIn,
    ...(head.projectId === undefined ? {} : { projectId: head.projectId }),
    ...(head.project === undefined ? {} : { project: head.project }),
    ...(newest === undefined ? {} : { latestVersion: newest.version, latestVersionId: newest.id }),
    versions: heads.length,
    drafts: heads.filter(({ state }) => state === 'draft').length,
    applications: new Set(users.map(({ applicationId }) => applicationId)).size,
  };
}

export function toVersionView(record: TemplateVersionRecord) {
  const tried = tryBundle(record.files);
  const loaded = 'bundle' in tried ? tried.bundle : { images: {}, schema: {}, locked: [] };
  return {
    id: record.id,
    templateId: record.templateId,
    name: record.name,
    title: record.title,
    builtIn: record.builtIn,
    ...(record.projectId === undefined ? {} : { projectId: record.projectId }),
    version: record.version,
    state: record.state,
    sha256: record.sha256,
    images: loaded.images,
    schema: loaded.schema,
    locked: [...loaded.locked],
    files: record.files,
    ...('problem' in tried ? { problem: tried.problem } : {}),
    ...(record.publishedAt === undefined ? {} : { publishedAt: record.publishedAt.toISOString() }),
    ...(record.reason === undefined ? {} : { reason: record.reason }),
  };
}
