import { registerCluster, verifyCluster } from '@quarterdeck/contracts/clusters';
import { CodeBlock, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useId, useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { AccessForm, emptyDraft, toAccess } from './access-form.tsx';
import { Report } from './report.tsx';

const tiers = ['production', 'staging', 'test', 'development'];

/** Access, name, report: nothing is saved before the report is seen. */
export function RegisterPage() {
  const navigate = useNavigate();
  const id = useId();
  const [draft, setDraft] = useState(emptyDraft);
  const [slug, setSlug] = useState('');
  const [tier, setTier] = useState('');
  const [region, setRegion] = useState('');
  const verify = useMutation({ mutationFn: () => api.call(verifyCluster, { body: { access: toAccess(draft) } }) });
  const report = verify.data;
  const register = useMutation({
    mutationFn: () =>
      api.call(registerCluster, {
        body: {
          slug,
          labels: { ...(tier === '' ? {} : { tier }), ...(region === '' ? {} : { region }) },
          access: toAccess(draft),
          bootstrap: report?.bootstrap.mode === 'apply',
        },
      }),
    onSuccess: (cluster) => navigate({ to: '/clusters/$cluster', params: { cluster: cluster.slug } }),
  });
  const problem = register.isError ? problemOf(register.error) : undefined;
  const slugError = problem?.errors?.find((error) => error.pointer === '/slug')?.detail;
  return (
    <>
      <div className="page-header">
        <div>
          <p className="crumbs">
            <Link to="/clusters">Clusters</Link> / Register
          </p>
          <h1>Register a cluster</h1>
        </div>
      </div>
      <div className="columns">
        <section className="panel stack">
          <h2>1. Access</h2>
          <AccessForm
            draft={draft}
            contexts={report?.candidates.map((candidate) => candidate.context) ?? []}
            onChange={(next) => {
              setDraft(next);
              if (next.kubeconfig !== draft.kubeconfig || next.token !== draft.token || next.server !== draft.server)
                verify.reset();
            }}
          />
          <h2>2. Name</h2>
          <div className="field">
            <label htmlFor={`${id}-slug`}>Short name</label>
            <input
              id={`${id}-slug`}
              value={slug}
              placeholder="bj-1"
              aria-invalid={slugError !== undefined}
              onChange={(event) => setSlug(event.target.value)}
            />
            <span className={slugError === undefined ? 'help' : 'error'}>
              {slugError ?? 'In links and labels; it never changes.'}
            </span>
          </div>
          <div className="row">
            <div className="field grow">
              <label htmlFor={`${id}-tier`}>Tier</label>
              <select id={`${id}-tier`} value={tier} onChange={(event) => setTier(event.target.value)}>
                <option value="">none</option>
                {tiers.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </div>
            <div className="field grow">
              <label htmlFor={`${id}-region`}>Region</label>
              <input
                id={`${id}-region`}
                value={region}
                placeholder="beijing"
                onChange={(event) => setRegion(event.target.value)}
              />
            </div>
          </div>
          <div className="row">
            <button type="button" className="button" disabled={verify.isPending} onClick={() => verify.mutate()}>
              {verify.isPending ? 'Verifying …' : report === undefined ? 'Verify' : 'Verify again'}
            </button>
            <button
              type="button"
              className="button primary"
              disabled={report?.acceptable !== true || slug === '' || register.isPending}
              onClick={() => register.mutate()}
            >
              {register.isPending
                ? 'Registering …'
                : report?.bootstrap.mode === 'apply'
                  ? 'Apply manifest and register'
                  : 'Register'}
            </button>
          </div>
          {problem === undefined || slugError !== undefined ? null : <ProblemAlert problem={problem} />}
        </section>
        <section className="panel stack">
          <h2>3. Report</h2>
          {verify.isIdle ? (
            <p className="muted">
              Verify the access to see what is right, what is missing and how to mend it. Nothing is saved before you
              register.
            </p>
          ) : null}
          {verify.isPending ? <Skeleton /> : null}
          {verify.isError ? <ProblemAlert problem={problemOf(verify.error)} onRetry={() => verify.mutate()} /> : null}
          {report === undefined ? null : <Report report={report} />}
          {report?.bootstrap.mode === 'manual' ? (
            <div className="stack">
              <h3>This credential cannot set us up. Apply the manifest yourself, then paste our token</h3>
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
                I have the token
              </button>
            </div>
          ) : null}
        </section>
      </div>
    </>
  );
}
