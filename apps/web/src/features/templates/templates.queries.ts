import { getTemplateVersion, listTemplates } from '@quarterdeck/contracts/templates';
import { queryOptions } from '@tanstack/react-query';
import { api } from '../../platform/api.ts';

export const templatesQuery = queryOptions({
  queryKey: ['templates', 'list'],
  queryFn: ({ signal }) => api.call(listTemplates, {}, { signal }),
});

/** The newest version of a template; `null` when there is none of that name. */
export function newestVersionQuery(name: string) {
  return queryOptions({
    queryKey: ['templates', 'newest', name],
    queryFn: async ({ signal }) => {
      const { items } = await api.call(listTemplates, {}, { signal });
      const template = items.find((candidate) => candidate.name === name);
      if (template?.latestVersionId === undefined) return null;
      const version = await api.call(getTemplateVersion, { params: { id: template.latestVersionId } }, { signal });
      return { template, version };
    },
  });
}
