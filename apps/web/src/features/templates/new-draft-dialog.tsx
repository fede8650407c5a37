import { createTemplate, createTemplateVersion, getTemplateVersion } from '@quarterdeck/contracts/templates';
import { Dialog, Field, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { FormButtons } from '../../platform/form-buttons.tsx';
import { headWith } from './bundle-files.ts';
import { nextMinor } from './next-version.ts';
import { ProjectField } from './project-field.tsx';
import { t } from './templates.messages.ts';
import { templatesKey } from './templates.queries.ts';

type From = { name: string; title: string; latestVersionId?: string | undefined; latestVersion?: string | undefined };

/**
 * Begins a draft from the files of a published version: of another template, or the next version of this one.
 * @param templateId of the template that gets another version; absent: it is a template of its own
 */
export function NewDraftDialog(props: { from: From | undefined; templateId: string | undefined; onClose: () => void }) {
  const { from, templateId } = props;
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [name, setName] = useState(templateId === undefined ? '' : (from?.name ?? ''));
  const [version, setVersion] = useState(
    templateId === undefined ? '1.0.0' : nextMinor(from?.latestVersion ?? '0.0.0'),
  );
  const [projectId, setProjectId] = useState('');
  const begin = useMutation({
    mutationFn: async () => {
      const { files }: { files: Record<string, string> } =
        from?.latestVersionId === undefined
          ? { files: {} }
          : await api.call(getTemplateVersion, { params: { id: from.latestVersionId as never } });
      const kept = Object.fromEntries(
        // Golden tests of another template say what that one makes.
        Object.entries(files).filter(([file]) => templateId !== undefined || !file.startsWith('tests/')),
      );
      // A copy is told from what it was made of; its writer may call it otherwise.
      const title = templateId === undefined ? titleOf(name) : undefined;
      const head = headWith(kept['template.yaml'] ?? '', { name, version, title });
      const draft = { ...kept, 'template.yaml': head };
      return templateId === undefined
        ? api.call(createTemplate, {
            body: { files: draft, ...(projectId === '' ? {} : { projectId: projectId as never }) },
          })
        : api.call(createTemplateVersion, { params: { id: templateId as never }, body: { files: draft } });
    },
    onSuccess: async (draft) => {
      await queries.invalidateQueries({ queryKey: templatesKey });
      void navigate({
        to: '/templates/$name/edit',
        params: { name: draft.name },
        search: { draft: draft.id } as never,
      });
    },
  });
  const problem = begin.isError ? problemOf(begin.error) : undefined;
  function submit(event: FormEvent): void {
    event.preventDefault();
    begin.mutate();
  }
  const title =
    templateId !== undefined
      ? t.newVersionOf(from?.title ?? name)
      : from === undefined
        ? t.newTemplate
        : t.newTemplateFrom(from.title);
  return (
    <Dialog title={title} onClose={props.onClose}>
      <form className="stack" onSubmit={submit}>
        {templateId === undefined ? (
          <>
            <Field label={t.templateName} help={t.templateNameHelp}>
              {(common) => (
                <input {...common} value={name} spellCheck={false} onChange={(event) => setName(event.target.value)} />
              )}
            </Field>
            <ProjectField value={projectId} onChange={setProjectId} />
          </>
        ) : null}
        <Field label={t.versionNumber} help={t.versionHelp}>
          {(common) => <input {...common} value={version} onChange={(event) => setVersion(event.target.value)} />}
        </Field>
        {problem === undefined ? null : <ProblemAlert problem={problem} />}
        <FormButtons
          verb={t.begin}
          busy={t.beginning}
          pending={begin.isPending}
          ready={name !== '' && version !== ''}
          onClose={props.onClose}
        />
      </form>
    </Dialog>
  );
}

function titleOf(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1).replaceAll('-', ' ')}`;
}
