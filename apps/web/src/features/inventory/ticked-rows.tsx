import type { InventoryObject } from '@quarterdeck/contracts';
import { CopyButton } from '@quarterdeck/ui';
import { t } from './inventory.messages.ts';
import { kubectlOf } from './kubectl.ts';

/** How many rows are ticked, and what can be done with them. */
export function TickedRows({ rows, onClear }: { rows: readonly InventoryObject[]; onClear: () => void }) {
  if (rows.length === 0) return null;
  return (
    <span className="row chosen">
      <strong>{t.ticked(rows.length)}</strong>
      <CopyButton text={rows.map(kubectlOf).join('\n')} label={t.copyKubectl} />
      <button type="button" className="button small" onClick={onClear}>
        {t.untick}
      </button>
    </span>
  );
}
