import { type Scope, type ScopeKind, scopeKinds } from '@quarterdeck/contracts/access';
import { Field } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useFleet } from '../../platform/fleet.tsx';
import { fits, readLabels } from '../../platform/labels.ts';
import { t } from './access.messages.ts';
import { environmentsOfQuery, projectsQuery } from './access.queries.ts';

/** A place as it is being chosen: complete once `scopeOf` gives a scope. */
export type Place = { kind: ScopeKind; cluster: string; labels: string; project: string; environment: string };

export const wholeFleet: Place = { kind: 'fleet', cluster: '', labels: '', project: '', environment: '' };

export function scopeOf(place: Place): Scope | undefined {
  if (place.kind === 'fleet') return { kind: 'fleet' };
  if (place.kind === 'set') {
    const selector = readLabels(place.labels);
    return selector === undefined || Object.keys(selector).length === 0 ? undefined : { kind: 'set', selector };
  }
  const id = { cluster: place.cluster, project: place.project, environment: place.environment }[place.kind];
  return id === '' ? undefined : { kind: place.kind, id };
}

/**
 * Fleet, clusters, a project or one of its environments.
 * @param project set: only this project and its environments are offered
 */
export function PlacePicker(props: {
  value: Place;
  onChange: (place: Place) => void;
  project?: { id: string; name: string };
  error?: string | undefined;
}) {
  const { value, project } = props;
  const fleet = useFleet() ?? [];
  const projects = useQuery({ ...projectsQuery(false), enabled: project === undefined });
  const [fixed] = useState(project?.id);
  const environments = useQuery(environmentsOfQuery(fixed ?? value.project));
  const set = (change: Partial<Place>) => props.onChange({ ...value, ...change });
  const kinds = project === undefined ? scopeKinds : (['project', 'environment'] as const);
  const selector = readLabels(value.labels);
  return (
    <div className="stack tight">
      <div className="row align-start">
        <Field label={t.place} error={props.error}>
          {(common) => (
            <select {...common} value={value.kind} onChange={(event) => set({ kind: event.target.value as ScopeKind })}>
              {kinds.map((kind) => (
                <option key={kind} value={kind}>
                  {project !== undefined && kind === 'project' ? project.name : t.scopeKinds[kind]}
                </option>
              ))}
            </select>
          )}
        </Field>
        {value.kind === 'cluster' ? (
          <Choice
            label={t.cluster}
            value={value.cluster}
            onChange={(cluster) => set({ cluster })}
            options={fleet.map(({ id, slug, displayName }) => ({ id, name: `${slug} · ${displayName}` }))}
          />
        ) : null}
        {project === undefined && (value.kind === 'project' || value.kind === 'environment') ? (
          <Choice
            label={t.project}
            value={value.project}
            onChange={(chosen) => set({ project: chosen, environment: '' })}
            options={(projects.data?.items ?? []).map(({ id, displayName }) => ({ id, name: displayName }))}
          />
        ) : null}
        {value.kind === 'environment' ? (
          <Choice
            label={t.environment}
            value={value.environment}
            onChange={(environment) => set({ environment })}
            options={(environments.data?.items ?? []).map(({ id, name, tier }) => ({ id, name: `${name} · ${tier}` }))}
          />
        ) : null}
      </div>
      {value.kind === 'set' ? (
        <Field
          label={t.labels}
          help={
            selector === undefined || value.labels === ''
              ? t.labelsHelp
              : t.reaches(fleet.filter((cluster) => fits(selector, cluster)).map(({ slug }) => slug))
          }
          error={selector === undefined ? t.badLabels : undefined}
        >
          {(common) => (
            <input {...common} value={value.labels} onChange={(event) => set({ labels: event.target.value })} />
          )}
        </Field>
      ) : null}
    </div>
  );
}

function Choice(props: {
  label: string;
  value: string;
  onChange: (id: string) => void;
  options: readonly { id: string; name: string }[];
}) {
  return (
    <Field label={props.label}>
      {(common) => (
        <select {...common} value={props.value} onChange={(event) => props.onChange(event.target.value)}>
          <option value="" disabled>
            …
          </option>
          {props.options.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
