import type { InventoryObject } from '@quarterdeck/contracts';
import { CopyButton } from '@quarterdeck/ui';
import { lazy, Suspense, useState } from 'react';
import { t as words } from './bulk/bulk.messages.ts';
import { actionsOf, type BulkAction } from './bulk/bulk-actions.ts';
import { t } from './inventory.messages.ts';
import { kubectlOf } from './kubectl.ts';

const BulkDialog = lazy(() => import('./bulk/bulk-dialog.tsx').then((module) => ({ default: module.BulkDialog })));

/** How many rows are ticked, and what can be done with them; `.` leads here. */
export function TickedRows(props: {
  rows: readonly InventoryObject[];
  /** Clusters that are cut off now. */
  away: ReadonlySet<string>;
  onClear: () => void;
}) {
  const { rows, away, onClear } = props;
  const [action, setAction] = useState<BulkAction | undefined>();
  const [first] = rows;
  if (first === undefined && action === undefined) return null;
  return (
    <>
      {first === undefined ? null : (
        <fieldset className="row chosen" aria-label={words.actions} title={words.keys}>
          <strong>{t.ticked(rows.length)}</strong>
          {actionsOf(first).map((each) => (
            <button
              key={each}
              type="button"
              className={`button small ${each === 'delete' ? 'apart' : ''}`}
              onClick={() => setAction(each)}
            >
              {words.names[each]} …
            </button>
          ))}
          <CopyButton text={rows.map(kubectlOf).join('\n')} label={t.copyKubectl} />
          <button type="button" className="button small" onClick={onClear}>
            {t.untick}
          </button>
        </fieldset>
      )}
      {action === undefined ? null : (
        <Suspense>
          <BulkDialog
            action={action}
            rows={rows}
            away={away}
            onClose={(ended) => {
              setAction(undefined);
              if (ended) onClear();
            }}
          />
        </Suspense>
      )}
    </>
  );
}
