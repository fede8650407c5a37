import type { environmentSchema } from '@quarterdeck/contracts/access';
import { ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { z } from 'zod';
import { problemOf } from '../../platform/api.ts';
import { ChangeConflict } from '../../platform/change-conflict.tsx';
import { writeLabels } from '../../platform/labels.ts';
import { environmentsOfQuery } from './access.queries.ts';

export type Environment = z.infer<typeof environmentSchema>;

/** Tier and rules, a line each. */
export function environmentLines({ tier, rules }: Pick<Environment, 'tier' | 'rules'>): string {
  return [tier, ...rules.map(({ selector, namespace }) => `${writeLabels(selector)} → ${namespace}`)].join('\n');
}

/**
 * Somebody saved an environment while it was being edited here: what it is now beside what was typed. Nothing typed is
 * lost either way.
 * @param onNewest what is there now, once it is known
 */
export function EnvironmentConflict(props: {
  projectId: string;
  environmentId: string;
  typed: Pick<Environment, 'tier' | 'rules'>;
  onNewest: (newest: Environment) => void;
  onTakeTheirs: (newest: Environment) => void;
}) {
  const { typed, onNewest } = props;
  const list = useQuery(environmentsOfQuery(props.projectId));
  const newest = list.isFetching ? undefined : list.data?.items.find(({ id }) => id === props.environmentId);
  useEffect(() => {
    if (newest !== undefined) onNewest(newest);
  }, [newest, onNewest]);
  if (list.isError) return <ProblemAlert problem={problemOf(list.error)} onRetry={() => void list.refetch()} />;
  if (newest === undefined) return <Skeleton rows={3} />;
  return (
    <ChangeConflict
      name={newest.name}
      target={newest.id}
      now={environmentLines(newest)}
      typed={environmentLines(typed)}
      onTakeTheirs={() => props.onTakeTheirs(newest)}
    />
  );
}
