import type { environmentSchema } from '@quarterdeck/contracts/access';
import { CodeDiff, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { z } from 'zod';
import { problemOf } from '../../platform/api.ts';
import { AuditLink } from '../../platform/audit-link.tsx';
import { writeLabels } from '../../platform/labels.ts';
import { t } from './access.messages.ts';
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
  const [before, after] = [environmentLines(newest), environmentLines(typed)];
  return (
    <div className="notice degraded" role="alert">
      <div className="stack grow">
        <div>
          <strong>{t.changedMeanwhile(newest.name)}</strong>
          <p>{before === after ? t.sameAsTyped : t.changedMeanwhileHelp}</p>
        </div>
        {before === after ? null : <CodeDiff label={t.theirsAndYours} before={before} after={after} />}
        <div className="row wrap">
          <button type="button" className="button small" onClick={() => props.onTakeTheirs(newest)}>
            {t.takeTheirs}
          </button>
          <AuditLink target={newest.id} />
        </div>
      </div>
    </div>
  );
}
