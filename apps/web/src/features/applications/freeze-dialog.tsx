import type { Freeze } from '@quarterdeck/contracts';
import { tiers } from '@quarterdeck/contracts/access';
import { createFreezeWindow, previewFreeze, updateFreezeWindow } from '@quarterdeck/contracts/applications';
import { Dialog, Field, ProblemAlert, TimeText } from '@quarterdeck/ui';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useMemo, useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { ChangeConflict } from '../../platform/change-conflict.tsx';
import { FormButtons } from '../../platform/form-buttons.tsx';
import { t as words } from '../../platform/platform.messages.ts';
import { useRested } from '../../platform/use-rested.ts';
import { Choice } from './choice.tsx';
import { t } from './delivery.messages.ts';
import { type FreezeDraft, freezesKey, newFreeze, recurrenceOf, toFreezeDraft } from './freeze-draft.ts';
import { freezeWords, weekdayWords } from './freeze-words.ts';

type Place = { id: string; name: string };

/** A window in which nothing starts: a new one, or one that is changed where it is. */
export function FreezeDialog(props: {
  project: { id: string; displayName: string };
  environment: Place;
  /** As it was when the dialog was opened; none: a new one. */
  freeze: Freeze | undefined;
  /** As it is there now; none: it has ended. */
  newest: Freeze | undefined;
  onClose: () => void;
}) {
  const { project, environment, freeze, newest, onClose } = props;
  const queries = useQueryClient();
  const [draft, setDraft] = useState(() =>
    freeze === undefined
      ? newFreeze(new Date(), Intl.DateTimeFormat().resolvedOptions().timeZone)
      : toFreezeDraft(freeze),
  );
  const [revision, setRevision] = useState(freeze?.revision ?? 0);
  /** What somebody else has made of it since. */
  const theirs = newest !== undefined && newest.revision > revision ? newest : undefined;
  const set = (part: Partial<FreezeDraft>) => setDraft({ ...draft, ...part });
  const save = useMutation({
    mutationFn: () => {
      const { name, holdsRollbacks } = draft;
      const body = {
        name,
        tiers: draft.place === 'environment' ? [] : (draft.tiers as Freeze['tiers']),
        recurrence: recurrenceOf(draft),
        holdsRollbacks,
      };
      if (freeze !== undefined) {
        const over = { ...body, revision: theirs?.revision ?? revision };
        return api.call(updateFreezeWindow, { params: { id: freeze.id }, body: over });
      }
      const where = {
        environment: { environmentId: environment.id },
        project: { projectId: project.id },
        everywhere: {},
      };
      return api.call(createFreezeWindow, { body: { ...body, ...where[draft.place] } });
    },
    onError: (error) => {
      if (problemOf(error).code === 'freeze_changed') void queries.invalidateQueries({ queryKey: freezesKey });
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: freezesKey });
      onClose();
    },
  });
  const problem = save.isError ? problemOf(save.error) : undefined;
  const errorAt = errorsOf(problem);
  const places = { environment: environment.name, project: t.allOf(project.displayName), everywhere: t.everywhere };
  function submit(event: FormEvent): void {
    event.preventDefault();
    save.mutate();
  }
  return (
    <Dialog title={freeze === undefined ? t.addFreeze : t.changeFreeze(freeze.name)} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <div className="row align-start">
          <Field label={t.name} error={errorAt('/name')}>
            {(common) => (
              <input {...common} value={draft.name} onChange={(event) => set({ name: event.target.value })} />
            )}
          </Field>
          {freeze === undefined ? (
            <Choice label={t.where} value={draft.place} words={places} onChange={(place) => set({ place })} />
          ) : (
            <p className="muted">{t.staysAt(places[draft.place])}</p>
          )}
        </div>
        {draft.place === 'environment' ? null : (
          <Ticks
            label={t.tiersOf}
            words={tiers.map((tier) => [tier, tier])}
            ticked={draft.tiers}
            onChange={(ticked) => set({ tiers: ticked })}
          />
        )}
        <Times draft={draft} errorAt={errorAt} onChange={set} />
        <Coming draft={draft} />
        <label className="row">
          <input
            type="checkbox"
            checked={draft.holdsRollbacks}
            onChange={(event) => set({ holdsRollbacks: event.target.checked })}
          />
          {t.holdRollbacks}
        </label>
        {problem === undefined || theirs !== undefined ? null : <ProblemAlert problem={problem} />}
        {theirs === undefined ? null : (
          <ChangeConflict
            name={theirs.name}
            target={theirs.id}
            changedBy={theirs.changedBy}
            changedAt={theirs.changedAt}
            now={freezeLines(toFreezeDraft(theirs))}
            typed={freezeLines(draft)}
            onTakeTheirs={() => {
              setDraft(toFreezeDraft(theirs));
              setRevision(theirs.revision);
              save.reset();
            }}
          />
        )}
        <FormButtons
          verb={freeze === undefined ? t.addFreeze : theirs === undefined ? t.saveFreeze : words.saveOverIt}
          pending={save.isPending}
          ready={draft.name.trim() !== ''}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
}

