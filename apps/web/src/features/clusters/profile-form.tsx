import type { OnboardingProfile } from '@quarterdeck/contracts';
import { bindingProfiles, peopleProfiles } from '@quarterdeck/contracts/clusters';
import { useId } from 'react';
import { t } from './clusters.messages.ts';

export const usualProfile: OnboardingProfile = { people: 'groups-only', bindings: 'managed' };

/** What the cluster will let our account do: as whom people go, and who binds the roles of projects. */
export function ProfileForm(props: { profile: OnboardingProfile; onChange: (profile: OnboardingProfile) => void }) {
  const { profile, onChange } = props;
  const id = useId();
  return (
    <div className="field-grid">
      <div className="field">
        <label htmlFor={`${id}-people`}>{t.peopleProfile}</label>
        <select
          id={`${id}-people`}
          value={profile.people}
          aria-describedby={`${id}-people-help`}
          onChange={(event) => onChange({ ...profile, people: event.target.value as OnboardingProfile['people'] })}
        >
          {peopleProfiles.map((each) => (
            <option key={each} value={each}>
              {t.peopleProfiles[each].name}
            </option>
          ))}
        </select>
        <span id={`${id}-people-help`} className="help">
          {t.peopleProfiles[profile.people].help}
        </span>
      </div>
      <div className="field">
        <label htmlFor={`${id}-bindings`}>{t.bindingProfile}</label>
        <select
          id={`${id}-bindings`}
          value={profile.bindings}
          aria-describedby={`${id}-bindings-help`}
          onChange={(event) => onChange({ ...profile, bindings: event.target.value as OnboardingProfile['bindings'] })}
        >
          {bindingProfiles.map((each) => (
            <option key={each} value={each}>
              {t.bindingProfiles[each].name}
            </option>
          ))}
        </select>
        <span id={`${id}-bindings-help`} className="help">
          {t.bindingProfiles[profile.bindings].help}
        </span>
      </div>
    </div>
  );
}
