import type { ClientOutput } from '@quarterdeck/contracts';
import { importChart, previewChartImport } from '@quarterdeck/contracts/chart-imports';
import type { listTemplates } from '@quarterdeck/contracts/templates';
import { ActionButton, EmptyState, Field, PageHeader, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { templateCrumbs } from '../../platform/template-crumbs.tsx';
import { ChartObjects } from './chart-objects.tsx';
import { nextMinor } from './next-version.ts';
import { ProjectField } from './project-field.tsx';
import { t } from './templates.messages.ts';
import { templatesKey, templatesQuery } from './templates.queries.ts';

type Template = ClientOutput<typeof listTemplates>['items'][number];
type Draft = {
  file: string;
  archive: string;
  values: string;
  name: string;
  version: string;
  projectId: string;
  templateId: string;
  leaveOut: string[];
};

const empty: Draft = {
  file: '',
  archive: '',
  values: '',
  name: '',
  version: '1.0.0',
  projectId: '',
  templateId: '',
  leaveOut: [],
};

/** A Helm chart becomes a template: what helm makes of it, object by object, before anything is kept. */
export function ImportChartPage() {
  const list = useQuery(templatesQuery);
  return (
    <>
      <PageHeader crumbs={templateCrumbs()} title={t.importChart}>
        {t.importHint}
      </PageHeader>
      {list.isPending ? <Skeleton rows={10} /> : null}
      {list.isError ? <ProblemAlert problem={problemOf(list.error)} onRetry={() => void list.refetch()} /> : null}
      {list.data?.importsCharts === false ? (
        <EmptyState
          title={t.noHelm}
          action={
            <Link to="/templates" className="button">
              {t.all}
            </Link>
          }
        >
          {t.noHelmHint}
        </EmptyState>
      ) : null}
      {list.data?.importsCharts === true ? <ImportForm templates={list.data.items} /> : null}
    </>
  );
}

function ImportForm({ templates }: { templates: readonly Template[] }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const refusal = useRefusal('templates:write');
  const [draft, setDraft] = useState(empty);
  const preview = useMutation({
    mutationFn: (input: Draft) => api.call(previewChartImport, { body: bodyOf(input) }),
    onSuccess: ({ chart }, input) => {
      if (input.name === '') setDraft((before) => ({ ...before, name: nameOf(chart.name) }));
    },
  });
  const create = useMutation({
    mutationFn: () => api.call(importChart, { body: bodyOf(draft) }),
    onSuccess: async (version) => {
      await queries.invalidateQueries({ queryKey: templatesKey });
      void navigate({
        to: '/templates/$name/edit',
        params: { name: version.name },
        search: { draft: version.id } as never,
      });
    },
  });
  // What is shown is of the chart and the values as they were: another look is needed after a change.
  function change(part: Partial<Draft>): void {
    setDraft((before) => ({ ...before, ...part }));
    create.reset();
    if ('archive' in part || 'values' in part) preview.reset();
  }
  function look(part: Partial<Draft> = {}): void {
    const next = { ...draft, ...part };
    setDraft(next);
    create.reset();
    preview.mutate(next);
  }
  function submit(event: FormEvent): void {
    event.preventDefault();
    look();
  }
  const refused = preview.data?.objects.filter(({ state }) => state === 'refused').length ?? 0;
  const whyNot =
    refusal ??
    (preview.data === undefined
      ? t.renderFirst
      : refused > 0
        ? t.refusedFirst(refused)
        : (preview.data.problem ?? (draft.name === '' ? t.nameFirst : undefined)));
  return (
    <div className="chart-import">
      <form className="panel stack" onSubmit={submit}>
        <ChartFields draft={draft} templates={templates} onChange={change} />
        <div className="row wrap">
          <button type="submit" className="button" disabled={draft.archive === '' || preview.isPending}>
            {preview.isPending ? t.renderingChart : t.renderChart}
          </button>
          <ActionButton kind="primary" reason={whyNot} pending={create.isPending} onClick={() => create.mutate()}>
            {create.isPending ? t.beginning : t.begin}
          </ActionButton>
        </div>
        {create.isError ? <ProblemAlert problem={problemOf(create.error)} /> : null}
      </form>
      <section className="panel stack" aria-label={t.whatBecomes} aria-busy={preview.isPending}>
        {preview.isPending ? <Skeleton rows={8} /> : null}
        {preview.isError ? (
          <ProblemAlert problem={problemOf(preview.error)} onRetry={() => preview.mutate(draft)} />
        ) : null}
        {preview.isIdle ? <p className="muted">{t.notRendered}</p> : null}
        {preview.data === undefined ? null : (
          <>
            <div>
              <h2>{t.chartNamed(preview.data.chart.name, preview.data.chart.version)}</h2>
              <p className="muted">{preview.data.chart.description}</p>
            </div>
            {preview.data.problem === undefined ? null : <p className="error">{preview.data.problem}</p>}
            <p>{refused > 0 ? t.refusedFirst(refused) : t.nothingRefused(preview.data.objects.length)}</p>
            <ul className="plain-list muted">
              {preview.data.images.map(({ slot, image }) => (
                <li key={slot} className="breakable">
                  {t.imageSlot(slot, image)}
                </li>
              ))}
            </ul>
            <ChartObjects
              preview={preview.data}
              leaveOut={draft.leaveOut}
              onLeaveOut={(leaveOut) => look({ leaveOut })}
            />
          </>
        )}
      </section>
    </div>
  );
}

function ChartFields(props: {
  draft: Draft;
  templates: readonly Template[];
  onChange: (part: Partial<Draft>) => void;
}) {
  const { draft, onChange } = props;
  const own = props.templates.filter(({ builtIn }) => !builtIn);
  async function take(file: File | undefined): Promise<void> {
    if (file !== undefined) onChange({ file: file.name, archive: await base64Of(file), leaveOut: [] });
  }
  return (
    <>
      <Field label={t.chartFile} help={t.chartFileHelp}>
        {(common) => (
          <input {...common} type="file" accept=".tgz,.gz" onChange={(event) => void take(event.target.files?.[0])} />
        )}
      </Field>
      <Field label={t.values} help={t.valuesHelp}>
        {(common) => (
          <textarea
            {...common}
            rows={10}
            spellCheck={false}
            value={draft.values}
            onChange={(event) => onChange({ values: event.target.value })}
          />
        )}
      </Field>
      {own.length === 0 ? null : (
        <Field label={t.becomes}>
          {(common) => (
            <select
              {...common}
              value={draft.templateId}
              onChange={({ target }) => {
                const of = own.find(({ id }) => id === target.value);
                onChange({
                  templateId: target.value,
                  name: of?.name ?? '',
                  version: of === undefined ? empty.version : nextMinor(of.latestVersion ?? '0.0.0'),
                });
              }}
            >
              <option value="">{t.becomesNew}</option>
              {own.map((template) => (
                <option key={template.id} value={template.id}>
                  {t.becomesVersion(template.title)}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      {draft.templateId === '' ? (
        <>
          <Field label={t.templateName} help={t.templateNameHelp}>
            {(common) => (
              <input
                {...common}
                value={draft.name}
                spellCheck={false}
                onChange={(event) => onChange({ name: event.target.value })}
              />
            )}
          </Field>
          <ProjectField value={draft.projectId} onChange={(projectId) => onChange({ projectId })} />
        </>
      ) : null}
      <Field label={t.versionNumber} help={t.versionHelp}>
        {(common) => (
          <input {...common} value={draft.version} onChange={(event) => onChange({ version: event.target.value })} />
        )}
      </Field>
    </>
  );
}

function bodyOf(draft: Draft) {
  const { archive, values, version, leaveOut } = draft;
  // Before it is named, it is looked at under a name that any template may have.
  const name = draft.name === '' ? 'chart' : draft.name;
  return {
    archive,
    values,
    name,
    version,
    leaveOut,
    ...(draft.templateId === ''
      ? draft.projectId === ''
        ? {}
        : { projectId: draft.projectId as never }
      : { templateId: draft.templateId as never }),
  };
}

/** A template's name of a chart's: charts may begin with digits, or hold dots. */
function nameOf(chart: string): string {
  return chart
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 63);
}

async function base64Of(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(text);
}
