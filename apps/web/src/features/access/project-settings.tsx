import type { Project } from '@quarterdeck/contracts';
import { archiveProject, restoreProject, updateProject } from '@quarterdeck/contracts/access';
import { ConfirmDanger, Field, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { t } from './access.messages.ts';
import { accessKey } from './access.queries.ts';

const quotaKeys = ['environments', 'namespaces', 'applications'] as const;

/** Words separated by spaces or lines. */
const wordsOf = (text: string) => text.split(/\s+/).filter((word) => word !== '');

/** Name, registries, templates, limits; archive and restore. */
export function ProjectSettings({ project }: { project: Project }) {
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: accessKey });
  const [displayName, setDisplayName] = useState(project.displayName);
  const [registries, setRegistries] = useState(project.registries.join('\n'));
  const [templates, setTemplates] = useState(project.templateSources.join('\n'));
  const [quotas, setQuotas] = useState<Readonly<Record<string, string>>>(
    Object.fromEntries(quotaKeys.map((key) => [key, project.quotas[key]?.toString() ?? ''])),
  );
  const [archiving, setArchiving] = useState(false);
  const params = { id: project.id };
  const save = useMutation({
    mutationFn: () =>
      api.call(updateProject, {
        params,
        body: {
          displayName,
          registries: wordsOf(registries),
          templateSources: wordsOf(templates),
          quotas: Object.fromEntries(
            Object.entries(quotas).flatMap(([key, text]) => (text === '' ? [] : [[key, Number(text)]])),
          ),
        },
      }),
    onSuccess: refresh,
  });
  const archive = useMutation({
    mutationFn: () => api.call(archiveProject, { params }),
    onSuccess: async () => {
      await refresh();
      setArchiving(false);
    },
  });
  const restore = useMutation({ mutationFn: () => api.call(restoreProject, { params }), onSuccess: refresh });
  const problem = save.isError ? problemOf(save.error) : undefined;
  const errorAt = errorsOf(problem);
  const isArchived = project.archivedAt !== undefined;
  function submit(event: FormEvent): void {
    event.preventDefault();
    save.mutate();
  }
  return (
    <form className="panel stack" onSubmit={submit}>
      <Field label={t.displayName} error={errorAt('/displayName')}>
        {(common) => (
          <input
            {...common}
            value={displayName}
            disabled={isArchived}
            onChange={(event) => setDisplayName(event.target.value)}
          />
        )}
      </Field>
      <Field label={t.registries} help={t.registriesHelp} error={errorAt('/registries')}>
        {(common) => (
          <textarea
            {...common}
            rows={4}
            value={registries}
            disabled={isArchived}
            onChange={(event) => setRegistries(event.target.value)}
          />
        )}
      </Field>
      <Field label={t.templates} help={t.templatesHelp} error={errorAt('/templateSources')}>
        {(common) => (
          <textarea
            {...common}
            rows={3}
            value={templates}
            disabled={isArchived}
            onChange={(event) => setTemplates(event.target.value)}
          />
        )}
      </Field>
      <fieldset className="stack tight form-width">
        <legend>{t.quotas}</legend>
        <div className="row align-start">
          {quotaKeys.map((key) => (
            <Field key={key} label={t.quotaNames[key]} help={t.quotaHelp} error={errorAt(`/quotas/${key}`)}>
              {(common) => (
                <input
                  {...common}
                  type="number"
                  min={0}
                  value={quotas[key] ?? ''}
                  disabled={isArchived}
                  onChange={(event) => setQuotas({ ...quotas, [key]: event.target.value })}
                />
              )}
            </Field>
          ))}
        </div>
      </fieldset>
      {problem === undefined ? null : <ProblemAlert problem={problem} />}
      <div className="spread">
        <button type="submit" className="button primary" disabled={isArchived || save.isPending}>
          {save.isPending ? t.saving : t.save}
        </button>
        {isArchived ? (
          <button type="button" className="button" disabled={restore.isPending} onClick={() => restore.mutate()}>
            {t.restore}
          </button>
        ) : (
          <button type="button" className="button" onClick={() => setArchiving(true)}>
            {t.archive}
          </button>
        )}
      </div>
      {restore.isError ? <ProblemAlert problem={problemOf(restore.error)} /> : null}
      {archiving ? (
        <ConfirmDanger
          title={t.archiveTitle(project.displayName)}
          verb={t.archive}
          level="L2"
          pending={archive.isPending}
          error={archive.isError ? <ProblemAlert problem={problemOf(archive.error)} /> : undefined}
          onConfirm={() => archive.mutate()}
          onClose={() => setArchiving(false)}
        >
          <p>{t.archiveText}</p>
        </ConfirmDanger>
      ) : null}
    </form>
  );
}
