import type { SubjectView } from '@quarterdeck/contracts';
import { Field } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useEffect, useId, useState } from 'react';
import { t } from './access.messages.ts';
import { subjectsQuery } from './access.queries.ts';
import { SubjectName } from './subject-name.tsx';

const debounceMs = 150;

/** Finds one account or group by a part of its name: arrows move, Enter takes. */
export function SubjectPicker(props: {
  value: SubjectView | undefined;
  onChange: (subject: SubjectView | undefined) => void;
  error?: string | undefined;
}) {
  const list = useId();
  const [typed, setTyped] = useState('');
  const [asked, setAsked] = useState('');
  const [active, setActive] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(typed.trim()), debounceMs);
    return () => clearTimeout(timer);
  }, [typed]);
  const found = useQuery(subjectsQuery(asked));
  const items = asked.length < 2 ? [] : (found.data?.items ?? []);

  if (props.value !== undefined) {
    return (
      <div className="field grow">
        <span className="label">{t.subject}</span>
        <span className="row">
          <SubjectName subject={props.value} />
          <button type="button" className="button small" onClick={() => props.onChange(undefined)}>
            {t.change}
          </button>
        </span>
        {props.error === undefined ? null : <span className="error">{props.error}</span>}
      </div>
    );
  }

  function onKey(event: KeyboardEvent): void {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setActive(Math.max(0, Math.min(items.length - 1, active + step)));
    }
    const chosen = items[active];
    if (event.key === 'Enter' && chosen !== undefined) {
      event.preventDefault();
      props.onChange(chosen);
    }
  }

  return (
    <div className="stack tight">
      <Field label={t.subject} help={t.subjectHelp} error={props.error}>
        {(common) => (
          <input
            {...common}
            role="combobox"
            aria-expanded={items.length > 0}
            aria-controls={list}
            aria-activedescendant={items.length > 0 ? `${list}-${active}` : undefined}
            autoComplete="off"
            value={typed}
            onChange={(event) => {
              setTyped(event.target.value);
              setActive(0);
            }}
            onKeyDown={onKey}
          />
        )}
      </Field>
      {asked.length >= 2 && found.isSuccess && items.length === 0 ? <p className="muted">{t.noSubject}</p> : null}
      <div id={list} role="listbox" aria-label={t.matches} className="choices" hidden={items.length === 0}>
        {items.slice(0, 8).map((subject, index) => (
          // The box keeps the focus and says which one is active, so an option is clicked but not focused.
          // biome-ignore lint/a11y/useFocusableInteractive: active descendant of the box above
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the box's
          <div
            key={subject.id}
            id={`${list}-${index}`}
            role="option"
            aria-selected={index === active}
            onClick={() => props.onChange(subject)}
          >
            <SubjectName subject={subject} />
          </div>
        ))}
      </div>
    </div>
  );
}
