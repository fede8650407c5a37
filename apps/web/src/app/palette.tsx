import type { Me } from '@quarterdeck/contracts';
import { listApplications } from '@quarterdeck/contracts/applications';
import { inventoryKinds, searchObjects } from '@quarterdeck/contracts/inventory';
import { CompletenessBar, Dialog, StatusDot } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useId, useState } from 'react';
import { clusterStatus } from '../features/clusters/index.ts';
import { api } from '../platform/api.ts';
import { useFleet } from '../platform/fleet.tsx';
import { objectPath, workloadPath } from '../platform/object-path.ts';
import { navigationFor } from './navigation.ts';
import { type Entry, matching, modeOf } from './palette-entries.ts';
import { recents, starred, toggleStar } from './recents.ts';
import { t } from './shell.messages.ts';
import { applyTheme } from './theme.ts';
import { titleOf } from './title.ts';

const debounceMs = 120;
const shownAtOnce = 40;

/** Pages and actions at once, objects of all clusters from the server; arrows choose, Enter goes. */
export function Palette({ me, onClose }: { me: Me; onClose: () => void }) {
  const navigate = useNavigate();
  const fleet = useFleet();
  const listId = useId();
  const [typed, setTyped] = useState('');
  const [asked, setAsked] = useState('');
  const [chosen, setChosen] = useState(0);
  const { mode, kind, words } = modeOf(typed);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(words), debounceMs);
    return () => clearTimeout(timer);
  }, [words]);
  const found = useQuery({
    queryKey: ['inventory', 'search', asked],
    enabled: asked.length >= 2 && (mode === 'all' || mode === 'kind'),
    queryFn: ({ signal }) =>
      api.call(searchObjects, { query: { q: asked, limit: mode === 'kind' ? 30 : 6 } }, { signal }),
  });
  const applications = useQuery({
    queryKey: ['applications', 'palette', asked],
    enabled: mode === 'applications' || (mode === 'all' && asked.length >= 2),
    queryFn: ({ signal }) => api.call(listApplications, { query: { q: asked, limit: 20 } }, { signal }),
  });

  const go = (to: string) => () => void navigate({ to });
  const pages = navigationFor(me.permissionsSomewhere)
    .flatMap((group) => [...group.items])
    .map(({ to, label }): Entry => ({ key: to, label, detail: t.page, run: go(to) }));
  const kinds = inventoryKinds.map(
    ({ group, plural, kind: name }): Entry => ({
      key: plural,
      label: name,
      detail: `:${plural}`,
      run: go(`/inventory/${group}/${plural}`),
    }),
  );
  const here = {
    title: titleOf(location.pathname).replace(/ · Quarterdeck$/, ''),
    to: location.pathname + location.search,
  };
  const isStarred = starred().some((place) => place.to === here.to);
  const actions: Entry[] = [
    { key: 'new', label: t.newApplication, detail: t.action, run: go('/applications/new') },
    { key: 'register', label: t.registerCluster, detail: t.action, run: go('/clusters/register') },
    {
      key: 'copy',
      label: t.copyLink,
      detail: t.action,
      run: () => void navigator.clipboard.writeText(location.href),
    },
    { key: 'star', label: isStarred ? t.unstar : t.star, detail: here.title, run: () => void toggleStar(here) },
    ...(['light', 'dark', 'system'] as const).map(
      (theme): Entry => ({
        key: theme,
        label: t.themeNamed(t.themes[theme].toLowerCase()),
        detail: t.action,
        run: () => applyTheme(theme),
      }),
    ),
  ];
  const clusters = (fleet ?? []).map(
    (cluster): Entry => ({
      key: cluster.id,
      label: cluster.slug,
      detail: `${t.cluster} · ${clusterStatus(cluster).word}`,
      status: clusterStatus(cluster).status,
      run: go(`/clusters/${cluster.slug}`),
    }),
  );
  const objects = (found.data?.groups ?? [])
    .filter((group) => kind === undefined || group.plural === kind)
    .flatMap((group) =>
      group.items.map(
        (item): Entry => ({
          key: `object ${item.id}`,
          label: item.name,
          detail: `${group.kind} · ${item.namespace ?? ''} · ${item.cluster} · ${item.statusText}`,
          status: item.health,
          run: go(group.plural === 'deployments' ? workloadPath(item) : objectPath(item)),
        }),
      ),
    );
  const owned = (applications.data?.items ?? []).flatMap((application): Entry[] => [
    {
      key: application.id,
      label: application.slug,
      detail: `${t.application} · ${application.project}`,
      run: go(`/applications/${application.project}/${application.slug}`),
    },
    ...application.environments.flatMap((environment) => {
      const number = Math.max(0, ...environment.targets.map((target) => target.currentReleaseNumber ?? 0));
      if (number === 0) return [];
      return [
        {
          key: `${application.id} ${environment.name}`,
          label: `${application.slug} ${environment.name} #${number}`,
          detail: t.release,
          run: go(`/applications/${application.project}/${application.slug}/${environment.name}/releases/${number}`),
        },
      ];
    }),
  ]);
  const places = (list: ReturnType<typeof recents>, detail: string) =>
    list.map(({ title, to }): Entry => ({ key: `${detail} ${to}`, label: title, detail, run: go(to) }));

  const entries =
    mode === 'actions'
      ? matching(actions, words)
      : mode === 'clusters'
        ? matching(clusters, words)
        : mode === 'applications'
          ? owned
          : mode === 'kind'
            ? kind === undefined
              ? matching(kinds, words)
              : objects
            : words === ''
              ? [...places(starred(), t.starred), ...places(recents().slice(0, 6), t.recent), ...pages, ...actions]
              : [
                  ...matching(pages, words),
                  ...matching(kinds, words),
                  ...matching(clusters, words),
                  ...owned,
                  ...objects,
                  ...matching(actions, words),
                ];
  const shown = entries.slice(0, shownAtOnce);
  const at = Math.min(chosen, Math.max(0, shown.length - 1));
  const choose = (entry: Entry | undefined) => {
    if (entry === undefined) return;
    onClose();
    entry.run();
  };
  return (
    <Dialog title={t.palette} onClose={onClose}>
      <input
        aria-label={t.search}
        role="combobox"
        aria-expanded={shown.length > 0}
        aria-controls={listId}
        aria-activedescendant={shown.length > 0 ? `${listId}-${at}` : undefined}
        placeholder={t.paletteHint}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setChosen(0);
        }}
        onKeyDown={(event) => {
          const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
          if (step !== 0) {
            event.preventDefault();
            const next = Math.max(0, Math.min(at + step, shown.length - 1));
            setChosen(next);
            document.getElementById(`${listId}-${next}`)?.scrollIntoView({ block: 'nearest' });
          }
          if (event.key === 'Enter') choose(shown[at]);
        }}
      />
      <div className="palette-list" id={listId} role="listbox" aria-label={t.palette}>
        {shown.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: arrows and Enter of the field above choose
          <div
            key={entry.key}
            id={`${listId}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            onClick={() => choose(entry)}
            onPointerMove={() => setChosen(index)}
          >
            {entry.status === undefined ? null : <StatusDot status={entry.status}>{''}</StatusDot>}
            <strong>{entry.label}</strong> <span className="muted clip">{entry.detail}</span>
          </div>
        ))}
      </div>
      {words !== '' && shown.length === 0 && !found.isFetching && !applications.isFetching ? (
        <p className="muted">{t.nothingFound(words)}</p>
      ) : null}
      <div className="spread">
        <span className="muted palette-help">{t.paletteHelp}</span>
        <CompletenessBar clusters={found.data?.clusters} />
      </div>
    </Dialog>
  );
}
