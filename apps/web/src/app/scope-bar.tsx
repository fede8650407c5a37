import { MultiPicker } from '@quarterdeck/ui';
import { IconFolder, IconServer2, IconShieldHalf, IconStack } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { t as words } from '../platform/cluster-sets.messages.ts';
import { clusterSetsQuery, membersOf, setMark } from '../platform/cluster-sets.ts';
import { environmentsQuery } from '../platform/environments.ts';
import { useFleet } from '../platform/fleet.tsx';
import { useScope } from '../platform/scope.ts';
import { t } from './shell.messages.ts';

const maxSlugs = 8;
const ClusterSetsDialog = lazy(() =>
  import('../platform/cluster-sets-dialog.tsx').then((module) => ({ default: module.ClusterSetsDialog })),
);

/** What lists are about: projects, environments, clusters. Production is said in words. */
export function ScopeBar() {
  const { scope, narrowed, setScope } = useScope();
  const fleet = useFleet();
  const [asked, setAsked] = useState(false);
  const [managing, setManaging] = useState<'all' | 'picked' | undefined>();
  const named = scope.clusters.some((name) => name.startsWith(setMark));
  const sets = useQuery({ ...clusterSetsQuery, enabled: asked || named });
  const { data } = useQuery({ ...environmentsQuery, enabled: asked || scope.env.length > 0 });
  const environments = (data?.environments ?? []).filter(
    ({ project }) => scope.project.length === 0 || scope.project.includes(project),
  );
  const production = environments.some(({ name, tier }) => tier === 'production' && scope.env.includes(name));
  const tierOf = new Map(environments.map(({ name, tier }) => [name, tier]));
  return (
    <fieldset className={`scope-bar ${production ? 'production' : ''}`} aria-label={t.scope}>
      <MultiPicker
        label={t.projects}
        icon={<IconFolder size={16} aria-hidden="true" />}
        all={t.allProjects}
        picked={scope.project}
        options={(data?.projects ?? []).map(({ slug, displayName }) => ({ value: slug, detail: displayName }))}
        onOpen={() => setAsked(true)}
        onChange={(project) => setScope({ project })}
      />
      <MultiPicker
        label={t.environments}
        icon={<IconStack size={16} aria-hidden="true" />}
        all={t.allEnvironments}
        picked={scope.env}
        mark={
          production ? (
            <span className="prod">
              <IconShieldHalf size={14} aria-hidden="true" /> {t.prod}
            </span>
          ) : null
        }
        options={[...tierOf].map(([value, tier]) => ({ value, detail: tier === value ? '' : tier }))}
        none={t.noEnvironments}
        onOpen={() => setAsked(true)}
        onChange={(env) => setScope({ env })}
      />
      <MultiPicker
        label={t.clusters}
        icon={<IconServer2 size={16} aria-hidden="true" />}
        all={t.allClusters}
        picked={scope.clusters}
        max={{ count: maxSlugs, why: t.tooMany }}
        options={[
          ...(sets.data ?? []).map(({ name, selectors }) => ({
            value: `${setMark}${name}`,
            label: words.setNamed(name),
            detail: words.count(membersOf(selectors, fleet ?? []).length),
          })),
          ...(fleet ?? []).map((cluster) => ({
            value: cluster.slug,
            detail: [cluster.labels.tier, cluster.labels.region].filter((word) => word !== undefined).join(' · '),
          })),
        ]}
        none={t.noClusters}
        foot={(close) => (
          <span className="row wrap">
            <button
              type="button"
              className="button small"
              onClick={() => {
                close();
                setManaging('all');
              }}
            >
              {words.manage}
            </button>
            {scope.clusters.length > 1 && !scope.clusters.some((name) => name.startsWith(setMark)) ? (
              <button
                type="button"
                className="button small"
                onClick={() => {
                  close();
                  setManaging('picked');
                }}
              >
                {words.keepAsSet}
              </button>
            ) : null}
          </span>
        )}
        onOpen={() => setAsked(true)}
        onChange={(clusters) => setScope({ clusters })}
      />
      {managing === undefined ? null : (
        <Suspense>
          <ClusterSetsDialog
            {...(managing === 'picked' ? { first: scope.clusters.map((cluster) => ({ cluster })) } : {})}
            onClose={() => setManaging(undefined)}
          />
        </Suspense>
      )}
      {narrowed ? (
        <button
          type="button"
          className="button plain small"
          onClick={() => setScope({ project: [], env: [], clusters: [] })}
        >
          {t.clearScope}
        </button>
      ) : null}
    </fieldset>
  );
}
