import type { Grant, Role, Scope, ScopeKind, SubjectView } from '@quarterdeck/contracts';
import {
  getProject,
  listEnvironments,
  listGrants,
  listProjects,
  listRoles,
  listSubjects,
  previewGrant,
} from '@quarterdeck/contracts/access';
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api } from '../../platform/api.ts';

/** Everything of access: a grant changes what lists show. */
export const accessKey = ['access'] as const;

export function projectsQuery(archived: boolean) {
  return queryOptions({
    queryKey: [...accessKey, 'projects', archived],
    queryFn: ({ signal }) => api.call(listProjects, { query: archived ? { archived: 'true' } : {} }, { signal }),
  });
}

export function projectQuery(id: string) {
  return queryOptions({
    queryKey: [...accessKey, 'project', id],
    queryFn: ({ signal }) => api.call(getProject, { params: { id } }, { signal }),
  });
}

export function environmentsOfQuery(projectId: string) {
  return queryOptions({
    queryKey: [...accessKey, 'environments', projectId],
    enabled: projectId !== '',
    queryFn: ({ signal }) => api.call(listEnvironments, { params: { id: projectId } }, { signal }),
  });
}

export const rolesQuery = queryOptions({
  queryKey: [...accessKey, 'roles'],
  queryFn: ({ signal }): Promise<{ items: Role[] }> => api.call(listRoles, {}, { signal }),
});

export type GrantFilter = { q?: string; role?: string; scope?: ScopeKind; project?: string };

export function grantsQuery(filter: GrantFilter) {
  return infiniteQueryOptions({
    queryKey: [...accessKey, 'grants', filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }): Promise<{ items: Grant[]; nextCursor?: string | undefined; total: number }> => {
      const { scope, ...rest } = filter;
      const query = {
        limit: 100,
        ...rest,
        ...(scope === undefined ? {} : { scope: scope as never }),
        ...(pageParam === undefined ? {} : { cursor: pageParam }),
      };
      return api.call(listGrants, { query }, { signal });
    },
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  });
}

export function subjectsQuery(q: string) {
  return queryOptions({
    queryKey: [...accessKey, 'subjects', q],
    queryFn: ({ signal }): Promise<{ items: SubjectView[]; total: number }> =>
      api.call(listSubjects, { query: { q } }, { signal }),
    enabled: q.length >= 2,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
}

export type DraftGrant = { subject: SubjectView; roleId: string; scope: Scope };

/** What a grant would give; asked anew for each choice. */
export function previewQuery(draft: DraftGrant | undefined) {
  return queryOptions({
    queryKey: [...accessKey, 'preview', draft],
    enabled: draft !== undefined,
    queryFn: ({ signal }) => {
      if (draft === undefined) throw new Error('There is nothing to preview yet.');
      const { subject, ...rest } = draft;
      return api.call(previewGrant, { body: { ...rest, subject: subjectOf(subject) } }, { signal });
    },
  });
}

/** As requests name a subject. */
export function subjectOf({ kind, id }: SubjectView) {
  return { kind, id };
}
