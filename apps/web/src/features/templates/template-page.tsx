import type { ClientOutput } from '@quarterdeck/contracts';
import type { getTemplate, getTemplateVersion } from '@quarterdeck/contracts/templates';
import {
  ActionButton,
  CodeBlock,
  EmptyState,
  type FormSchema,
  type FormValue,
  PageHeader,
  ProblemAlert,
  SchemaForm,
  Skeleton,
  Tabs,
} from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { templateCrumbs } from '../../platform/template-crumbs.tsx';
import { useRested } from '../../platform/use-rested.ts';
import { fileOrder } from './bundle-files.ts';
import { ChecksPanel } from './checks-panel.tsx';
import { NewDraftDialog } from './new-draft-dialog.tsx';
import { RenderedPanel } from './rendered-panel.tsx';
import { t } from './templates.messages.ts';
import { renderQuery, reportQuery, templateQuery, versionQuery } from './templates.queries.ts';
import { VersionsTable } from './versions-table.tsx';

type Template = ClientOutput<typeof getTemplate>;
type Version = ClientOutput<typeof getTemplateVersion>;

/** A template: who uses which version, its form with what it makes, its files, and what the checks say. */
export function TemplatePage() {
  const { name = '' } = useParams({ strict: false });
  const query = useQuery(templateQuery(name));
  if (query.isPending) return <Skeleton rows={10} />;
  if (query.isError) return <ProblemAlert problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  if (query.data === null) {
    return (
      <EmptyState
        page
        title={t.missing(name)}
        action={
          <Link to="/templates" className="button">
            {t.all}
          </Link>
        }
      />
    );
  }
  return <OneTemplate template={query.data} />;
}

function OneTemplate({ template }: { template: Template }) {
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { tab?: string; version?: string };
  const refusal = useRefusal('templates:write');
  const [isNew, setIsNew] = useState(false);
  const chosen = template.items.find(({ version }) => version === search.version);
  const shown = chosen ?? template.items.find(({ id }) => id === template.latestVersionId) ?? template.items[0];
  const version = useQuery(versionQuery(shown?.id ?? ''));
  const tab = search.tab ?? 'versions';
  return (
    <>
      <PageHeader
        crumbs={[...templateCrumbs(), template.name]}
        title={template.title}
        status={<span className="badge">{shown?.version}</span>}
        actions={
          <ActionButton kind="primary" reason={refusal} onClick={() => setIsNew(true)}>
            {template.builtIn ? t.copy : t.newVersion}
          </ActionButton>
        }
      >
        {template.description}
      </PageHeader>
      <Tabs
        label={t.tabs}
        current={tab}
        tabs={[
          { key: 'versions', title: t.versions, count: template.items.length },
          { key: 'form', title: t.form },
          { key: 'files', title: t.files },
          { key: 'checks', title: t.checks },
        ]}
        onChange={(key) =>
          void navigate({ to: '.', search: { ...search, tab: key === 'versions' ? undefined : key } as never })
        }
      />
      {tab === 'versions' ? <VersionsTable template={template} /> : null}
      {tab === 'versions' ? null : version.isPending ? (
        <Skeleton rows={10} />
      ) : version.data === undefined ? (
        <ProblemAlert problem={problemOf(version.error)} onRetry={() => void version.refetch()} />
      ) : (
        <VersionTab key={version.data.id} tab={tab} version={version.data} />
      )}
      {isNew ? (
        <NewDraftDialog
          from={template}
          templateId={template.builtIn ? undefined : template.id}
          onClose={() => setIsNew(false)}
        />
      ) : null}
    </>
  );
}

function VersionTab({ tab, version }: { tab: string; version: Version }) {
  const [value, setValue] = useState<FormValue>({});
  const rested = useRested(value);
  const render = useQuery({ ...renderQuery(version.id, undefined, rested, version.sha256), enabled: tab === 'form' });
  const report = useQuery({ ...reportQuery(version.id, undefined, version.sha256), enabled: tab === 'checks' });
  if (tab === 'checks') {
    return (
      <section className="panel stack">
        <ChecksPanel report={report} isDraft={version.state === 'draft'} />
      </section>
    );
  }
  if (tab === 'files') {
    return (
      <section className="panel stack">
        {fileOrder(version.files).map((file) => (
          <details key={file} open={file === 'template.yaml'}>
            <summary>{file}</summary>
            <CodeBlock code={version.files[file] ?? ''} />
          </details>
        ))}
      </section>
    );
  }
  return (
    <div className="columns">
      <section className="panel stack">
        <div>
          <h2>{t.tryForm}</h2>
          <p className="muted">{t.tryHint}</p>
        </div>
        <SchemaForm
          schema={version.schema as FormSchema}
          value={value}
          errors={render.data?.errors ?? []}
          onChange={setValue}
        />
      </section>
      <section className="panel stack" aria-label={t.manifests}>
        <h2>{t.manifests}</h2>
        <RenderedPanel render={render} />
      </section>
    </div>
  );
}
