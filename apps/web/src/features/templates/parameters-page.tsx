import type { Application, ParameterLayer } from '@quarterdeck/contracts';
import { PageHeader, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useId } from 'react';
import { problemOf } from '../../platform/api.ts';
import { OneApplication } from '../../platform/one-application.tsx';
import { layersQuery, pinsQuery } from '../../platform/parameters.ts';
import { LayerForm } from './layer-form.tsx';
import { PinsPanel } from './pins-panel.tsx';
import { t } from './templates.messages.ts';

/** The layers of an application's parameters, one at a time, and the template versions it follows. */
export function ParametersPage() {
  return <OneApplication>{(application) => <Layers application={application} />}</OneApplication>;
}

function Layers({ application }: { application: Application }) {
  const navigate = useNavigate();
  const id = useId();
  const search = useSearch({ strict: false }) as { layer?: string };
  const layers = useQuery(layersQuery(application.id));
  const pins = useQuery(pinsQuery(application.id));
  const items = layers.data?.items ?? [];
  const chosen = items.find((layer) => keyOf(layer) === search.layer) ?? items[0];
  return (
    <>
      <PageHeader
        crumbs={[
          <Link key="applications" to="/applications">
            {t.applications}
          </Link>,
          application.project,
          <Link
            key="application"
            to="/applications/$project/$app"
            params={{ project: application.project, app: application.slug }}
          >
            {application.slug}
          </Link>,
        ]}
        title={t.parametersOf(application.displayName)}
      />
      {layers.isPending ? <Skeleton rows={10} /> : null}
      {layers.isError ? <ProblemAlert problem={problemOf(layers.error)} onRetry={() => void layers.refetch()} /> : null}
      {chosen === undefined ? null : (
        <div className="columns">
          <section className="panel stack">
            <div className="field">
              <label htmlFor={id}>{t.layer}</label>
              <select
                id={id}
                value={keyOf(chosen)}
                onChange={(event) =>
                  void navigate({ to: '.', search: { ...search, layer: event.target.value } as never, replace: true })
                }
              >
                {items.map((layer) => (
                  <option key={keyOf(layer)} value={keyOf(layer)}>
                    {nameOf(application, layer)}
                  </option>
                ))}
              </select>
            </div>
            <LayerForm
              key={`${keyOf(chosen)} ${chosen.revision}`}
              application={application}
              layer={chosen}
              pins={pins.data?.items ?? []}
            />
          </section>
          <PinsPanel application={application} pins={pins} />
        </div>
      )}
    </>
  );
}

function keyOf({ layer, environmentId, targetId }: ParameterLayer): string {
  return targetId ?? environmentId ?? layer;
}

function nameOf(application: Application, { environmentId, targetId }: ParameterLayer): string {
  const environment = application.environments.find((one) => one.environmentId === environmentId);
  if (environment === undefined) return t.wholeApplication;
  const target = environment.targets.find((one) => one.id === targetId);
  return target === undefined
    ? t.wholeEnvironment(environment.name)
    : t.oneTarget(environment.name, target.cluster, target.namespace);
}
