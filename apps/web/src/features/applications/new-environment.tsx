import type { Cluster } from '@quarterdeck/contracts';
import { t } from './applications.messages.ts';
import { ClusterTicks } from './cluster-ticks.tsx';

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
      <ClusterTicks
        legend={t.clusters}
        help={t.clustersHelp}
        error={clustersError}
        clusters={clusters}
        isTicked={({ slug }) => draft.clusters.includes(slug)}
        onTick={({ slug }, isTicked) =>
          set({ clusters: isTicked ? [...draft.clusters, slug] : draft.clusters.filter((other) => other !== slug) })
        }
      />
    </>
  );
}
