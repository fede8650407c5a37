import type { Cluster } from '@quarterdeck/contracts';
import { Skeleton } from '@quarterdeck/ui';
import { TierBadge } from '../../platform/tier-badge.tsx';
import { t } from './applications.messages.ts';

const tiers = ['production', 'staging', 'test', 'development'] as const;

export type EnvironmentDraft = {
  name: string;
  tier: (typeof tiers)[number];
  namespace: string;
  clusters: readonly string[];
};

export const emptyEnvironment: EnvironmentDraft = {
  name: 'production',
  tier: 'production',
  namespace: '',
  clusters: [],
};

/** An environment that does not exist yet: its name and tier, and where it may put things. */
export function NewEnvironment(props: {
  draft: EnvironmentDraft;
  onChange: (draft: EnvironmentDraft) => void;
  clusters: readonly Cluster[] | undefined;
  application: string;
  nameError: string | undefined;
  clustersError: string | undefined;
}) {
  const { draft, clusters, nameError, clustersError } = props;
  const set = (change: Partial<EnvironmentDraft>) => props.onChange({ ...draft, ...change });
  return (
    <>
      <div className="row field-row top">
        <div className="field grow">
          <label htmlFor="environment-name">{t.environmentName}</label>
          <input
            id="environment-name"
            value={draft.name}
            aria-invalid={nameError !== undefined}
            onChange={(event) => set({ name: event.target.value })}
          />
          {nameError === undefined ? null : <span className="error">{nameError}</span>}
        </div>
        <div className="field">
          <label htmlFor="environment-tier">{t.tier}</label>
          <select
            id="environment-tier"
            value={draft.tier}
            onChange={(event) => set({ tier: event.target.value as EnvironmentDraft['tier'] })}
          >
            {tiers.map((name) => (
              <option key={name} value={name}>
                {t.tiers[name]}
              </option>
            ))}
          </select>
        </div>
      </div>
      <div className="field">
        <label htmlFor="environment-namespace">{t.namespace}</label>
        <input
          id="environment-namespace"
          value={draft.namespace}
          placeholder={props.application === '' ? t.namespaceHint : props.application}
          onChange={(event) => set({ namespace: event.target.value })}
        />
        <span className="help">{t.namespaceHelp}</span>
      </div>
      <fieldset className="ticks">
        <legend>{t.clusters}</legend>
        {clusters === undefined ? <Skeleton rows={2} /> : null}
        {(clusters ?? []).map((cluster) => (
          <label key={cluster.id} className="option">
            <input
              type="checkbox"
              checked={draft.clusters.includes(cluster.slug)}
              onChange={(event) =>
                set({
                  clusters: event.target.checked
                    ? [...draft.clusters, cluster.slug]
                    : draft.clusters.filter((other) => other !== cluster.slug),
                })
              }
            />
            <strong>{cluster.slug}</strong>
            {cluster.labels.tier === undefined ? null : <TierBadge tier={cluster.labels.tier} />}
            <span className="muted">
              {[cluster.labels.region, cluster.state === 'connected' ? undefined : cluster.state]
                .filter((word) => word !== undefined)
                .join(' · ')}
            </span>
          </label>
        ))}
        <p className={clustersError === undefined ? 'help muted' : 'error'}>{clustersError ?? t.clustersHelp}</p>
      </fieldset>
    </>
  );
}
