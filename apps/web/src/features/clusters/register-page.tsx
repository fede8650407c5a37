import { registerCluster, verifyCluster } from '@quarterdeck/contracts/clusters';
import { ActionButton, CodeBlock, PageHeader, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { useFleet } from '../../platform/fleet.tsx';
import { useRefusal } from '../../platform/me.tsx';
import { AccessForm, emptyDraft, isEmptyDraft, toAccess } from './access-form.tsx';
import { t } from './clusters.messages.ts';
import { ImportPanel } from './import-panel.tsx';
import { type NameDraft, NameForm } from './name-form.tsx';
import { emptyPlace, PlaceForm, placeLabels } from './place-form.tsx';
import { ProfileForm, usualProfile } from './profile-form.tsx';
import { RenewingField } from './renewing-field.tsx';
import { Report } from './report.tsx';

/** Access, name, report: nothing is saved before the report is seen. */
export function RegisterPage() {
  const navigate = useNavigate();
  const refusal = useRefusal('clusters:register');
  const [draft, setDraft] = useState(emptyDraft);
  const [name, setName] = useState<NameDraft>({ slug: '', place: emptyPlace });
  const [renewing, setRenewing] = useState(false);
  const [profile, setProfile] = useState(usualProfile);
  const [acceptUnverified, setAcceptUnverified] = useState(false);
  const fleet = useFleet();
  const verify = useMutation({
    mutationFn: () => api.call(verifyCluster, { body: { access: toAccess(draft), profile } }),
  });
  const report = verify.data;
  const register = useMutation({
    mutationFn: () =>
      api.call(registerCluster, {
        body: {
          slug: name.slug,
          labels: placeLabels(name.place),
          access: toAccess(draft),
          profile,
          bootstrap: report?.bootstrap.mode === 'apply',
          acceptUnverified,
          renewing: renewing && !acceptUnverified,
        },
      }),
    onSuccess: (cluster) => navigate({ to: '/clusters/$cluster', params: { cluster: cluster.slug } }),
  });
  const problem = register.isError ? problemOf(register.error) : undefined;
  const slugError = errorsOf(problem)('/slug');
  const isSeveral = report?.checks.some(({ code }) => code === 'kubeconfig_several_contexts') ?? false;
  const isUnreachable = report?.checks.some(({ level, code }) => level === 'block' && code === 'cluster_unreachable');
  const isAcceptable = report?.acceptable === true || (isUnreachable === true && acceptUnverified);
  const whyNot =
    report === undefined ? t.verifyFirst : !isAcceptable ? t.mendFirst : name.slug === '' ? t.giveName : refusal;
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
            onChange={(next) => {
              setDraft(next);
              setAcceptUnverified(false);
              verify.reset();
            }}
          />
          <h2>{t.stepName}</h2>
          {isSeveral ? (
            <PlaceForm place={name.place} onChange={(place) => setName({ ...name, place })} />
          ) : (
            <NameForm draft={name} slugError={slugError} onChange={setName} />
          )}
          <h2>{t.stepProfile}</h2>
          <ProfileForm
            profile={profile}
            onChange={(next) => {
              setProfile(next);
              verify.reset();
            }}
          />
          <RenewingField checked={renewing} onChange={setRenewing} />
          {isUnreachable === true ? (
            <div className="field">
              <label className="row">
                <input
                  type="checkbox"
                  checked={acceptUnverified}
                  onChange={(event) => setAcceptUnverified(event.target.checked)}
                />
                {t.acceptUnreachable}
              </label>
              <span className="help">{t.acceptUnreachableHelp}</span>
            </div>
          ) : null}
          <div className="row wrap">
            <ActionButton
              kind={report === undefined ? 'primary' : undefined}
              reason={isEmptyDraft(draft) ? t.pasteFirst : undefined}
              pending={verify.isPending}
              onClick={() => verify.mutate()}
            >
              {verify.isPending ? t.verifying : report === undefined ? t.verify : t.verifyAgain}
            </ActionButton>
            {isSeveral ? null : (
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
            )}
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
          {report === undefined || isSeveral ? null : <Report report={report} />}
          {isSeveral ? <p className="muted">{t.reportsBelow}</p> : null}
          {report?.bootstrap.mode === 'manual' && !isSeveral && isUnreachable !== true ? (
            <div className="stack">
              <h3>{t.manualTitle}</h3>
              <CodeBlock code={report.bootstrap.applyCommand} />
              <CodeBlock code={report.bootstrap.tokenCommand} />
              <div>
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
            </div>
          ) : null}
        </section>
      </div>
      {report !== undefined && isSeveral ? (
        <ImportPanel
          key={verify.submittedAt}
          kubeconfig={draft.kubeconfig}
          candidates={report.candidates}
          takenSlugs={fleet?.map(({ slug }) => slug) ?? []}
          labels={placeLabels(name.place)}
          renewing={renewing}
          profile={profile}
          refusal={refusal}
        />
      ) : null}
    </>
  );
}
