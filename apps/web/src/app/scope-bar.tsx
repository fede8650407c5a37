import { Popover } from '@quarterdeck/ui';
import { IconChevronDown, IconFolder, IconServer2, IconShieldHalf, IconStack } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
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
      <Picker
        label={t.projects}
        icon={<IconFolder size={16} aria-hidden="true" />}
        all={t.allProjects}
        picked={scope.project}
        options={(data?.projects ?? []).map(({ slug, displayName }) => ({ value: slug, detail: displayName }))}
        onOpen={() => setAsked(true)}
        onChange={(project) => setScope({ project })}
      />
      <Picker
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
      <Picker
        label={t.clusters}
        icon={<IconServer2 size={16} aria-hidden="true" />}
        all={t.allClusters}
        picked={scope.clusters}
        max={maxSlugs}
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

type Option = { value: string; detail: string };

function Picker(props: {
  label: string;
  icon: ReactNode;
  all: string;
  picked: readonly string[];
  options: readonly Option[];
  mark?: ReactNode;
  max?: number;
  none?: string;
  onOpen?: () => void;
  onChange: (picked: string[]) => void;
}) {
  const { label, picked, options, max } = props;
  const [typed, setTyped] = useState('');
  const [first, ...others] = picked;
  // What the URL names is offered too, though it may not exist here any more.
  const all = [...options, ...picked.filter((value) => !options.some((option) => option.value === value)).map(bare)];
  const shown = all.filter((option) => `${option.value} ${option.detail}`.toLowerCase().includes(typed.toLowerCase()));
  const full = max !== undefined && picked.length >= max;
  return (
    <Popover
      label={label}
      className={`scope-button ${first === undefined ? '' : 'picked'}`}
      onOpenChange={(open) => {
        if (open) props.onOpen?.();
        setTyped('');
      }}
      button={
        <>
          {props.icon}
          <span className="visually-hidden">{label}: </span>
          <span className="clip">
            {first === undefined ? props.all : others.length === 0 ? first : t.several(first, others.length)}
          </span>
          {props.mark}
          <IconChevronDown size={14} aria-hidden="true" />
        </>
      }
    >
      <div className="stack tight">
        {all.length > 6 ? (
          <input
            aria-label={t.narrow}
            placeholder={t.narrow}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        ) : null}
        {all.length === 0 ? <p className="muted">{props.none}</p> : null}
        <div className="options">
          {shown.map(({ value, detail }) => {
            const checked = picked.includes(value);
            return (
              <label key={value} className="option">
                <input
                  type="checkbox"
                  checked={checked}
                  disabled={full && !checked}
                  onChange={() =>
                    props.onChange(checked ? picked.filter((other) => other !== value) : [...picked, value])
                  }
                />
                <span>{value}</span>
                <span className="muted">{detail}</span>
              </label>
            );
          })}
        </div>
        {full ? <p className="muted">{t.tooMany}</p> : null}
        {first === undefined ? null : (
          <button type="button" className="button small" onClick={() => props.onChange([])}>
            {props.all}
          </button>
        )}
      </div>
    </Popover>
  );
}

const bare = (value: string): Option => ({ value, detail: '' });
