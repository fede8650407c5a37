import type { InventoryObject, LiveObject } from '@quarterdeck/contracts';
import { StatusDot } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useKinds } from '../../platform/kinds.ts';
import { objectPath, workloadPath } from '../../platform/object-path.ts';
import { t } from './workloads.messages.ts';
import { type Address, liveObjectQuery, ownedQuery, podsOfQuery, rowQuery } from './workloads.queries.ts';

type Owner = LiveObject['owners'][number];

/** The tree an object stands in: its owners above, what it made below. */
export function Related({ row, owners }: { row: InventoryObject; owners: readonly Owner[] }) {
  const [owner] = owners;
  return (
    <section className="panel stack" aria-label={t.related}>
      <h2>{t.related}</h2>
      {owner === undefined ? (
        <ul className="tree">
          <Branch row={row} here />
        </ul>
      ) : (
        <Above owner={owner} below={row}>
          <Branch row={row} here />
        </Above>
      )}
    </section>
  );
}

/** The owner of what stands below, and whoever owns it in turn. */
function Above({ owner, below, children }: { owner: Owner; below: InventoryObject; children: React.ReactNode }) {
  const slash = owner.apiVersion.indexOf('/');
  const ofGroup = slash === -1 ? 'core' : owner.apiVersion.slice(0, slash);
  const plural = useKinds().find(({ kind, group }) => kind === owner.kind && group === ofGroup)?.plural;
  const address: Address = {
    clusterId: below.clusterId,
    cluster: below.cluster,
    group: ofGroup,
    plural: plural ?? '',
    namespace: below.namespace ?? '_',
    name: owner.name,
  };
  const row = useQuery({ ...rowQuery(address), enabled: plural !== undefined });
  const live = useQuery({ ...liveObjectQuery(address), enabled: plural !== undefined });
  const above = live.data?.owners[0];
  const node = (
    <li>
      {row.data === null || row.data === undefined ? (
        <span>
          {owner.kind} {owner.name}
        </span>
      ) : (
        <Name row={row.data} />
      )}
      <ul>{children}</ul>
    </li>
  );
  if (above === undefined || row.data === null || row.data === undefined) return <ul className="tree">{node}</ul>;
  return (
    <Above owner={above} below={row.data}>
      {node}
    </Above>
  );
}

const madeBy: Readonly<Record<string, string>> = {
  deployments: 'replicasets',
  replicasets: 'pods',
  statefulsets: 'pods',
  daemonsets: 'pods',
  cronjobs: 'jobs',
  jobs: 'pods',
};

/** An object and what it made, worst first. */
function Branch({ row, here = false }: { row: InventoryObject; here?: boolean }) {
  const made = madeBy[row.plural];
  const owned = useQuery({ ...ownedQuery(made ?? 'pods', row), enabled: made !== undefined });
  const reached = row.plural === 'services' || row.plural === 'nodes';
  const pods = useQuery({ ...podsOfQuery(row), ...(reached ? {} : { enabled: false }) });
  const below = made === undefined ? pods.data : owned.data;
  const items = (below?.items ?? []).toSorted((a, b) => Number((b.desired ?? 1) > 0) - Number((a.desired ?? 1) > 0));
  const more = (below?.total ?? 0) - items.length;
  return (
    <li>
      <Name row={row} here={here} />
      {items.length === 0 ? null : (
        <ul>
          {items.map((item) => (
            <Branch key={item.id} row={item} />
          ))}
          {more > 0 ? (
            <li className="muted">
              <Link
                to="/inventory/$group/$plural"
                params={{ group: 'core', plural: 'pods' }}
                search={{ clusters: row.cluster, namespaces: row.namespace } as never}
              >
                {t.more(more)}
              </Link>
            </li>
          ) : null}
        </ul>
      )}
    </li>
  );
}

function Name({ row, here = false }: { row: InventoryObject; here?: boolean }) {
  return (
    <span className="row">
      <StatusDot status={row.health}>
        <span className="muted">{row.kind}</span>
      </StatusDot>
      {here ? <strong>{row.name}</strong> : <Link to={objectPath(row)}>{row.name}</Link>}
      <span className="muted">{row.statusText}</span>
      {row.plural === 'deployments' && row.namespace !== undefined ? (
        <Link to={workloadPath(row)} className="muted">
          {t.allClusters}
        </Link>
      ) : null}
    </span>
  );
}
