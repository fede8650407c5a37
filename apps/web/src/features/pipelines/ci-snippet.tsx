import type { Application } from '@quarterdeck/contracts';
import type { CiProof } from '@quarterdeck/contracts/pipelines/ci';
import { CodeBlock, Field, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { problemOf } from '../../platform/api.ts';
import { t } from './pipelines.messages.ts';
import { snippetQuery } from './pipelines.queries.ts';

/** A `.gitlab-ci.yml` for an application, ready to copy. */
export function CiSnippet({ application }: { application: Pick<Application, 'id' | 'environments'> }) {
  const [open, setOpen] = useState(false);
  return (
    <section className="panel stack" aria-label={t.ci}>
      <div className="spread wrap">
        <div className="grow">
          <h2>{t.ci}</h2>
          <p className="muted">
            {t.ciHelp} <Link to="/access/tokens">{t.trustRules}</Link>
          </p>
        </div>
        <button type="button" className="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? t.ciHide : t.ciShow}
        </button>
      </div>
      {open ? <Snippet application={application} /> : null}
    </section>
  );
}

function Snippet({ application }: { application: Pick<Application, 'id' | 'environments'> }) {
  const [environment, setEnvironment] = useState(application.environments[0]?.environmentId ?? '');
  const [proof, setProof] = useState<CiProof>('id_token');
  const query = useQuery({ ...snippetQuery(application.id, environment, proof), placeholderData: keepPreviousData });
  const proofs = query.data?.proofs ?? [];
  return (
    <>
      {proofs.length > 1 ? (
        <Field label={t.ciProof}>
          {(common) => (
            <select {...common} value={proof} onChange={(event) => setProof(event.target.value as CiProof)}>
              {proofs.map((each) => (
                <option key={each} value={each}>
                  {t.ciProofs[each]}
                </option>
              ))}
            </select>
          )}
        </Field>
      ) : null}
      {application.environments.length > 1 ? (
        <Field label={t.ciFor}>
          {(common) => (
            <select {...common} value={environment} onChange={(event) => setEnvironment(event.target.value)}>
              {application.environments.map((each) => (
                <option key={each.environmentId} value={each.environmentId}>
                  {each.name}
                </option>
              ))}
            </select>
          )}
        </Field>
      ) : null}
      {query.isPending ? <Skeleton rows={8} /> : null}
      {query.isError ? <ProblemAlert problem={problemOf(query.error)} onRetry={() => void query.refetch()} /> : null}
      {query.data === undefined ? null : <CodeBlock code={query.data.text} />}
    </>
  );
}
