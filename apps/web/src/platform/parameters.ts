import {
  getApplicationTemplate,
  getEffectiveParameters,
  getParameters,
  type parameterLayers,
} from '@quarterdeck/contracts/parameters';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api } from './api.ts';

export const parametersKey = ['parameters'] as const;

/** The template versions that an application and its environments follow. */
export function pinsQuery(applicationId: string) {
  return queryOptions({
    queryKey: [...parametersKey, 'pins', applicationId],
    queryFn: ({ signal }) => api.call(getApplicationTemplate, { params: { id: applicationId as never } }, { signal }),
  });
}

/** Every layer of an application's parameters. */
export function layersQuery(applicationId: string) {
  return queryOptions({
    queryKey: [...parametersKey, 'layers', applicationId],
    queryFn: ({ signal }) => api.call(getParameters, { params: { id: applicationId as never } }, { signal }),
  });
}

/** What a place's layers come to; `without` leaves the layer out that a form writes. */
export function effectiveQuery(
  applicationId: string,
  query: {
    environment: string;
    target?: string | undefined;
    templateVersion?: string | undefined;
    without?: (typeof parameterLayers)[number] | undefined;
  },
) {
  return queryOptions({
    queryKey: [...parametersKey, 'effective', applicationId, query],
    queryFn: ({ signal }) =>
      api.call(getEffectiveParameters, { params: { id: applicationId as never }, query: query as never }, { signal }),
    placeholderData: keepPreviousData,
  });
}
