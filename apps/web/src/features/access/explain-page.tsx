import type { Permission, SubjectView } from '@quarterdeck/contracts';
import { explainAccess } from '@quarterdeck/contracts/access';
import { permissions } from '@quarterdeck/contracts/permissions';
import { Field, PageHeader, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useFleet } from '../../platform/fleet.tsx';
import { t } from './access.messages.ts';
import { environmentsOfQuery, projectsQuery, subjectOf } from './access.queries.ts';
import { Answer } from './explain-answer.tsx';
import { SubjectPicker } from './subject-picker.tsx';

/** What can X do here, and why: the deciding grant, or the piece that is missing, and the cluster's own word. */
export function ExplainPage() {
  const fleet = useFleet() ?? [];
  const projects = useQuery(projectsQuery(false)).data?.items ?? [];
  const [subject, setSubject] = useState<SubjectView | undefined>();
  const [permission, setPermission] = useState<Permission>('releases:create');
  const [clusterId, setClusterId] = useState('');
  const [namespace, setNamespace] = useState('');
  const [projectId, setProjectId] = useState('');
  const [environmentId, setEnvironmentId] = useState('');
  const environments = useQuery(environmentsOfQuery(projectId)).data?.items ?? [];
  const ask = useMutation({
    mutationFn: (about: SubjectView) => {
      const place = Object.entries({ clusterId, namespace, projectId, environmentId });
      return api.call(explainAccess, {
        body: {
          subject: subjectOf(about) as never,
          permission,
          target: Object.fromEntries(place.filter(([, value]) => value !== '')),
        },
      });
    },
  });
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (subject !== undefined) ask.mutate(subject);
  }
  return (
    <>
      <PageHeader title={t.explain}>{t.explainHelp}</PageHeader>
      <div className="columns">
        <form className="panel stack" onSubmit={submit}>
          <SubjectPicker value={subject} onChange={setSubject} />
          <Field label={t.permission}>
            {(common) => (
              <select
                {...common}
                value={permission}
                onChange={(event) => setPermission(event.target.value as Permission)}
              >
                {permissions.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            )}
          </Field>
          <div className="row align-start">
            <Picked
              label={t.cluster}
              value={clusterId}
              onChange={setClusterId}
              options={fleet.map(({ id, slug }) => ({ id, name: slug }))}
            />
            <Field label={`${t.namespace} (${t.optional})`}>
              {(common) => (
                <input {...common} value={namespace} onChange={(event) => setNamespace(event.target.value)} />
              )}
            </Field>
          </div>
          <div className="row align-start">
            <Picked
              label={t.project}
              value={projectId}
              onChange={(id) => {
                setProjectId(id);
                setEnvironmentId('');
              }}
              options={projects.map(({ id, displayName }) => ({ id, name: displayName }))}
            />
            <Picked
              label={t.environment}
              value={environmentId}
              onChange={setEnvironmentId}
              options={environments.map(({ id, name }) => ({ id, name }))}
            />
          </div>
          <div>
            <button type="submit" className="button primary" disabled={subject === undefined || ask.isPending}>
              {ask.isPending ? t.asking : t.ask}
            </button>
          </div>
        </form>
        <div aria-live="polite">
          {ask.isError ? <ProblemAlert problem={problemOf(ask.error)} /> : null}
          {ask.data === undefined ? null : <Answer answer={ask.data} />}
        </div>
      </div>
    </>
  );
}

function Picked(props: {
  label: string;
  value: string;
  onChange: (id: string) => void;
  options: readonly { id: string; name: string }[];
}) {
  return (
    <Field label={`${props.label} (${t.optional})`}>
      {(common) => (
        <select {...common} value={props.value} onChange={(event) => props.onChange(event.target.value)}>
          <option value="">{t.any}</option>
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
