import { listProjects } from '@quarterdeck/contracts/access';
import { listApplications } from '@quarterdeck/contracts/applications';
import { type CiProof, getCiSnippet } from '@quarterdeck/contracts/pipelines/ci';
import { listPipelineConnections } from '@quarterdeck/contracts/pipelines/connections';
import { getDelivery, listDeliveries, listOutboundEffects } from '@quarterdeck/contracts/pipelines/deliveries';
import { listHooks } from '@quarterdeck/contracts/pipelines/hooks';
import { listDeployTriggers } from '@quarterdeck/contracts/pipelines/triggers';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from '../../platform/api.ts';

export const deliveriesKey = ['pipelines', 'deliveries'] as const;
export const hooksKey = ['pipelines', 'hooks'] as const;
export const triggersKey = ['pipelines', 'triggers'] as const;
export const connectionsKey = ['pipelines', 'connections'] as const;
export const effectsKey = ['pipelines', 'effects'] as const;

const soonMs = 3000;
/** What a live view tells of is asked for this seldom beside it, for when the connection is lost. */
const besideLiveMs = 15_000;

/** The newest events; `LiveDeliveries` has them asked for again when one moves. */
export const deliveriesQuery = (filter: { q: string; state: string | undefined; project: string | undefined }) =>
  infiniteQueryOptions({
    queryKey: [...deliveriesKey, filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) =>
      api.call(
        listDeliveries,
        {
          query: {
            limit: 50,
            cursor: pageParam,
            q: filter.q,
            project: filter.project,
            ...(filter.state === undefined ? {} : { state: filter.state as never }),
          },
        },
        { signal },
      ),
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: besideLiveMs,
  });

export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: [...deliveriesKey, 'one', id],
    queryFn: ({ signal }) => api.call(getDelivery, { params: { id } }, { signal }),
    refetchInterval: besideLiveMs,
  });

export const hooksQuery = (project: string | undefined) =>
  queryOptions({
    queryKey: [...hooksKey, project],
    queryFn: ({ signal }) => api.call(listHooks, { query: { limit: 200, project } }, { signal }),
    refetchInterval: soonMs,
  });

export const triggersQuery = (project: string | undefined) =>
  queryOptions({
    queryKey: [...triggersKey, project],
    queryFn: ({ signal }) => api.call(listDeployTriggers, { query: { limit: 200, project } }, { signal }),
  });

export const connectionsQuery = (project: string | undefined) =>
  queryOptions({
    queryKey: [...connectionsKey, project],
    queryFn: ({ signal }) => api.call(listPipelineConnections, { query: { limit: 200, project } }, { signal }),
    refetchInterval: soonMs,
  });

export const effectsQuery = (project: string | undefined) =>
  queryOptions({
    queryKey: [...effectsKey, project],
    queryFn: ({ signal }) => api.call(listOutboundEffects, { query: { limit: 100, project } }, { signal }),
    refetchInterval: soonMs,
  });

export const projectsQuery = queryOptions({
  queryKey: ['pipelines', 'projects'],
  queryFn: ({ signal }) => api.call(listProjects, {}, { signal }),
});

export const applicationsQuery = queryOptions({
  queryKey: ['pipelines', 'applications'],
  queryFn: ({ signal }) => api.call(listApplications, { query: { limit: 200 } }, { signal }),
});

export const snippetQuery = (application: string, environment: string, proof: CiProof) =>
  queryOptions({
    queryKey: ['pipelines', 'snippet', application, environment, proof],
    queryFn: ({ signal }) =>
      api.call(getCiSnippet, { params: { id: application }, query: { environment, proof } }, { signal }),
    staleTime: 60_000,
  });
