import { getTemplateVersion, listTemplates } from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { Templates } from './templates.service.ts';

export function templatesRoutes(templates: Templates): BoundEndpoint[] {
  return [
    bind(listTemplates, 'any', async () => {
      const items = (await templates.list()).map((version) => ({
        id: version.templateId,
        name: version.name,
        title: version.title,
        description: version.description,
        latestVersion: version.version,
        latestVersionId: version.id,
      }));
      return { items, total: items.length, totalIsExact: true };
    }),
    bind(getTemplateVersion, 'any', async ({ params }) => {
      const { record, bundle } = await templates.load(params.id);
      return {
        id: record.id,
        templateId: record.templateId,
        name: record.name,
        version: record.version,
        state: record.state,
        sha256: record.sha256,
        images: bundle.images,
        schema: bundle.schema,
        files: record.files,
        ...(record.publishedAt === undefined ? {} : { publishedAt: record.publishedAt.toISOString() }),
      };
    }),
  ];
}