/** What two people may have typed differently, a fact on each line. */
function freezeLines(draft: FreezeDraft): string {
  return [
    draft.name.trim(),
    freezeWords(recurrenceOf(draft)),
    ...(draft.tiers.length === 0 ? [] : [`${t.tiers}: ${draft.tiers.join(', ')}`]),
    `${t.rollbacks}: ${draft.holdsRollbacks ? t.rollbacksHeld : t.rollbacksPass}`,
  ].join('\n');
}

function Times(props: {
  draft: FreezeDraft;
  errorAt: (pointer: string) => string | undefined;
  onChange: (part: Partial<FreezeDraft>) => void;
}) {
  const { draft, errorAt, onChange } = props;
  const zones = useMemo(() => Intl.supportedValuesOf('timeZone'), []);
  const typed = (key: 'starts' | 'ends') => (
    <Field label={t[key]} error={errorAt(`/recurrence/${key}`)}>
      {(common) => (
        <input
          {...common}
          type="datetime-local"
          value={draft[key]}
          onChange={(event) => onChange({ [key]: event.target.value })}
        />
      )}
    </Field>
  );
  return (
    <>
      <div className="row align-start wrap">
        {typed('starts')}
        {typed('ends')}
        <Field label={t.zone} error={errorAt('/recurrence/zone')}>
          {(common) => (
            <>
              <input
                {...common}
                list="time-zones"
                value={draft.zone}
                onChange={(event) => onChange({ zone: event.target.value })}
              />
              <datalist id="time-zones">
                {zones.map((zone) => (
                  <option key={zone} value={zone} />
                ))}
              </datalist>
            </>
          )}
        </Field>
      </div>
      <div className="row align-start wrap">
        <Choice
          label={t.repeats}
          value={draft.repeat}
          words={t.repeatWords}
          onChange={(repeat) => onChange({ repeat })}
        />
        {draft.repeat === 'own' ? (
          <Field label={t.rule} help={t.ruleHelp} error={errorAt('/recurrence/rule')}>
            {(common) => (
              <input {...common} value={draft.rule} onChange={(event) => onChange({ rule: event.target.value })} />
            )}
          </Field>
        ) : null}
      </div>
      {draft.repeat === 'weekly' ? (
        <Ticks
          label={t.beginsOn}
          words={weekdayWords}
          ticked={draft.days}
          onChange={(days) => onChange({ days: days as FreezeDraft['days'] })}
        />
      ) : null}
    </>
  );
}

/** Some of a few words, in their own order. */
function Ticks(props: {
  label: string;
  words: readonly (readonly [key: string, word: string])[];
  ticked: readonly string[];
  onChange: (ticked: readonly string[]) => void;
}) {
  const { label, words, ticked, onChange } = props;
  return (
    <fieldset className="row wrap">
      <legend>{label}</legend>
      {words.map(([key, word]) => (
        <label key={key} className="row">
          <input
            type="checkbox"
            checked={ticked.includes(key)}
            onChange={(event) =>
              onChange(
                words.flatMap(([other]) =>
                  (other === key ? event.target.checked : ticked.includes(other)) ? other : [],
                ),
              )
            }
          />
          {word}
        </label>
      ))}
    </fieldset>
  );
}

/** What is typed, in words, and when that is next, as the server reckons it. */
function Coming({ draft }: { draft: FreezeDraft }) {
  const recurrence = useRested(JSON.stringify(recurrenceOf(draft)));
  const preview = useQuery({
    queryKey: ['applications', 'freeze-preview', recurrence],
    queryFn: ({ signal }) => api.call(previewFreeze, { body: { recurrence: JSON.parse(recurrence) } }, { signal }),
    placeholderData: keepPreviousData,
    retry: false,
  });
  return (
    <div className="notice" role="status">
      {preview.isError ? (
        <p className="reason">{problemOf(preview.error).errors?.[0]?.detail ?? problemOf(preview.error).detail}</p>
      ) : (
        <div>
          <strong>{freezeWords(recurrenceOf(draft))}</strong>
          <ul className="plain-list">
            {(preview.data?.next ?? []).slice(0, 3).map(({ from, to }) => (
              <li key={from}>
                <TimeText at={from} /> {t.until} <TimeText at={to} />
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
