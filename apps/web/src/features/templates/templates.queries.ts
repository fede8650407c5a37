import {
  getTemplate,
  getTemplateVersion,
  lintTemplateVersion,
  listTemplates,
  renderTemplateVersion,
} from '@quarterdeck/contracts/templates';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api } from '../../platform/api.ts';

export const templatesKey = ['templates'] as const;

export const templatesQuery = queryOptions({
  queryKey: [...templatesKey, 'list'],
  queryFn: ({ signal }) => api.call(listTemplates, {}, { signal }),
});

/** A template by its name, with its versions; `null` when there is none. */
export function templateQuery(name: string) {
  return queryOptions({
    queryKey: [...templatesKey, 'named', name],
    queryFn: async ({ signal }) => {
      const { items } = await api.call(listTemplates, {}, { signal });
      const found = items.find((candidate) => candidate.name === name);
      return found === undefined ? null : api.call(getTemplate, { params: { id: found.id } }, { signal });
    },
  });
}

export function versionQuery(id: string) {
  return queryOptions({
    queryKey: [...templatesKey, 'version', id],
    enabled: id !== '',
    queryFn: ({ signal }) => api.call(getTemplateVersion, { params: { id: id as never } }, { signal }),
  });
}

/** What lint, golden tests and compatibility say of files that are not saved, or of those that are. */
export function reportQuery(id: string, files: Record<string, string> | undefined, sha256: string) {
  return queryOptions({
    queryKey: [...templatesKey, 'report', id, files ?? sha256],
    enabled: id !== '',
    queryFn: ({ signal }) =>
      api.call(
        lintTemplateVersion,
        { params: { id: id as never }, body: files === undefined ? {} : { files } },
        { signal },
      ),
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
}

/** The manifests of files and parameters as they rest. */
export function renderQuery(
  id: string,
  files: Record<string, string> | undefined,
  parameters: Record<string, unknown>,
  sha256: string,
) {
  return queryOptions({
    queryKey: [...templatesKey, 'render', id, files ?? sha256, parameters],
    enabled: id !== '',
    queryFn: ({ signal }) =>
      api.call(
        renderTemplateVersion,
        { params: { id: id as never }, body: { parameters, images: {}, ...(files === undefined ? {} : { files }) } },
        { signal },
      ),
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
}
