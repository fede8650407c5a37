import { useId } from 'react';
import { t } from './clusters.messages.ts';
import { type Place, PlaceForm } from './place-form.tsx';

export type NameDraft = { slug: string; place: Place };

/** What a cluster is called here, and where it stands. */
export function NameForm(props: {
  draft: NameDraft;
  slugError: string | undefined;
  onChange: (draft: NameDraft) => void;
}) {
  const { draft, slugError } = props;
  const id = useId();
  return (
    <>
      <div className="field">
        <label htmlFor={`${id}-slug`}>{t.shortName}</label>
        <input
          id={`${id}-slug`}
          value={draft.slug}
          placeholder={t.shortNameExample}
          aria-invalid={slugError !== undefined}
          aria-describedby={`${id}-slug-help`}
          onChange={(event) => props.onChange({ ...draft, slug: event.target.value })}
        />
        <span id={`${id}-slug-help`} className={slugError === undefined ? 'help' : 'error'}>
          {slugError ?? t.shortNameHelp}
        </span>
      </div>
      <PlaceForm place={draft.place} onChange={(place) => props.onChange({ ...draft, place })} />
    </>
  );
}
