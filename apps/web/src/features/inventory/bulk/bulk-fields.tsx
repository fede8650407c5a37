import type { InventoryObject } from '@quarterdeck/contracts';
import { Field } from '@quarterdeck/ui';
import { t } from './bulk.messages.ts';
import { type BulkAction, type BulkInput, wrongField } from './bulk-actions.ts';

/** What an action needs to know; wrong input is told at its field once something stands in it. */
export function BulkFields(props: {
  action: BulkAction;
  rows: readonly InventoryObject[];
  input: BulkInput;
  onChange: (input: BulkInput) => void;
}) {
  const { action, rows, input, onChange } = props;
  const wrong = wrongField(action, input);
  if (action === 'scale') {
    const now = rows.map(({ desired }) => desired ?? 0);
    return (
      <Field
        label={t.replicas}
        help={t.now(Math.min(...now), Math.max(...now))}
        error={wrong === undefined || input.replicas === '' ? undefined : t.badNumber}
      >
        {(common) => (
          <input
            {...common}
            inputMode="numeric"
            value={input.replicas}
            onChange={(event) => onChange({ ...input, replicas: event.target.value })}
          />
        )}
      </Field>
    );
  }
  if (action !== 'label') return null;
  return (
    <div className="field-grid">
      <Field label={t.labelName} error={wrong === undefined || input.labelName === '' ? undefined : t.badLabel}>
        {(common) => (
          <input
            {...common}
            value={input.labelName}
            placeholder={t.labelNameExample}
            onChange={(event) => onChange({ ...input, labelName: event.target.value })}
          />
        )}
      </Field>
      <Field label={t.labelValue}>
        {(common) => (
          <input
            {...common}
            value={input.labelValue}
            placeholder={t.labelValueExample}
            onChange={(event) => onChange({ ...input, labelValue: event.target.value })}
          />
        )}
      </Field>
    </div>
  );
}
