import type { Cluster } from '@quarterdeck/contracts';
import {
  removeCluster,
  replaceClusterCredential,
  reverifyCluster,
  updateCluster,
} from '@quarterdeck/contracts/clusters';
import { ActionButton, ConfirmDanger, ProblemAlert } from '@quarterdeck/ui';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { AccessForm, emptyDraft, toAccess } from './access-form.tsx';
import { t } from './clusters.messages.ts';
import { LabelForm } from './label-form.tsx';
import { ManifestPanel } from './manifest-panel.tsx';
import { ProfileForm, usualProfile } from './profile-form.tsx';
import { RenewingField } from './renewing-field.tsx';
import { Report } from './report.tsx';

/** Name, labels, credential; removal last and apart. */
export function ClusterSettings({ cluster, onChanged }: { cluster: Cluster; onChanged: () => void }) {
  const { id, displayName, labels } = cluster;
  const [name, setName] = useState(displayName);
  const [draft, setDraft] = useState(emptyDraft);
  const [renewing, setRenewing] = useState(cluster.credentialRenews === true);
  const [profile, setProfile] = useState(cluster.profile ?? usualProfile);
  const rename = useMutation({
    mutationFn: () => api.call(updateCluster, { params: { id }, body: { displayName: name } }),
    onSuccess: onChanged,
  });
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
    <>
      <section className="panel stack">
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
        <details>
          <summary>{t.replaceCredential}</summary>
          <div className="stack">
            <AccessForm draft={draft} onChange={setDraft} />
            <ProfileForm profile={profile} onChange={setProfile} />
            <RenewingField checked={renewing} onChange={setRenewing} />
            <div>
              <button type="button" className="button" disabled={replace.isPending} onClick={() => replace.mutate()}>
                {replace.isPending ? t.verifying : t.verifyAndReplace}
              </button>
            </div>
            {replace.isSuccess ? <p>{t.replaced}</p> : null}
            {replace.isError ? <ProblemAlert problem={problemOf(replace.error)} /> : null}
          </div>
        </details>
      </section>
      <Verification id={id} />
      <ManifestPanel id={id} />
      <Removal cluster={cluster} />
    </>
  );
}

/** Whether the cluster still lets us do all we need; what is missing comes with the YAML that mends it. */
function Verification({ id }: { id: string }) {
  const refusal = useRefusal('clusters:update');
  const verify = useMutation({ mutationFn: () => api.call(reverifyCluster, { params: { id } }) });
  return (
    <section className="panel stack" aria-live="polite">
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

function Removal({ cluster: { id, slug } }: { cluster: Cluster }) {
  const navigate = useNavigate();
  const refusal = useRefusal('clusters:remove');
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: (reason: string) => api.call(removeCluster, { params: { id }, query: reason === '' ? {} : { reason } }),
    onSuccess: () => navigate({ to: '/clusters' }),
  });
  return (
    <section className="panel stack">
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
