import { IconChevronDown } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { Popover } from './popover.tsx';
import { t } from './ui.messages.ts';

/** `label` is shown instead of the value. */
export type PickerOption = { value: string; detail: string; label?: string };

/** A button that opens a list to tick several of; nothing ticked means all. */
export function MultiPicker(props: {
  label: string;
  icon?: ReactNode;
  all: string;
  picked: readonly string[];
  options: readonly PickerOption[];
  mark?: ReactNode;
  /** So many at most, and the sentence that says why. */
  max?: { count: number; why: string };
  none?: string;
  /** Below the list: what else leads to a choice. */
  foot?: (close: () => void) => ReactNode;
  onOpen?: () => void;
  onChange: (picked: string[]) => void;
}) {
  const { label, picked, options, max } = props;
  const [typed, setTyped] = useState('');
  const [first, ...others] = picked;
  // What the URL names is offered too, though it may not exist here any more.
  const all = [...options, ...picked.filter((value) => !options.some((option) => option.value === value)).map(bare)];
  const shown = all.filter((option) =>
    `${option.label ?? option.value} ${option.detail}`.toLowerCase().includes(typed.toLowerCase()),
  );
  const nameOf = (value: string) => all.find((option) => option.value === value)?.label ?? value;
  const full = max !== undefined && picked.length >= max.count;
  return (
    <Popover
      label={label}
      className={`scope-button ${first === undefined ? '' : 'picked'}`}
      onOpenChange={(open) => {
        if (open) props.onOpen?.();
        setTyped('');
      }}
      button={
        <>
          {props.icon}
          <span className="visually-hidden">{label}: </span>
          <span className="clip">
            {first === undefined
              ? props.all
              : others.length === 0
                ? nameOf(first)
                : t.several(nameOf(first), others.length)}
          </span>
          {props.mark}
          <IconChevronDown size={14} aria-hidden="true" />
        </>
      }
    >
      {(close) => (
        <div className="stack tight">
          {all.length > 6 ? (
            <input
              aria-label={t.narrow}
              placeholder={t.narrow}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
          ) : null}
          {all.length === 0 ? <p className="muted">{props.none}</p> : null}
          <div className="options">
            {shown.map(({ value, detail, label: name }) => {
              const checked = picked.includes(value);
              return (
                <label key={value} className="option">
                  <input
                    type="checkbox"
                    checked={checked}
                    disabled={full && !checked}
                    onChange={() =>
                      props.onChange(checked ? picked.filter((other) => other !== value) : [...picked, value])
                    }
                  />
                  <span>{name ?? value}</span>
                  <span className="muted">{detail}</span>
                </label>
              );
            })}
          </div>
          {full ? <p className="muted">{max?.why}</p> : null}
          {first === undefined ? null : (
            <button type="button" className="button small" onClick={() => props.onChange([])}>
              {props.all}
            </button>
          )}
          {props.foot?.(close)}
        </div>
      )}
    </Popover>
  );
}

const bare = (value: string): PickerOption => ({ value, detail: '' });
