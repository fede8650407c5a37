import type { Application, Dependency } from '@quarterdeck/contracts';
import { addDependency, getDependencies, removeDependency } from '@quarterdeck/contracts/dependencies';
import { ActionButton, type Column, DataTable, ProblemAlert, Skeleton, StatusDot } from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { AddDependency } from './add-dependency.tsx';
import { t } from './dependencies.messages.ts';
import { dependencyStatus } from './dependency-status.ts';

const refreshMs = 5000;

/** What an application needs to work and what needs it, with how those are beside each of its environments. */
export function DependenciesPanel({ application }: { application: Application }) {
  const queries = useQueryClient();
  const key = ['applications', 'dependencies', application.id];
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => api.call(getDependencies, { params: { id: application.id } }, { signal }),
    refetchInterval: refreshMs,
  });
  const refusal = useRefusal('applications:write');
  const params = { id: application.id };
  const add = useMutation({
    mutationFn: (other: string) => api.call(addDependency, { params, body: { application: other } }),
    onSuccess: (now) => queries.setQueryData(key, now),
  });
  const remove = useMutation({
    mutationFn: (needs: string) => api.call(removeDependency, { params: { ...params, needs } }),
    onSuccess: (now) => queries.setQueryData(key, now),
  });
  if (query.isPending) return <Skeleton rows={3} />;
  if (query.isError) return <ProblemAlert problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  const { needs, neededBy, neededByCount, hiddenNeeds, hiddenNeededBy } = query.data;
  const columns = columnsOf(application);
  return (
    <section className="panel flush" aria-label={t.dependencies}>
      <div className="panel-title">
        <h2>{t.needs}</h2>
        <p className="muted">{t.needsHelp}</p>
      </div>
      {remove.isError ? <ProblemAlert problem={problemOf(remove.error)} /> : null}
      {needs.length === 0 ? null : (
        <DataTable
          label={t.needs}
          columns={[
            ...columns,
            {
              key: 'remove',
              title: '',
              cell: (row) => (
                <ActionButton
                  small
                  reason={refusal}
                  pending={remove.isPending && remove.variables === row.applicationId}
                  onClick={() => remove.mutate(row.applicationId)}
                >
                  {t.remove} <span className="visually-hidden">{row.application}</span>
                </ActionButton>
              ),
            },
          ]}
          rows={needs}
          rowId={(row) => row.applicationId}
        />
      )}
      {needs.length === 0 && hiddenNeeds === 0 ? <p className="panel-title muted">{t.needsNothing}</p> : null}
      {hiddenNeeds === 0 ? null : <p className="panel-title muted">{t.hidden(hiddenNeeds)}</p>}
      <div className="panel-title">
        <AddDependency
          own={`${application.project}/${application.slug}`}
          known={needs.map((one) => `${one.project}/${one.application}`)}
          refusal={refusal}
          pending={add.isPending}
          problem={add.isError ? problemOf(add.error) : undefined}
          done={add.isSuccess ? add.submittedAt : 0}
          onAdd={(other) => add.mutate(other)}
        />
      </div>
      {neededByCount + hiddenNeededBy === 0 ? null : (
        <>
          <h2 className="panel-title">{t.neededBy}</h2>
          {neededBy.length === 0 ? null : (
            <DataTable label={t.neededBy} columns={columns} rows={neededBy} rowId={(row) => row.applicationId} />
          )}
          {neededByCount > neededBy.length ? (
            <p className="panel-title muted">{t.moreUsers(neededBy.length, neededByCount)}</p>
          ) : null}
          {hiddenNeededBy === 0 ? null : <p className="panel-title muted">{t.hidden(hiddenNeededBy)}</p>}
        </>
      )}
    </section>
  );
}

/** The other application, and how it is beside each environment. */
function columnsOf(application: Application): Column<Dependency>[] {
  return [
    {
      key: 'application',
      title: t.application,
      cell: (row) => (
        <Link
          to="/applications/$project/$app"
          params={{ project: row.project, app: row.application }}
          className="strong"
        >
          {row.project}/{row.application}
        </Link>
      ),
    },
    ...application.environments.map(
      ({ environmentId, name }): Column<Dependency> => ({
        key: environmentId,
        title: name,
        wrap: true,
        cell: (row) => {
          const at = row.environments.find((one) => one.environmentId === environmentId);
          if (at === undefined) return null;
          const { status, word } = dependencyStatus(at.health);
          return (
            <div className="stack tight cell">
              <StatusDot status={status}>
                {word} {at.theirs === undefined || at.theirs === name ? '' : t.theirs(at.theirs)}
              </StatusDot>
              {at.health === 'healthy' || at.health === 'absent' ? null : (
                <span className="muted">{at.reason ?? t.inClusters(at.clusters)}</span>
              )}
            </div>
          );
        },
      }),
    ),
  ];
}
