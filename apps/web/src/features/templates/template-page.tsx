import {
  AgeText,
  CodeBlock,
  EmptyState,
  type FormSchema,
  type FormValue,
  PageHeader,
  ProblemAlert,
  SchemaForm,
  Skeleton,
} from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { problemOf } from '../../platform/api.ts';
import { t } from './templates.messages.ts';
import { newestVersionQuery } from './templates.queries.ts';

/** What a template asks for and what it is made of; the form is live, so that a writer can try it. */
export function TemplatePage() {
  const { name = '' } = useParams({ strict: false });
  const query = useQuery(newestVersionQuery(name));
  const [value, setValue] = useState<FormValue>({});
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
  const { template, version } = query.data;
  return (
    <>
      <PageHeader
        crumbs={[
          <Link key="templates" to="/templates">
            {t.templates}
          </Link>,
          template.name,
        ]}
        title={`${template.title} ${version.version}`}
      >
        {template.description}
      </PageHeader>
      <div className="columns">
        <section className="panel stack">
          <h2>{t.form}</h2>
          <SchemaForm schema={version.schema as FormSchema} value={value} errors={[]} onChange={setValue} />
        </section>
        <section className="panel stack">
          <dl className="facts">
            <dt>{t.state}</dt>
            <dd>{version.state}</dd>
            <dt>{t.published}</dt>
            <dd>
              <AgeText at={version.publishedAt} />
            </dd>
            <dt>{t.digest}</dt>
            <dd>
              <code>{version.sha256.slice(0, 12)}</code>
            </dd>
            <dt>{t.images}</dt>
            <dd>
              {Object.entries(version.images).map(([slot, image]) => (
                <div key={slot}>
                  <code>{slot}</code> {image.title}{' '}
                  {image.required ? <span className="muted">{t.required}</span> : null}
                </div>
              ))}
            </dd>
          </dl>
          <h2>{t.files}</h2>
          {Object.entries(version.files).map(([path, text]) => (
            <details key={path}>
              <summary>{path}</summary>
              <CodeBlock code={text} />
            </details>
          ))}
        </section>
      </div>
    </>
  );
}
