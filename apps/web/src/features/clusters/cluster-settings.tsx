import type { Cluster } from '@quarterdeck/contracts';
import {
  removeCluster,
  replaceClusterCredential,
  reverifyCluster,
  updateCluster,
} from '@quarterdeck/contracts/clusters';
import { ActionButton, ConfirmDanger, ProblemAlert, StatusDot } from '@quarterdeck/ui';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { AccessForm, emptyDraft, isEmptyDraft, toAccess } from './access-form.tsx';
import { t } from './clusters.messages.ts';
import { LabelForm } from './label-form.tsx';
import { ProfileForm, usualProfile } from './profile-form.tsx';
import { RenewingField } from './renewing-field.tsx';
import { Report } from './report.tsx';

/** Name and labels. */
export function NameAndLabels({ cluster, onChanged }: { cluster: Cluster; onChanged: () => void }) {
  const { id, displayName, labels } = cluster;
  const [name, setName] = useState(displayName);
  const rename = useMutation({
    mutationFn: () => api.call(updateCluster, { params: { id }, body: { displayName: name } }),
    onSuccess: onChanged,
  });
  return (
    <section className="panel stack" aria-label={t.nameAndLabels}>
      <h2>{t.nameAndLabels}</h2>
      <div className="row field-row">
        <div className="field grow">
          <label htmlFor="cluster-name">{t.displayName}</label>
          <input id="cluster-name" value={name} onChange={(event) => setName(event.target.value)} />
        </div>
        <button
          type="button"
          className="button"
          disabled={rename.isPending || name === displayName}
          onClick={() => rename.mutate()}
        >
          {t.rename}
        </button>
      </div>
      {rename.isError ? <ProblemAlert problem={problemOf(rename.error)} /> : null}
      <LabelForm id={id} labels={labels} onChanged={onChanged} />
    </section>
  );
}

/** Another credential, another profile, or both. */
export function ReplaceCredential({ cluster, onChanged }: { cluster: Cluster; onChanged: () => void }) {
  const { id } = cluster;
  const refusal = useRefusal('clusters:update');
  const [draft, setDraft] = useState(emptyDraft);
  const [renewing, setRenewing] = useState(cluster.credentialRenews === true);
  const [profile, setProfile] = useState(cluster.profile ?? usualProfile);
  const replace = useMutation({
    mutationFn: () =>
      api.call(replaceClusterCredential, {
        params: { id },
        body: { access: toAccess(draft), profile, bootstrap: draft.way !== 'token', renewing },
      }),
    onSuccess: () => {
      setDraft(emptyDraft);
      onChanged();
    },
  });
  return (
    <details>
      <summary>{t.replaceCredential}</summary>
      <div className="stack">
        <p className="muted">{t.replaceHint}</p>
        <AccessForm draft={draft} onChange={setDraft} />
        <ProfileForm profile={profile} onChange={setProfile} />
        <RenewingField checked={renewing} onChange={setRenewing} />
        <div>
          <ActionButton
            reason={isEmptyDraft(draft) ? t.pasteFirst : refusal}
            pending={replace.isPending}
            onClick={() => replace.mutate()}
          >
            {replace.isPending ? t.verifying : t.verifyAndReplace}
          </ActionButton>
        </div>
        {replace.isSuccess ? <StatusDot status="healthy">{t.replaced}</StatusDot> : null}
        {replace.isError ? <ProblemAlert problem={problemOf(replace.error)} /> : null}
      </div>
    </details>
  );
}

/** Whether the cluster still lets us do all we need; what is missing comes with the YAML that mends it. */
export function Verification({ id }: { id: string }) {
  const refusal = useRefusal('clusters:update');
  const verify = useMutation({ mutationFn: () => api.call(reverifyCluster, { params: { id } }) });
  return (
    <section className="panel stack" aria-live="polite" aria-label={t.verification}>
      <h2>{t.verification}</h2>
      <p className="muted">{t.reverifyHint}</p>
      <div>
        <ActionButton reason={refusal} pending={verify.isPending} onClick={() => verify.mutate()}>
          {verify.isPending ? t.verifying : t.verifyAgain}
        </ActionButton>
      </div>
      {verify.isError ? <ProblemAlert problem={problemOf(verify.error)} onRetry={() => verify.mutate()} /> : null}
      {verify.data === undefined ? null : <Report report={verify.data} stored />}
    </section>
  );
}

/** Last and apart. */
export function Removal({ cluster: { id, slug } }: { cluster: Cluster }) {
  const navigate = useNavigate();
  const refusal = useRefusal('clusters:remove');
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: (reason: string) => api.call(removeCluster, { params: { id }, query: reason === '' ? {} : { reason } }),
    onSuccess: () => navigate({ to: '/clusters' }),
  });
  return (
    <section className="panel stack" aria-label={t.removal}>
      <h2>{t.removal}</h2>
      <p className="muted">{t.removeHint}</p>
      <div>
        <ActionButton kind="danger" reason={refusal} onClick={() => setAsking(true)}>
          {t.removeCluster}
        </ActionButton>
      </div>
      {asking ? (
        <ConfirmDanger
          title={t.removeNamed(slug)}
          verb={t.removeNamed(slug)}
          level="L3"
          expectText={slug}
          pending={remove.isPending}
          error={remove.isError ? <ProblemAlert problem={problemOf(remove.error)} /> : undefined}
          onConfirm={(reason) => remove.mutate(reason)}
          onClose={() => setAsking(false)}
        >
          <p>{t.removeHint}</p>
        </ConfirmDanger>
      ) : null}
    </section>
  );
}
