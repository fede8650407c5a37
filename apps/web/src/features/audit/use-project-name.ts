import { listProjects } from '@quarterdeck/contracts/access';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../platform/api.ts';

/** What a project is called; one that is gone, or not to be read, keeps its id. */
export function useProjectName(id: string | undefined): string | undefined {
  const { data } = useQuery({
    queryKey: ['access', 'projects'],
    queryFn: ({ signal }) => api.call(listProjects, {}, { signal }),
    enabled: id !== undefined,
    retry: false,
  });
  return data?.items.find((project) => project.id === id)?.displayName ?? id;
}
