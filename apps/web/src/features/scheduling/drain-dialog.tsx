import { Dialog, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { problemOf } from '../../platform/api.ts';
import { DrainPlanForm } from './drain-plan-form.tsx';
import { DrainProgress } from './drain-progress.tsx';
import { t } from './scheduling.messages.ts';
import { planQuery, type SeenNode } from './scheduling.queries.ts';

/**
 * What a drain would do, and once it is begun, how it goes.
 * @param running id of a drain that is under way already
 */
export function DrainDialog({
  node,
  running,
  onClose,
}: {
  node: SeenNode;
  running: string | undefined;
  onClose: () => void;
}) {
  // A drain that ends while it is looked at stays on the page.
  const [drainId, setDrainId] = useState(running);
  const plan = useQuery({ ...planQuery(node), enabled: drainId === undefined });
  return (
    <Dialog title={t.drainTitle(node.name, node.cluster)} onClose={onClose}>
      {drainId !== undefined ? (
        <DrainProgress id={drainId} onClose={onClose} />
      ) : plan.data !== undefined ? (
        <DrainPlanForm node={node} plan={plan.data} onBegun={setDrainId} onClose={onClose} />
      ) : (
        <>
          {plan.isError ? (
            <ProblemAlert problem={problemOf(plan.error)} onRetry={() => void plan.refetch()} />
          ) : (
            <Skeleton rows={6} />
          )}
          <div className="row">
            <button type="button" className="button" onClick={onClose}>
              {t.close}
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}
