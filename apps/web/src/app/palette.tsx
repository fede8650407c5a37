import type { InventoryObject, Me } from '@quarterdeck/contracts';
import { listApplications } from '@quarterdeck/contracts/applications';
import { searchObjects } from '@quarterdeck/contracts/inventory';
import { Dialog, StatusDot } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useId, useState } from 'react';
import { clusterStatus } from '../features/clusters/index.ts';
import { type BulkAction, BulkDeed } from '../features/inventory/index.ts';
import { api } from '../platform/api.ts';
import { Completeness } from '../platform/completeness.tsx';
import { useFleet } from '../platform/fleet.tsx';
import { useKinds } from '../platform/kinds.ts';
import { objectPath, workloadPath } from '../platform/object-path.ts';
import { navigationFor } from './navigation.ts';
import { actionsOfCluster, actionsOfObject, type Lead } from './palette-actions.ts';
import { type Entry, grouped, inGroups, matching, modeOf } from './palette-entries.ts';
import { recents, starred, toggleStar } from './recents.ts';
import { t } from './shell.messages.ts';
import { applyTheme } from './theme.ts';
import { titleOf } from './title.ts';

const debounceMs = 120;
const shownAtOnce = 120;

const reachable = new Set(['connected', 'degraded']);

/** Pages and actions at once, objects of all clusters from the server; arrows choose, Enter goes, Tab shows actions. */
export function Palette({ me, onClose }: { me: Me; onClose: () => void }) {
  const navigate = useNavigate();
  const fleet = useFleet();
  const listId = useId();
  const [typed, setTyped] = useState('');
  const [asked, setAsked] = useState('');
  const [chosen, setChosen] = useState(0);
  const [opened, setOpened] = useState<Entry | undefined>();
  const [deed, setDeed] = useState<{ action: BulkAction; row: InventoryObject } | undefined>();
  const known = useKinds();
  const { mode, kind, words } = modeOf(typed, known);
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
  const lead: Lead = { go, ask: (action, row) => () => setDeed({ action, row }) };
  const pages = navigationFor(me.permissionsSomewhere)
    .flatMap((group) => [...group.items])
    .map(({ to, label }): Entry => ({ key: to, group: t.pages, label, detail: '', run: go(to) }));
  const kinds = known.map(
    ({ group, plural, kind: name, count }): Entry => ({
      key: `kind ${group}/${plural}`,
      group: t.kinds,
      label: name,
      detail: `:${plural} · ${group === 'core' ? '' : `${group} · `}${count.toLocaleString()}`,
      run: go(`/inventory/${group}/${plural}`),
    }),
  );
  const here = {
    title: titleOf(location.pathname).replace(/ · Quarterdeck$/, ''),
    to: location.pathname + location.search,
  };
  const clusterHere = /^\/clusters\/([^/]+)/.exec(location.pathname)?.[1];
  const hereActions =
    fleet?.some(({ slug }) => slug === clusterHere) === true ? actionsOfCluster(clusterHere ?? '', lead) : [];
  const isStarred = starred().some((place) => place.to === here.to);
  const actions: Entry[] = [
    { key: 'new', label: t.newApplication, group: t.actions, detail: '', run: go('/applications/new') },
    { key: 'register', label: t.registerCluster, group: t.actions, detail: '', run: go('/clusters/register') },
    {
      key: 'copy',
      group: t.actions,
      label: t.copyLink,
      detail: '',
      run: () => void navigator.clipboard.writeText(location.href),
    },
    {
      key: 'star',
      group: t.actions,
      label: isStarred ? t.unstar : t.star,
      detail: here.title,
      run: () => void toggleStar(here),
    },
    ...(['light', 'dark', 'system'] as const).map(
      (theme): Entry => ({
        key: theme,
        group: t.actions,
        label: t.themeNamed(t.themes[theme].toLowerCase()),
        detail: '',
        run: () => applyTheme(theme),
      }),
    ),
  ];
  const clusters = (fleet ?? []).map(
    (cluster): Entry => ({
      key: cluster.id,
      group: t.clusters,
      label: cluster.slug,
      detail: [clusterStatus(cluster).word, cluster.labels.tier, cluster.labels.region].filter(Boolean).join(' · '),
      status: clusterStatus(cluster).status,
      run: go(`/clusters/${cluster.slug}`),
      actions: () => actionsOfCluster(cluster.slug, lead),
    }),
  );
  const objects = (found.data?.groups ?? [])
    .filter((group) => kind === undefined || (group.plural === kind.plural && group.group === kind.group))
    .flatMap((group): Entry[] => [
      ...group.items.map(
        (item): Entry => ({
          key: `object ${item.id}`,
          group: group.kind,
          label: item.name,
          detail: [item.cluster, item.namespace, item.statusText].filter(Boolean).join(' · '),
          status: item.health,
          run: go(group.plural === 'deployments' ? workloadPath(item) : objectPath(item)),
          actions: () => actionsOfObject(item, lead),
        }),
      ),
      ...(group.more
        ? [
            {
              key: `more ${group.group}/${group.plural}`,
              group: group.kind,
              label: t.allOf(group.plural, asked),
              detail: '',
              run: go(`/inventory/${group.group}/${group.plural}?q=${encodeURIComponent(asked)}`),
            },
          ]
        : []),
    ]);
  const owned = (applications.data?.items ?? []).flatMap((application): Entry[] => [
    {
      key: application.id,
      group: t.applications,
      label: application.slug,
      detail: application.project,
      run: go(`/applications/${application.project}/${application.slug}`),
    },
    ...application.environments.flatMap((environment) => {
      const number = Math.max(0, ...environment.targets.map((target) => target.currentReleaseNumber ?? 0));
      if (number === 0) return [];
      return [
        {
          key: `${application.id} ${environment.name}`,
          group: t.releases,
          label: `${application.slug} ${environment.name} #${number}`,
          detail: '',
          run: go(`/applications/${application.project}/${application.slug}/${environment.name}/releases/${number}`),
        },
      ];
    }),
  ]);
  const places = (list: ReturnType<typeof recents>, group: string) =>
    list.map(({ title, to }): Entry => ({ key: `${group} ${to}`, group, label: title, detail: '', run: go(to) }));

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
              : // What is looked for first: the list is one line further down, or all there is.
                [...objects, ...kinds.filter(({ key }) => key === `kind ${kind.group}/${kind.plural}`)]
            : words === ''
              ? [
                  ...hereActions,
                  ...places(starred(), t.starred),
                  ...places(recents().slice(0, 6), t.recent),
                  ...pages,
                  ...actions,
                ]
              : [
                  ...matching(pages, words),
                  ...matching(kinds, words),
                  ...matching(clusters, words),
                  ...owned,
                  ...objects,
                  ...matching(actions, words),
                ];
  const shown = inGroups(opened?.actions === undefined ? entries : matching(opened.actions(), typed.trim())).slice(
    0,
    shownAtOnce,
  );
  const at = Math.min(chosen, Math.max(0, shown.length - 1));
  const choose = (entry: Entry | undefined) => {
    if (entry === undefined) return;
    if (entry.stays !== true) onClose();
    entry.run();
  };
  /** @param entry `undefined`: back to where its actions were opened */
  const show = (entry: Entry | undefined) => {
    if (entry?.actions === undefined && opened === undefined) return;
    setOpened(entry);
    setTyped(entry === undefined ? (opened?.label ?? '') : '');
    setChosen(0);
  };
  if (deed !== undefined) {
    const away = new Set((fleet ?? []).filter(({ state }) => !reachable.has(state)).map(({ slug }) => slug));
    return <BulkDeed action={deed.action} rows={[deed.row]} away={away} onClose={onClose} />;
  }
  return (
    <Dialog title={t.palette} onClose={onClose}>
      <input
        aria-label={t.search}
        role="combobox"
        aria-expanded={shown.length > 0}
        aria-controls={listId}
        aria-activedescendant={shown.length > 0 ? `${listId}-${at}` : undefined}
        placeholder={opened === undefined ? t.paletteHint : t.actionsOf(opened.label)}
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
          if (event.key === 'Tab' && !event.shiftKey && shown[at]?.actions !== undefined) {
            event.preventDefault();
            event.stopPropagation();
            show(shown[at]);
          }
          if (event.key === 'Backspace' && typed === '' && opened !== undefined) {
            event.preventDefault();
            show(undefined);
          }
        }}
      />
      <div className="palette-list" id={listId} role="listbox" aria-label={t.palette}>
        {grouped(shown).map(({ group, entries: mine }) => (
          // biome-ignore lint/a11y/useSemanticElements: groups of options have no element of their own
          <div key={group} role="group" aria-label={group}>
            <div className="palette-group" aria-hidden="true">
              {group}
            </div>
            {mine.map(({ entry, index }) => (
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
                <strong>{entry.label}</strong> <span className="muted clip grow">{entry.detail}</span>
                {entry.actions === undefined ? null : (
                  <span
                    className="entry-actions"
                    aria-hidden="true"
                    title={t.tabActions}
                    onClick={(event) => {
                      event.stopPropagation();
                      show(entry);
                    }}
                  >
                    {t.tabKey}
                  </span>
                )}
              </div>
            ))}
          </div>
        ))}
      </div>
      {words !== '' && shown.length === 0 && !found.isFetching && !applications.isFetching ? (
        <p className="muted">{t.nothingFound(words)}</p>
      ) : null}
      {opened === undefined ? (
        <Completeness clusters={found.data?.clusters} onRetry={() => void found.refetch()} />
      ) : null}
      <span className="muted palette-help">{t.paletteHelp}</span>
    </Dialog>
  );
}
