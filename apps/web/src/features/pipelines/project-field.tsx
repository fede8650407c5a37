import { Field } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useScope } from '../../platform/scope.ts';
import { t } from './pipelines.messages.ts';
import { projectsQuery } from './pipelines.queries.ts';

/** Which project something belongs to; the only one, or the one in the scope, is filled in. */
export function ProjectField(props: { value: string; onChange: (id: string) => void; error?: string | undefined }) {
  const { value, onChange } = props;
  const projects = useQuery(projectsQuery);
  const { scope } = useScope();
  const all = projects.data?.items ?? [];
  const meant =
    all.length === 1 ? all[0] : all.find(({ slug }) => scope.project.length === 1 && slug === scope.project[0]);
  useEffect(() => {
    if (value === '' && meant !== undefined) onChange(meant.id);
  }, [value, meant, onChange]);
  return (
    <Field label={t.project} error={props.error}>
      {(common) => (
        <select {...common} value={value} onChange={(event) => onChange(event.target.value)}>
          <option value="" />
          {all.map(({ id, slug }) => (
            <option key={id} value={id}>
              {slug}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
