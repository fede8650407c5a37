import type { InventoryObject } from '@quarterdeck/contracts';
import { listObjects } from '@quarterdeck/contracts/inventory';
import { Field } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../../platform/api.ts';
import { t } from './bulk.messages.ts';
import { type BulkAction, type BulkInput, wrongField } from './bulk-actions.ts';

/** What an action needs to know; wrong input is told at its field. */
export function BulkFields(props: {
  action: BulkAction;
  rows: readonly InventoryObject[];
  input: BulkInput;
  /** Somebody tried to go on. */
  touched: boolean;
  onChange: (input: BulkInput) => void;
}) {
  const { action, rows, input, touched, onChange } = props;
  const wrong = touched ? wrongField(action, input) : undefined;
  if (action === 'scale') {
    const now = rows.map(({ desired }) => desired ?? 0);
    return (
      <>
        <Field
          label={t.replicas}
          help={t.now(Math.min(...now), Math.max(...now))}
          error={wrong === undefined ? undefined : t.badNumber}
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
        <Autoscaled rows={rows} />
      </>
    );
  }
  if (action !== 'label') return null;
  return (
    <div className="field-grid">
      <Field label={t.labelName} error={wrong === undefined ? undefined : t.badLabel}>
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

/** An autoscaler would undo it within a minute: say so before. */
function Autoscaled({ rows }: { rows: readonly InventoryObject[] }) {
  const clusters = [...new Set(rows.map(({ cluster }) => cluster))].sort().join(',');
  const scalers = useQuery({
    queryKey: ['inventory', 'autoscalers', clusters],
    queryFn: ({ signal }) =>
      api.call(
        listObjects,
        { query: { plural: 'horizontalpodautoscalers', clusters: clusters as never, limit: 200 } },
        { signal },
      ),
  });
  const owned = new Set(
    (scalers.data?.items ?? []).map(
      ({ cluster, namespace, facts }) => `${cluster}/${namespace}/${String(facts.target)}`,
    ),
  );
  const names = rows
    .filter(({ cluster, namespace, kind, name }) => owned.has(`${cluster}/${namespace}/${kind}/${name}`))
    .map(({ cluster, name }) => `${name} (${cluster})`);
  return names.length === 0 ? null : <p className="notice degraded">{t.autoscaled(names.join(', '))}</p>;
}
