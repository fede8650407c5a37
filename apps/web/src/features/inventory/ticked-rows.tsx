import type { InventoryObject } from '@quarterdeck/contracts';
import { ActionButton, CopyButton } from '@quarterdeck/ui';
import { useState } from 'react';
import { problemOf } from '../../platform/api.ts';
import { mostAtOnce } from './all-rows.ts';
import { t as words } from './bulk/bulk.messages.ts';
import { actionsOf, type BulkAction } from './bulk/bulk-actions.ts';
import { BulkDeed } from './bulk/bulk-deed.tsx';
import { t } from './inventory.messages.ts';
import { kubectlOf } from './kubectl.ts';

/** How many objects the filters match, and what ticks them all; false where they are too many at once. */
type Matching = { total: number; isExact: boolean; tick: () => Promise<boolean> };

/** How many rows are ticked, and what can be done with them; `.` leads here. */
export function TickedRows(props: {
  rows: readonly InventoryObject[];
  /** Clusters that are cut off now. */
  away: ReadonlySet<string>;
  /** Where rows may match that are not loaded. */
  all?: Matching;
  onClear: () => void;
}) {
  const { rows, away, all, onClear } = props;
  const [action, setAction] = useState<BulkAction | undefined>();
  const [first] = rows;
  if (first === undefined && action === undefined) return null;
  return (
    <>
      {first === undefined ? null : (
        <fieldset className="row chosen" aria-label={words.actions} title={words.keys}>
          <strong>{t.ticked(rows.length)}</strong>
          {all === undefined || all.total <= rows.length ? null : <SelectAll {...all} />}
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
        <BulkDeed
          action={action}
          rows={rows}
          away={away}
          onClose={(ended) => {
            setAction(undefined);
            if (ended) onClear();
          }}
        />
      )}
    </>
  );
}

/** Ticks what the filters match, within what can be changed at once. */
function SelectAll({ total, isExact, tick }: Matching) {
  const [state, setState] = useState<'idle' | 'reading' | 'too many' | { failed: string }>('idle');
  const count = `${total.toLocaleString()}${isExact ? '' : '+'}`;
  const tooMany = total > mostAtOnce || state === 'too many';
  const read = () => {
    setState('reading');
    tick().then(
      (ticked) => setState(ticked ? 'idle' : 'too many'),
      (error: unknown) => setState({ failed: problemOf(error).detail }),
    );
  };
  return (
    <>
      <ActionButton
        small
        pending={state === 'reading'}
        reason={tooMany ? words.tooManyMatch(count, mostAtOnce) : undefined}
        onClick={read}
      >
        {state === 'reading' ? words.readingAll : words.selectAll(count)}
      </ActionButton>
      {state === 'too many' ? <span role="status">{words.tooManyMatch(count, mostAtOnce)}</span> : null}
      {typeof state === 'object' ? (
        <span role="status" className="status failed">
          {state.failed}
        </span>
      ) : null}
    </>
  );
}
