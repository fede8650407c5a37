import { searchObjects } from '@quarterdeck/contracts/inventory';
import { CompletenessBar, Dialog } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { api } from '../platform/api.ts';

const pages = [
  ['Home', '/'],
  ['Applications', '/applications'],
  ['New application', '/applications/new'],
  ['Releases', '/releases'],
  ['Templates', '/templates'],
  ['Clusters', '/clusters'],
  ['Register a cluster', '/clusters/register'],
  ['Workloads', '/workloads'],
  ['Nodes', '/nodes'],
  ['Pods', '/inventory/core/pods'],
  ['Services', '/inventory/core/services'],
  ['Audit', '/audit'],
] as const;

const debounceMs = 120;

type Entry = { key: string; label: string; detail: string; go: () => void };

/** Pages at once, objects of all clusters from the server; arrows choose, Enter goes. */
export function Palette({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const [asked, setAsked] = useState('');
  const [chosen, setChosen] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(typed.trim()), debounceMs);
    return () => clearTimeout(timer);
  }, [typed]);
  const found = useQuery({
    queryKey: ['inventory', 'search', asked],
    enabled: asked.length >= 2,
    queryFn: ({ signal }) => api.call(searchObjects, { query: { q: asked, limit: 6 } }, { signal }),
  });
  const entries: Entry[] = [
    ...pages
      .filter(([label]) => label.toLowerCase().includes(typed.toLowerCase()))
      .map(([label, to]) => ({ key: to, label, detail: 'Page', go: () => void navigate({ to }) })),
    ...(found.data?.groups ?? []).flatMap((group) =>
      group.items.map((item) => ({
        key: item.id,
        label: item.name,
        detail: `${group.kind} · ${item.namespace ?? 'cluster'} · ${item.cluster} · ${item.statusText}`,
        go: () =>
          void navigate({
            to: '/inventory/$group/$plural',
            params: {
              group: ['deployments', 'replicasets'].includes(group.plural) ? 'apps' : 'core',
              plural: group.plural,
            },
            search: { q: item.name, clusters: item.cluster, peek: item.id } as never,
          }),
      })),
    ),
  ];
  const choose = (entry: Entry | undefined) => {
    if (entry === undefined) return;
    entry.go();
    onClose();
  };
  return (
    <Dialog title="Search or go to" onClose={onClose}>
      <input
        aria-label="Search"
        placeholder="A page, or part of the name of any object in any cluster"
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setChosen(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setChosen((index) => Math.min(index + 1, entries.length - 1));
          if (event.key === 'ArrowUp') setChosen((index) => Math.max(index - 1, 0));
          if (event.key === 'Enter') choose(entries[chosen]);
        }}
      />
      <ul className="palette-list">
        {entries.slice(0, 30).map((entry, index) => (
          <li key={entry.key} data-chosen={index === chosen}>
            <button type="button" className="button plain grow" onClick={() => choose(entry)}>
              <strong>{entry.label}</strong> <span className="muted">{entry.detail}</span>
            </button>
          </li>
        ))}
      </ul>
      {asked.length >= 2 && found.data?.groups.length === 0 ? (
        <p className="muted">No object’s name holds “{asked}”.</p>
      ) : null}
      <CompletenessBar clusters={found.data?.clusters} />
    </Dialog>
  );
}
