import { type Density, Popover } from '@quarterdeck/ui';
import { IconColumns } from '@tabler/icons-react';
import { type ColumnKind, choicesOf, defaultsOf } from './explorer-columns.tsx';
import { t } from './inventory.messages.ts';

const densities = ['comfortable', 'normal', 'compact'] as const;

/** Which columns, and how close the rows stand. Columns go into the link, closeness stays in this browser. */
export function ViewMenu(props: {
  kind: ColumnKind;
  /** From the URL, with commas. */
  chosen: string | undefined;
  onChoose: (cols: string | undefined) => void;
  density: Density;
  onDensity: (density: Density) => void;
}) {
  const shown = new Set(props.chosen?.split(',') ?? defaultsOf(props.kind));
  const choices = choicesOf(props.kind).filter(({ key }) => key !== 'name');
  function toggle(key: string): void {
    const next = choices.map((choice) => choice.key).filter((other) => (other === key) !== shown.has(other));
    const same = defaultsOf(props.kind).filter((other) => other !== 'name');
    props.onChoose(
      next.length === same.length && same.every((other) => next.includes(other)) ? undefined : next.join(',') || '-',
    );
  }
  return (
    <Popover
      label={t.view}
      align="end"
      className="button"
      button={
        <>
          <IconColumns size={16} aria-hidden="true" /> {t.view}
        </>
      }
    >
      <div className="stack tight">
        <fieldset>
          <legend>{t.density}</legend>
          <div className="segments">
            {densities.map((density) => (
              <button
                key={density}
                type="button"
                aria-pressed={props.density === density}
                onClick={() => props.onDensity(density)}
              >
                {t.densities[density]}
              </button>
            ))}
          </div>
        </fieldset>
        <fieldset>
          <legend>{t.columns}</legend>
          {choices.map(({ key, title }) => (
            <label key={key} className="option">
              <input type="checkbox" checked={shown.has(key)} onChange={() => toggle(key)} />
              <span>{title}</span>
            </label>
          ))}
        </fieldset>
        {props.chosen === undefined ? null : (
          <button type="button" className="button small" onClick={() => props.onChoose(undefined)}>
            {t.resetColumns}
          </button>
        )}
      </div>
    </Popover>
  );
}
