import { t } from './clusters.messages.ts';

/** Whether our token has an end and is replaced in time, or has none. */
export function RenewingField({ checked, onChange }: { checked: boolean; onChange: (checked: boolean) => void }) {
  return (
    <div className="field">
      <label className="row">
        <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
        {t.renewing}
      </label>
      <span className="help">{t.renewingHelp}</span>
    </div>
  );
}
