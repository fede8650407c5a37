import { createFreezeWindow } from '@quarterdeck/contracts/applications';
import { Dialog, Field, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { t } from './delivery.messages.ts';

type Place = { id: string; name: string };

/** A window in which nothing starts: once, or each week by the clock of a zone. */
export function NewFreeze(props: {
  project: { id: string; displayName: string };
  environment: Place;
  onClose: () => void;
}) {
  const { project, environment, onClose } = props;
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [place, setPlace] = useState<'environment' | 'project'>('environment');
  const [kind, setKind] = useState<'weekly' | 'once'>('weekly');
  const [days, setDays] = useState<readonly number[]>([5]);
  const [times, setTimes] = useState({ from: '18:00', to: '08:00' });
  const [dates, setDates] = useState({ from: '', to: '' });
  const [zone, setZone] = useState(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [holdsRollbacks, setHoldsRollbacks] = useState(false);
  const save = useMutation({
    mutationFn: () =>
      api.call(createFreezeWindow, {
        body: {
          name,
          ...(place === 'environment' ? { environmentId: environment.id } : { projectId: project.id }),
          recurrence:
            kind === 'weekly'
              ? { kind, days: [...days], ...times, zone }
              : { kind, from: instantOf(dates.from), to: instantOf(dates.to) },
          holdsRollbacks,
        },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['applications', 'freeze-windows'] });
      onClose();
    },
  });
  const problem = save.isError ? problemOf(save.error) : undefined;
  const errorAt = (pointer: string) => problem?.errors?.find((error) => error.pointer.startsWith(pointer))?.detail;
  function submit(event: FormEvent): void {
    event.preventDefault();
    save.mutate();
  }
  const typed = kind === 'weekly' ? times : dates;
  const setTyped = (part: Partial<typeof typed>) =>
    kind === 'weekly' ? setTimes({ ...times, ...part }) : setDates({ ...dates, ...part });
  return (
    <Dialog title={t.addFreeze} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <Field label={t.name} error={errorAt('/name')}>
          {(common) => <input {...common} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <div className="row align-start">
          <Field label={t.where}>
            {(common) => (
              <select {...common} value={place} onChange={(event) => setPlace(event.target.value as typeof place)}>
                <option value="environment">{environment.name}</option>
                <option value="project">{t.allOf(project.displayName)}</option>
              </select>
            )}
          </Field>
          <Field label={t.when}>
            {(common) => (
              <select {...common} value={kind} onChange={(event) => setKind(event.target.value as typeof kind)}>
                <option value="weekly">{t.weekly}</option>
                <option value="once">{t.once}</option>
              </select>
            )}
          </Field>
        </div>
        {kind === 'weekly' ? (
          <fieldset className="row wrap">
            <legend>{t.beginsOn}</legend>
            {t.days.map((word, index) => (
              <label key={word} className="row">
                <input
                  type="checkbox"
                  checked={days.includes(index + 1)}
                  onChange={(event) =>
                    setDays(
                      event.target.checked ? [...days, index + 1].toSorted() : days.filter((day) => day !== index + 1),
                    )
                  }
                />
                {word}
              </label>
            ))}
          </fieldset>
        ) : null}
        <div className="row align-start">
          <Field label={t.from} error={errorAt('/recurrence/from')}>
            {(common) => (
              <input
                {...common}
                type={kind === 'weekly' ? 'time' : 'datetime-local'}
                value={typed.from}
                onChange={(event) => setTyped({ from: event.target.value })}
              />
            )}
          </Field>
          <Field label={t.to} help={kind === 'weekly' ? t.toHelp : undefined} error={errorAt('/recurrence/to')}>
            {(common) => (
              <input
                {...common}
                type={kind === 'weekly' ? 'time' : 'datetime-local'}
                value={typed.to}
                onChange={(event) => setTyped({ to: event.target.value })}
              />
            )}
          </Field>
          {kind === 'weekly' ? (
            <Field label={t.zone} error={errorAt('/recurrence/zone')}>
              {(common) => <input {...common} value={zone} onChange={(event) => setZone(event.target.value)} />}
            </Field>
          ) : null}
        </div>
        <label className="row">
          <input
            type="checkbox"
            checked={holdsRollbacks}
            onChange={(event) => setHoldsRollbacks(event.target.checked)}
          />
          {t.holdRollbacks}
        </label>
        {problem === undefined ? null : <ProblemAlert problem={problem} />}
        <div className="row">
          <button type="submit" className="button primary" disabled={save.isPending || name === ''}>
            {t.addFreeze}
          </button>
          <button type="button" className="button" onClick={onClose}>
            {t.cancel}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** What a date field says, in the reader's zone, as an instant; what is none is sent as it is. */
function instantOf(text: string): string {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? text : at.toISOString();
}
