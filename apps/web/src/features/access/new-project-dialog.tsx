import { createProject } from '@quarterdeck/contracts/access';
import { Dialog, Field, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { FormButtons } from '../../platform/form-buttons.tsx';
import { t } from './access.messages.ts';
import { accessKey } from './access.queries.ts';

/** A short name is enough; the rest is set on the project's page. */
export function NewProjectDialog({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [slug, setSlug] = useState('');
  const [displayName, setDisplayName] = useState('');
  const create = useMutation({
    mutationFn: () =>
      api.call(createProject, { body: { slug, ...(displayName.trim() === '' ? {} : { displayName }) } }),
    onSuccess: async (project) => {
      await queries.invalidateQueries({ queryKey: accessKey });
      await navigate({ to: '/access/projects/$project', params: { project: project.slug } });
    },
  });
  const problem = create.isError ? problemOf(create.error) : undefined;
  const errorAt = errorsOf(problem);
  function submit(event: FormEvent): void {
    event.preventDefault();
    create.mutate();
  }
  return (
    <Dialog title={t.newProject} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <Field label={t.shortName} help={t.shortNameHelp} error={errorAt('/slug')}>
          {(common) => <input {...common} value={slug} onChange={(event) => setSlug(event.target.value)} />}
        </Field>
        <Field label={`${t.displayName} (${t.optional})`} error={errorAt('/displayName')}>
          {(common) => (
            <input {...common} value={displayName} onChange={(event) => setDisplayName(event.target.value)} />
          )}
        </Field>
        {problem === undefined ? null : <ProblemAlert problem={problem} />}
        <FormButtons
          verb={t.createProject}
          busy={t.creating}
          pending={create.isPending}
          ready={slug !== ''}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
}
