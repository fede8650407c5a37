import { useId } from 'react';
import { t } from './clusters.messages.ts';

const tiers = ['production', 'staging', 'test', 'development'] as const;

export type NameDraft = { slug: string; tier: string; region: string };
export const emptyName: NameDraft = { slug: '', tier: '', region: '' };

/** What a cluster is called here, and where it stands. */
export function NameForm(props: {
  draft: NameDraft;
  slugError: string | undefined;
  onChange: (draft: NameDraft) => void;
}) {
  const { draft, slugError } = props;
  const id = useId();
  const set = (change: Partial<NameDraft>) => props.onChange({ ...draft, ...change });
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
          onChange={(event) => set({ slug: event.target.value })}
        />
        <span id={`${id}-slug-help`} className={slugError === undefined ? 'help' : 'error'}>
          {slugError ?? t.shortNameHelp}
        </span>
      </div>
      <div className="row">
        <div className="field grow">
          <label htmlFor={`${id}-tier`}>{t.tier}</label>
          <select id={`${id}-tier`} value={draft.tier} onChange={(event) => set({ tier: event.target.value })}>
            <option value="">{t.noTier}</option>
            {tiers.map((name) => (
              <option key={name} value={name}>
                {t.tiers[name]}
              </option>
            ))}
          </select>
        </div>
        <div className="field grow">
          <label htmlFor={`${id}-region`}>{t.region}</label>
          <input
            id={`${id}-region`}
            value={draft.region}
            placeholder={t.regionExample}
            onChange={(event) => set({ region: event.target.value })}
          />
        </div>
      </div>
    </>
  );
}
