import { MultiPicker } from '@quarterdeck/ui';
import { IconFolder, IconServer2, IconShieldHalf, IconStack } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { environmentsQuery } from '../platform/environments.ts';
import { useFleet } from '../platform/fleet.tsx';
import { useScope } from '../platform/scope.ts';
import { t } from './shell.messages.ts';

const maxSlugs = 8;

/** What lists are about: projects, environments, clusters. Production is said in words. */
export function ScopeBar() {
  const { scope, narrowed, setScope } = useScope();
  const fleet = useFleet();
  const [asked, setAsked] = useState(false);
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
        options={(fleet ?? []).map((cluster) => ({
          value: cluster.slug,
          detail: [cluster.labels.tier, cluster.labels.region].filter((word) => word !== undefined).join(' · '),
        }))}
        none={t.noClusters}
        onChange={(clusters) => setScope({ clusters })}
      />
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
