import { listProjects } from '@quarterdeck/contracts/access';
import { Field } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../platform/api.ts';
import { t } from './templates.messages.ts';
import { templatesKey } from './templates.queries.ts';

/** Who sees a template: everybody (an empty value), or those of one project. */
export function ProjectField({ value, onChange }: { value: string; onChange: (projectId: string) => void }) {
  const projects = useQuery({
    queryKey: [...templatesKey, 'projects'],
    queryFn: ({ signal }) => api.call(listProjects, {}, { signal }),
  });
  return (
    <Field label={t.forProject}>
      {(common) => (
        <select {...common} value={value} onChange={(event) => onChange(event.target.value)}>
          <option value="">{t.forEverybody}</option>
          {projects.data?.items.map((project) => (
            <option key={project.id} value={project.id}>
              {project.displayName}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
