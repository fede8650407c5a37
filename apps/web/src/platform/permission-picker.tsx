import type { Permission } from '@quarterdeck/contracts';
import { permissionCatalogue } from '@quarterdeck/contracts/permissions';
import { useId, useState } from 'react';
import { t } from './platform.messages.ts';

/**
 * Permissions by feature, with a filter.
 * @param presets sets to take with one click, by what they are called
 */
export function PermissionPicker(props: {
  value: readonly Permission[];
  onChange: (value: Permission[]) => void;
  title: string;
  help?: string;
  presets?: Readonly<Record<string, readonly Permission[]>>;
  error?: string | undefined;
}) {
  const [filter, setFilter] = useState('');
  const id = useId();
  const chosen = new Set(props.value);
  const words = filter.toLowerCase().trim();
  const features = Object.entries(permissionCatalogue)
    .map(([feature, verbs]) => ({
      feature,
      names: Object.keys(verbs)
        .map((verb) => `${feature}:${verb}` as Permission)
        .filter((name) => name.includes(words)),
    }))
    .filter(({ names }) => names.length > 0);
  function toggle(name: Permission): void {
    const next = new Set(chosen);
    if (!next.delete(name)) next.add(name);
    props.onChange([...next]);
  }
  return (
    <fieldset className="stack tight" aria-describedby={`${id}-help`}>
      <legend>{props.title}</legend>
      <div className="row wrap">
        {Object.entries(props.presets ?? {}).map(([name, permissions]) => (
          <button key={name} type="button" className="button small" onClick={() => props.onChange([...permissions])}>
            {name}
          </button>
        ))}
        <input
          className="grow"
          aria-label={t.filterPermissions}
          placeholder={t.filterPermissions}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
      </div>
      <div className="permissions">
        {features.map(({ feature, names }) => (
          <fieldset key={feature}>
            <legend className="visually-hidden">{feature}</legend>
            <div className="permission-row">
              <strong aria-hidden="true">{feature}</strong>
              <div>
                {names.map((name) => (
                  <label key={name} className="option" title={name}>
                    <input type="checkbox" checked={chosen.has(name)} onChange={() => toggle(name)} />
                    <span>{name.split(':')[1]}</span>
                  </label>
                ))}
              </div>
            </div>
          </fieldset>
        ))}
      </div>
      <span id={`${id}-help`} className="field">
        {props.error === undefined ? null : <span className="error">{props.error}</span>}
        <span className="help">
          {t.chosen(chosen.size)}. {props.help}
        </span>
      </span>
    </fieldset>
  );
}
