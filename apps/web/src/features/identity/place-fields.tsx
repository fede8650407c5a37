import { useQuery } from '@tanstack/react-query';
import { useFleet } from '../../platform/fleet.tsx';
import { TextField } from './text-field.tsx';
import { t } from './tokens.messages.ts';
import { projectsQuery } from './tokens.queries.ts';

/** Places a token is narrowed to, as they are typed and ticked; empty ones do not narrow. */
export type Places = {
  clusterIds: readonly string[];
  projectIds: readonly string[];
  namespaces: string;
  cidrs: string;
};

export const noPlaces: Places = { clusterIds: [], projectIds: [], namespaces: '', cidrs: '' };

/**
 * @param only which fields: tokens of a project's account cannot leave it, trusted jobs have no network of their own
 */
export function PlaceFields(props: {
  value: Places;
  onChange: (value: Places) => void;
  only?: { projects?: boolean; networks?: boolean };
  errors: (pointer: string) => string | undefined;
  open?: boolean;
}) {
  const clusters = useFleet() ?? [];
  const projects = useQuery(projectsQuery);
  const { value, onChange, errors, only } = props;
  return (
    <details open={props.open}>
      <summary>{t.narrow}</summary>
      <div className="stack">
        <p className="muted">{t.narrowHelp}</p>
        {clusters.length === 0 ? null : (
          <Ticks
            title={t.onlyClusters}
            options={clusters.map(({ id, slug }) => ({ id, label: slug }))}
            value={value.clusterIds}
            onChange={(clusterIds) => onChange({ ...value, clusterIds })}
          />
        )}
        {only?.projects === false || projects.data === undefined ? null : (
          <Ticks
            title={t.onlyProjects}
            options={projects.data.items.map(({ id, displayName }) => ({ id, label: displayName }))}
            value={value.projectIds}
            onChange={(projectIds) => onChange({ ...value, projectIds })}
          />
        )}
        <TextField
          label={t.onlyNamespaces}
          value={value.namespaces}
          onChange={(namespaces) => onChange({ ...value, namespaces })}
          help={t.namespacesHelp}
          error={errors('/namespaces')}
        />
        {only?.networks === false ? null : (
          <TextField
            label={t.onlyNetworks}
            value={value.cidrs}
            onChange={(cidrs) => onChange({ ...value, cidrs })}
            help={t.networksHelp}
            error={errors('/cidrs')}
          />
        )}
      </div>
    </details>
  );
}

function Ticks(props: {
  title: string;
  options: readonly { id: string; label: string }[];
  value: readonly string[];
  onChange: (value: string[]) => void;
}) {
  const chosen = new Set(props.value);
  return (
    <fieldset>
      <legend>{props.title}</legend>
      <div className="row wrap ticks">
        {props.options.map(({ id, label }) => (
          <label key={id} className="option">
            <input
              type="checkbox"
              checked={chosen.has(id)}
              onChange={() =>
                props.onChange(chosen.has(id) ? props.value.filter((one) => one !== id) : [...chosen, id])
              }
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
