import { registerCluster, verifyCluster } from '@quarterdeck/contracts/clusters';
import { ActionButton, CodeBlock, PageHeader, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { AccessForm, emptyDraft, toAccess } from './access-form.tsx';
import { t } from './clusters.messages.ts';
import { emptyName, NameForm } from './name-form.tsx';
import { Report } from './report.tsx';

/** Access, name, report: nothing is saved before the report is seen. */
export function RegisterPage() {
  const navigate = useNavigate();
  const refusal = useRefusal('clusters:register');
  const [draft, setDraft] = useState(emptyDraft);
  const [name, setName] = useState(emptyName);
  const verify = useMutation({ mutationFn: () => api.call(verifyCluster, { body: { access: toAccess(draft) } }) });
  const report = verify.data;
  const register = useMutation({
    mutationFn: () =>
      api.call(registerCluster, {
        body: {
          slug: name.slug,
          labels: {
            ...(name.tier === '' ? {} : { tier: name.tier }),
            ...(name.region === '' ? {} : { region: name.region }),
          },
          access: toAccess(draft),
          bootstrap: report?.bootstrap.mode === 'apply',
        },
      }),
    onSuccess: (cluster) => navigate({ to: '/clusters/$cluster', params: { cluster: cluster.slug } }),
  });
  const problem = register.isError ? problemOf(register.error) : undefined;
  const slugError = problem?.errors?.find((error) => error.pointer === '/slug')?.detail;
  const isEmpty = draft.way === 'kubeconfig' ? draft.kubeconfig === '' : draft.server === '' || draft.token === '';
  const whyNot =
    report === undefined ? t.verifyFirst : !report.acceptable ? t.mendFirst : name.slug === '' ? t.giveName : refusal;
  return (
    <>
      <PageHeader
        crumbs={[
          <Link key="clusters" to="/clusters">
            {t.clusters}
          </Link>,
        ]}
        title={t.registerOne}
      />
      <div className="columns">
        <section className="panel stack">
          <h2>{t.stepAccess}</h2>
          <AccessForm
            draft={draft}
            contexts={report?.candidates.map((candidate) => candidate.context) ?? []}
            onChange={(next) => {
              setDraft(next);
              if (next.kubeconfig !== draft.kubeconfig || next.token !== draft.token || next.server !== draft.server)
                verify.reset();
            }}
          />
          <h2>{t.stepName}</h2>
          <NameForm draft={name} slugError={slugError} onChange={setName} />
          <div className="row wrap">
            <ActionButton
              kind={report === undefined ? 'primary' : undefined}
              reason={isEmpty ? t.pasteFirst : undefined}
              pending={verify.isPending}
              onClick={() => verify.mutate()}
            >
              {verify.isPending ? t.verifying : report === undefined ? t.verify : t.verifyAgain}
            </ActionButton>
            <ActionButton
              kind={report === undefined ? undefined : 'primary'}
              reason={whyNot}
              pending={register.isPending}
              onClick={() => register.mutate()}
            >
              {register.isPending
                ? t.registering
                : report?.bootstrap.mode === 'apply'
                  ? t.applyAndRegister
                  : t.register}
            </ActionButton>
          </div>
          {problem === undefined || slugError !== undefined ? null : <ProblemAlert problem={problem} />}
        </section>
        <section className="panel stack" aria-live="polite">
          <h2>{t.stepReport}</h2>
          {verify.isIdle ? (
            <>
              <p className="muted">{t.reportIdle}</p>
              <ol className="steps muted">
                {t.whatIsChecked.map((check) => (
                  <li key={check}>{check}</li>
                ))}
              </ol>
            </>
          ) : null}
          {verify.isPending ? <Skeleton /> : null}
          {verify.isError ? <ProblemAlert problem={problemOf(verify.error)} onRetry={() => verify.mutate()} /> : null}
          {report === undefined ? null : <Report report={report} />}
          {report?.bootstrap.mode === 'manual' ? (
            <div className="stack">
              <h3>{t.manualTitle}</h3>
              <CodeBlock code={report.bootstrap.applyCommand} />
              <CodeBlock code={report.bootstrap.tokenCommand} />
              <button
                type="button"
                className="button"
                onClick={() => {
                  const candidate = report.candidates[0];
                  setDraft({
                    ...draft,
                    way: 'token',
                    server: candidate?.server ?? draft.server,
                    caPem: candidate?.caPem ?? draft.caPem,
                    token: '',
                  });
                }}
              >
                {t.haveToken}
              </button>
            </div>
          ) : null}
        </section>
      </div>
    </>
  );
}
