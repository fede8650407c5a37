import { useId } from 'react';
import { t } from './clusters.messages.ts';

const tiers = ['production', 'staging', 'test', 'development'] as const;
const places = ['region', 'site', 'provider'] as const;

/** The labels that every fleet has; empty ones are not set. */
export type Place = { tier: string } & Record<(typeof places)[number], string>;
export const emptyPlace: Place = { tier: '', region: '', site: '', provider: '' };

export function placeLabels(place: Place): Record<string, string> {
  return Object.fromEntries(
    Object.entries(place)
      .map(([key, value]) => [key, value.trim()])
      .filter(([, value]) => value !== ''),
  );
}

/** How much depends on a cluster, and where it stands. */
export function PlaceForm({ place, onChange }: { place: Place; onChange: (place: Place) => void }) {
  const id = useId();
  const set = (change: Partial<Place>) => onChange({ ...place, ...change });
  return (
    <div className="field-grid">
      <div className="field">
        <label htmlFor={`${id}-tier`}>{t.tier}</label>
        <select id={`${id}-tier`} value={place.tier} onChange={(event) => set({ tier: event.target.value })}>
          <option value="">{t.noTier}</option>
          {tiers.map((name) => (
            <option key={name} value={name}>
              {t.tiers[name]}
            </option>
          ))}
        </select>
      </div>
      {places.map((key) => (
        <div key={key} className="field">
          <label htmlFor={`${id}-${key}`}>{t.places[key]}</label>
          <input
            id={`${id}-${key}`}
            value={place[key]}
            placeholder={t.placeExamples[key]}
            onChange={(event) => set({ [key]: event.target.value })}
          />
        </div>
      ))}
    </div>
  );
}
