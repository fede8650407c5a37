import type { ClientOutput } from '@quarterdeck/contracts';
import {
  deleteTemplateDraft,
  type getTemplateVersion,
  publishTemplateVersion,
  saveTemplateDraft,
} from '@quarterdeck/contracts/templates';
import {
  ActionButton,
  ConfirmDanger,
  EmptyState,
  type FormSchema,
  type FormValue,
  PageHeader,
  ProblemAlert,
  SchemaForm,
  Skeleton,
  Tabs,
} from '@quarterdeck/ui';
import { CodeEditor } from '@quarterdeck/ui/code-editor';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { templateCrumbs } from '../../platform/template-crumbs.tsx';
import { useRested } from '../../platform/use-rested.ts';
import { fileOrder, isSameBundle } from './bundle-files.ts';
import { ChecksPanel } from './checks-panel.tsx';
import { FileList } from './file-list.tsx';
import { RenderedPanel } from './rendered-panel.tsx';
import { t } from './templates.messages.ts';
import { renderQuery, reportQuery, templatesKey, versionQuery } from './templates.queries.ts';

type Version = ClientOutput<typeof getTemplateVersion>;

/** A draft in the browser: its files beside what they make, its form and what the checks say, as it is typed. */
export function EditorPage() {
  const { name = '' } = useParams({ strict: false });
  const { draft = '' } = useSearch({ strict: false }) as { draft?: string };
  const query = useQuery({ ...versionQuery(draft), staleTime: Number.POSITIVE_INFINITY });
  if (draft !== '' && query.isPending) return <Skeleton rows={12} />;
  if (query.isError) return <ProblemAlert problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  if (query.data?.state !== 'draft') {
    return (
      <EmptyState
        page
        title={query.data === undefined ? t.missing(name) : t.notDraft}
        action={
          <Link to="/templates/$name" params={{ name }} className="button">
            {t.toTemplate}
          </Link>
        }
      />
    );
  }
  return <Editor key={query.data.id} version={query.data} />;
}

function Editor({ version }: { version: Version }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [files, setFiles] = useState(version.files);
  const [file, setFile] = useState(fileOrder(version.files)[0] ?? 'template.yaml');
  const [tab, setTab] = useState('form');
  const [value, setValue] = useState<FormValue>({});
  const [isDiscarding, setIsDiscarding] = useState(false);
  const rested = useRested(files);
  const render = useQuery(renderQuery(version.id, rested, useRested(value), version.sha256));
  const report = useQuery(reportQuery(version.id, rested, version.sha256));
  const isSaved = isSameBundle(files, version.files);
  const toTemplate = () => navigate({ to: '/templates/$name', params: { name: version.name } });
  const params = { id: version.id };
  const save = useMutation({
    mutationFn: () => api.call(saveTemplateDraft, { params, body: { files, sha256: version.sha256 } }),
    onSuccess: (saved) => {
      queries.setQueryData(versionQuery(version.id).queryKey, saved);
      void queries.invalidateQueries({ queryKey: [...templatesKey, 'named'] });
    },
  });
  const publish = useMutation({
    mutationFn: () => api.call(publishTemplateVersion, { params, body: { sha256: version.sha256 } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: templatesKey });
      void toTemplate();
    },
  });
  const discard = useMutation({
    mutationFn: () => api.call(deleteTemplateDraft, { params }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: [...templatesKey, 'list'] });
      await queries.invalidateQueries({ queryKey: [...templatesKey, 'named'] });
      void navigate({ to: '/templates' });
    },
  });
  useLeaveWarning(!isSaved);
  const mayWrite = useRefusal('templates:write');
  const mayPublish = useRefusal('templates:publish');
  const blockers = report.data?.blockers.length ?? 0;
  const whyNot = mayPublish ?? (isSaved ? (blockers === 0 ? undefined : t.mendFirst(blockers)) : t.saveFirst);
  const failed = [save, publish].find((one) => one.isError);
  return (
    <>
      <PageHeader
        crumbs={[...templateCrumbs(version.name), version.version]}
        title={t.editing(version.title, version.version)}
        status={<span className={isSaved ? 'badge' : 'badge warn'}>{isSaved ? t.draft : t.unsaved}</span>}
        actions={
          <span className="row">
            <button type="button" className="button" onClick={() => setIsDiscarding(true)}>
              {t.discard}
            </button>
            <ActionButton
              reason={mayWrite ?? (isSaved ? t.saved : undefined)}
              pending={save.isPending}
              onClick={() => save.mutate()}
            >
              {save.isPending ? t.saving : t.save}
            </ActionButton>
            <ActionButton kind="primary" reason={whyNot} pending={publish.isPending} onClick={() => publish.mutate()}>
              {publish.isPending ? t.publishing : t.publish}
            </ActionButton>
          </span>
        }
      />
      {failed === undefined ? null : <ProblemAlert problem={problemOf(failed.error)} />}
      <div className="editor">
        <FileList
          files={files}
          current={file}
          broken={report.data?.problem?.file}
          onChoose={setFile}
          onChange={setFiles}
        />
        <section className="panel flush" aria-label={t.fileText(file)}>
          <CodeEditor
            key={file}
            label={t.fileText(file)}
            language={file.endsWith('.json') ? 'json' : file.endsWith('.md') ? 'text' : 'yaml'}
            value={files[file] ?? ''}
            onChange={(text) => setFiles((before) => ({ ...before, [file]: text }))}
          />
        </section>
        <section className="panel stack" aria-label={t.preview}>
          <Tabs
            label={t.preview}
            current={tab}
            tabs={[
              { key: 'form', title: t.form },
              { key: 'manifests', title: t.manifests, count: render.data?.objects.length },
              { key: 'checks', title: t.checks, count: blockers === 0 ? undefined : blockers },
            ]}
            onChange={setTab}
          />
          {tab === 'checks' ? (
            <ChecksPanel
              report={report}
              isDraft
              onRenew={(name, text) => setFiles((before) => ({ ...before, [name]: text }))}
            />
          ) : tab === 'manifests' ? (
            <RenderedPanel render={render} />
          ) : render.data?.schema === undefined ? (
            <RenderedPanel render={render} />
          ) : (
            <SchemaForm
              schema={render.data.schema as FormSchema}
              value={value}
              errors={render.data.errors}
              onChange={setValue}
            />
          )}
        </section>
      </div>
      {isDiscarding ? (
        <ConfirmDanger
          title={t.discardTitle(version.version)}
          verb={t.discard}
          level="L2"
          pending={discard.isPending}
          error={discard.isError ? <ProblemAlert problem={problemOf(discard.error)} /> : null}
          onConfirm={() => discard.mutate()}
          onClose={() => setIsDiscarding(false)}
        >
          <p>{t.discardHint}</p>
        </ConfirmDanger>
      ) : null}
    </>
  );
}

/** The browser asks before a tab with unsaved text is closed. */
function useLeaveWarning(isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [isOn]);
}
