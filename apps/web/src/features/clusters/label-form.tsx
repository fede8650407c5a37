import { updateCluster } from '@quarterdeck/contracts/clusters';
import { ProblemAlert } from '@quarterdeck/ui';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { t } from './clusters.messages.ts';

type Row = { number: number; name: string; value: string };

/** Labels as rows of name and value, saved together. What changes meanwhile elsewhere does not touch the rows. */
export function LabelForm(props: { id: string; labels: Record<string, string>; onChanged: () => void }) {
  const [rows, setRows] = useState<Row[]>(() =>
    Object.entries(props.labels)
      .filter(([name]) => name !== 'cluster')
      .map(([name, value], number) => ({ number, name, value })),
  );
  const save = useMutation({
    mutationFn: () =>
      api.call(updateCluster, {
        params: { id: props.id },
        body: {
          labels: Object.fromEntries(
            rows.filter((row) => row.name.trim() !== '').map((row) => [row.name.trim(), row.value.trim()]),
          ),
        },
      }),
    onSuccess: props.onChanged,
  });
  const change = (number: number, part: Partial<Row>) =>
    setRows(rows.map((row) => (row.number === number ? { ...row, ...part } : row)));
  return (
    <fieldset className="stack">
      <legend>{t.labels}</legend>
      <div className="pairs field">
        {rows.map((row) => (
          <div key={row.number} className="pair-row">
            <input
              aria-label={t.labelName}
              value={row.name}
              placeholder={t.labelNameExample}
              onChange={(event) => change(row.number, { name: event.target.value })}
            />
            <input
              aria-label={t.labelValue}
              value={row.value}
              placeholder={t.labelValueExample}
              onChange={(event) => change(row.number, { value: event.target.value })}
            />
            <button
              type="button"
              className="button small"
              aria-label={`${t.remove} ${row.name}`}
              onClick={() => setRows(rows.filter((other) => other.number !== row.number))}
            >
              {t.remove}
            </button>
          </div>
        ))}
        <span className="help">{t.labelsHelp}</span>
      </div>
      <div className="row">
        <button
          type="button"
          className="button"
          onClick={() =>
            setRows([...rows, { number: Math.max(-1, ...rows.map((row) => row.number)) + 1, name: '', value: '' }])
          }
        >
          {t.addLabel}
        </button>
        <button type="button" className="button" disabled={save.isPending} onClick={() => save.mutate()}>
          {t.saveLabels}
        </button>
      </div>
      {save.isError ? <ProblemAlert problem={problemOf(save.error)} /> : null}
    </fieldset>
  );
}
