import type { Delivery } from '@quarterdeck/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useLiveRows } from '../../platform/live.ts';
import type { Scope } from '../../platform/scope.ts';
import { deliveriesKey, projectsQuery } from './pipelines.queries.ts';

/** Whoever reads more projects sees them move by the slow asking alone. */
const mostWatched = 20;

/** Lists and the open delivery are asked for again when an event of the scope moves; it shows nothing itself. */
export function LiveDeliveries({ scope }: { scope: Scope }) {
  const projects = useQuery(projectsQuery).data?.items ?? [];
  const watched = projects.filter(({ slug }) => scope.project.length === 0 || scope.project.includes(slug));
  return watched.slice(0, mostWatched).map(({ id }) => <Watched key={id} project={id} />);
}

function Watched({ project }: { project: string }) {
  const { rows } = useLiveRows<Delivery>('pipelines.deliveries', { project });
  const queries = useQueryClient();
  useEffect(() => {
    if (rows !== undefined) void queries.invalidateQueries({ queryKey: deliveriesKey });
  }, [rows, queries]);
  return null;
}
