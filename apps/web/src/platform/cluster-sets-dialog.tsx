import { deleteView } from '@quarterdeck/contracts/inventory';
import { Dialog, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, problemOf } from './api.ts';
import { ClusterSetForm, type SetDraft } from './cluster-set-form.tsx';
import { t } from './cluster-sets.messages.ts';
import { type ClusterSet, clusterSetsQuery, membersOf, type Selector, selectorText, setMark } from './cluster-sets.ts';
import { useFleet } from './fleet.tsx';
import { useScope } from './scope.ts';

/**
 * Cluster sets, own ones and those of one's projects: used, changed, deleted, and new ones made.
 * @param first what a new one begins with: labels that were picked elsewhere
 */
export function ClusterSetsDialog({ first, onClose }: { first?: readonly Selector[]; onClose: () => void }) {
  const sets = useQuery(clusterSetsQuery);
  const { setScope } = useScope();
  const fleet = useFleet() ?? [];
  const [draft, setDraft] = useState<SetDraft | undefined>(
    first === undefined ? undefined : { name: '', projectId: '', selectors: first.map(selectorText) },
  );
  if (draft !== undefined) {
    return (
      <Dialog title={draft.set === undefined ? t.newSet : t.changeSet(draft.set.name)} onClose={onClose}>
        <ClusterSetForm
          draft={draft}
          onChange={setDraft}
          onDone={(name) => {
            setScope({ clusters: [`${setMark}${name}`] });
            onClose();
          }}
          onCancel={() => (first === undefined ? setDraft(undefined) : onClose())}
        />
      </Dialog>
    );
  }
  return (
    <Dialog title={t.sets} onClose={onClose}>
      <p className="muted">{t.hint}</p>
      {sets.isPending ? <Skeleton rows={3} /> : null}
      {sets.isError ? <ProblemAlert problem={problemOf(sets.error)} onRetry={() => void sets.refetch()} /> : null}
      {sets.data?.length === 0 ? <p>{t.none}</p> : null}
      <ul className="plain-list lines" aria-label={t.sets}>
        {sets.data?.map((set) => (
          <SetRow
            key={set.id}
            set={set}
            count={membersOf(set.selectors, fleet).length}
            onUse={() => {
              setScope({ clusters: [`${setMark}${set.name}`] });
              onClose();
            }}
            onEdit={() =>
              setDraft({
                set,
                name: set.name,
                projectId: set.projectId ?? '',
                selectors: set.selectors.map(selectorText),
              })
            }
          />
        ))}
      </ul>
      <div className="row">
        <button
          type="button"
          className="button primary"
          onClick={() => setDraft({ name: '', projectId: '', selectors: [''] })}
        >
          {t.newSet}
        </button>
        <button type="button" className="button" onClick={onClose}>
          {t.close}
        </button>
      </div>
    </Dialog>
  );
}

function SetRow(props: { set: ClusterSet; count: number; onUse: () => void; onEdit: () => void }) {
  const { set, count } = props;
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api.call(deleteView, { params: { id: set.id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: clusterSetsQuery.queryKey }),
  });
  return (
    <li>
      <div className="spread">
        <span className="row wrap">
          <strong>{set.name}</strong>
          <span className="muted">{t.count(count)}</span>
          {set.projectId === undefined ? null : <span className="badge">{t.ofProject}</span>}
        </span>
        <span className="row">
          <button type="button" className="button small" onClick={props.onUse}>
            {t.use}
          </button>
          <button type="button" className="button small" onClick={props.onEdit}>
            {t.edit}
          </button>
          <button
            type="button"
            className="button small"
            aria-label={t.deleteNamed(set.name)}
            disabled={remove.isPending}
            onClick={() => remove.mutate()}
          >
            {t.delete}
          </button>
        </span>
      </div>
      <code className="muted breakable">{set.selectors.map(selectorText).join(` ${t.or} `)}</code>
      {remove.isError ? <ProblemAlert problem={problemOf(remove.error)} /> : null}
    </li>
  );
}
