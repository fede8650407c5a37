import { pauseCluster, resumeCluster } from '@quarterdeck/contracts/clusters';
import { ActionButton, ConfirmDanger, DateText, ProblemAlert, StatusDot } from '@quarterdeck/ui';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { t } from './cluster-page.messages.ts';
import { NameAndLabels, Removal, ReplaceCredential, Verification } from './cluster-settings.tsx';
import { t as words } from './clusters.messages.ts';
import { ManifestPanel } from './manifest-panel.tsx';
import { useOpenedCluster } from './opened-cluster.ts';

/** What can be changed of a cluster: its traffic, its name and labels, its credential; removal last. */
export function ClusterSettingsPage() {
  const { cluster, onChanged } = useOpenedCluster();
  return (
    <>
      <Traffic />
      <NameAndLabels key={cluster.id} cluster={cluster} onChanged={onChanged} />
      {cluster.detail === 'full' ? <Credential /> : null}
      <Verification id={cluster.id} />
      <ManifestPanel id={cluster.id} />
      <Removal cluster={cluster} />
    </>
  );
}

/** What we get in with, when it ends and what it lets us do: what replacing it is for. */
function Credential() {
  const { cluster, onChanged } = useOpenedCluster();
  const { credentialKind, credentialExpiresAt, credentialRenews, credentialRenewalError, profile } = cluster;
  return (
    <section className="panel stack tight" aria-label={t.credential}>
      <h2>{t.credential}</h2>
      <p>
        {credentialKind === undefined ? t.noCredential : t.credentialKinds[credentialKind]}
        {', '}
        {credentialExpiresAt === undefined ? (
          t.noEnd
        ) : (
          <>
            {t.ends} <DateText at={credentialExpiresAt} />
          </>
        )}
        {credentialRenews === true ? `, ${t.renewed}` : null}.
      </p>
      {credentialRenewalError === undefined ? null : (
        <StatusDot status="degraded">{t.notRenewed(credentialRenewalError)}</StatusDot>
      )}
      {profile === undefined ? null : (
        <dl className="facts">
          <dt>{words.peopleProfile}</dt>
          <dd>
            {words.peopleProfiles[profile.people].name}.{' '}
            <span className="muted">{words.peopleProfiles[profile.people].help}</span>
          </dd>
          <dt>{words.bindingProfile}</dt>
          <dd>
            {words.bindingProfiles[profile.bindings].name}.{' '}
            <span className="muted">{words.bindingProfiles[profile.bindings].help}</span>
          </dd>
        </dl>
      )}
      <ReplaceCredential key={cluster.id} cluster={cluster} onChanged={onChanged} />
    </section>
  );
}

/** Pausing stops what others rely on, so it asks; resuming does not. */
function Traffic() {
  const { cluster, onChanged } = useOpenedCluster();
  const refusal = useRefusal('clusters:update');
  const [asking, setAsking] = useState(false);
  const isPaused = cluster.state === 'paused';
  const change = useMutation({
    mutationFn: () => api.call(isPaused ? resumeCluster : pauseCluster, { params: { id: cluster.id } }),
    onSuccess: () => {
      setAsking(false);
      onChanged();
    },
  });
  const error = change.isError ? <ProblemAlert problem={problemOf(change.error)} /> : undefined;
  return (
    <section className="panel spread" aria-label={t.trafficTitle}>
      <div>
        <h2>{t.trafficTitle}</h2>
        <p className="muted">{isPaused ? t.trafficHint.paused : t.trafficHint.running}</p>
        {asking ? null : error}
      </div>
      <ActionButton
        reason={refusal}
        pending={change.isPending}
        onClick={() => (isPaused ? change.mutate() : setAsking(true))}
      >
        {isPaused ? t.resume : t.pause}
      </ActionButton>
      {asking ? (
        <ConfirmDanger
          title={t.pauseTitle(cluster.slug)}
          verb={t.pauseTitle(cluster.slug)}
          level="L2"
          pending={change.isPending}
          error={error}
          onConfirm={() => change.mutate()}
          onClose={() => setAsking(false)}
        >
          <p>{t.pauseHint}</p>
        </ConfirmDanger>
      ) : null}
    </section>
  );
}
