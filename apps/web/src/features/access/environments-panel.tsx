import type { Project } from '@quarterdeck/contracts';
import { orderEnvironments } from '@quarterdeck/contracts/access';
import { type Column, DataTable, EmptyState, ProblemAlert } from '@quarterdeck/ui';
import { type UseQueryResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useFleet } from '../../platform/fleet.tsx';
import { fits, writeLabels } from '../../platform/labels.ts';
import { ListPanel } from '../../platform/list-panel.tsx';
import { useRefusal } from '../../platform/me.tsx';
import { t } from './access.messages.ts';
import { accessKey } from './access.queries.ts';
import type { Environment } from './environment-conflict.tsx';
import { EnvironmentDialog } from './environment-dialog.tsx';
import { MoveButtons } from './move-buttons.tsx';

/** Environments of a project and the clusters their rules reach now. */
export function EnvironmentsPanel(props: { project: Project; environments: UseQueryResult<{ items: Environment[] }> }) {
  const { project, environments } = props;
  const fleet = useFleet() ?? [];
  const [edited, setEdited] = useState<Environment | 'new' | undefined>();
  const locked = project.archivedAt !== undefined;
  const items = environments.data?.items ?? [];
  const refusal = useRefusal('access:projects');
  const queries = useQueryClient();
  const order = useMutation({
    mutationFn: (environmentIds: string[]) =>
      api.call(orderEnvironments, { params: { id: project.id }, body: { environmentIds } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: accessKey }),
  });
  const columns: Column<Environment>[] = [
    { key: 'name', title: t.environment, cell: ({ name }) => <strong>{name}</strong> },
    { key: 'tier', title: t.tier, cell: ({ tier }) => <span className={`badge ${tier}`}>{tier}</span> },
    {
      key: 'rules',
      title: t.rules,
      wrap: true,
      cell: ({ rules }) => (
        <ul className="plain-list">
          {rules.map((rule) => {
            const reached = fleet.filter((cluster) => fits(rule.selector, cluster)).map(({ slug }) => slug);
            return (
              <li key={`${writeLabels(rule.selector)} ${rule.namespace}`} className="row wrap">
                <code>{writeLabels(rule.selector)}</code> {rule.namespace}
                <span className="muted">{t.reaches(reached)}</span>
              </li>
            );
          })}
        </ul>
      ),
    },
    ...(items.length < 2
      ? []
      : [
          {
            key: 'order',
            title: t.order,
            cell: ({ id, name }: Environment) => (
              <MoveButtons
                ids={items.map((item) => item.id)}
                id={id}
                name={name}
                reason={locked ? t.archived : refusal}
                pending={order.isPending}
                onMove={(ids) => order.mutate(ids)}
              />
            ),
          },
        ]),
  ];
  const add = (
    <button type="button" className="button" disabled={locked} onClick={() => setEdited('new')}>
      {t.newEnvironment}
    </button>
  );
  return (
    <>
      <div className="spread">
        <p className="muted">{t.environmentsHelp}</p>
        {items.length === 0 ? null : add}
      </div>
      {order.isError ? <ProblemAlert problem={problemOf(order.error)} /> : null}
      <ListPanel
        list={environments}
        shown={items.length}
        nothing={
          <EmptyState title={t.noEnvironments} action={add}>
            {t.noEnvironmentsHelp}
          </EmptyState>
        }
      >
        <DataTable
          label={t.environments}
          columns={columns}
          rows={items}
          rowId={({ id }) => id}
          {...(locked ? {} : { onOpen: setEdited })}
        />
      </ListPanel>
      {edited === undefined ? null : (
        <EnvironmentDialog
          projectId={project.id}
          environment={edited === 'new' ? undefined : edited}
          onClose={() => setEdited(undefined)}
        />
      )}
    </>
  );
}
