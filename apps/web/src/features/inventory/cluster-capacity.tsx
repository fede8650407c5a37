import type { InventoryNode } from '@quarterdeck/contracts';
import { MeterText, ProblemAlert, Skeleton, StatusDot } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { problemOf } from '../../platform/api.ts';
import { objectPath } from '../../platform/object-path.ts';
import { capacityOf, fullestNodes } from './capacity.ts';
import { t } from './cluster-parts.messages.ts';
import { bytesText } from './fact-columns.tsx';
import { namespaceLoadsQuery, nodesQuery } from './inventory.queries.ts';
import { percent } from './node-heat.tsx';
import { loadOf, type Measure, measures } from './node-load.ts';

const shownNodes = 5;
/** From here on a bar warns. */
const high = 0.8;

const amount = (measure: Measure, value: number) =>
  measure === 'memory' ? bytesText(value) : Number(value.toFixed(1)).toLocaleString();

/** How full a cluster is, which nodes have the least room, and what fails in it. */
export function ClusterCapacity({ cluster }: { cluster: string }) {
  const nodes = useQuery(nodesQuery({ clusters: cluster }));
  const loads = useQuery(namespaceLoadsQuery(cluster));
  if (nodes.isPending) return <Skeleton rows={5} />;
  if (nodes.data === undefined)
    return <ProblemAlert problem={problemOf(nodes.error)} onRetry={() => void nodes.refetch()} />;
  const { items } = nodes.data;
  // A part of the pods would look like room, and like peace.
  const isReading = loads.data === undefined || loads.data.clusters.some(({ state }) => state === 'syncing');
  const troubled = (loads.data?.items ?? [])
    .filter(({ inTrouble }) => inTrouble > 0)
    .toSorted((a, b) => b.inTrouble - a.inTrouble);
  return (
    <>
      <section className="tiles" aria-label={t.capacity}>
        {measures.map((measure) => (
          <Tile key={measure} nodes={items} measure={measure} isReading={isReading} />
        ))}
        <NodesTile nodes={items} cluster={cluster} />
      </section>
      <div className="columns halves">
        <section className="panel stack tight" aria-label={t.trouble}>
          <h2>{t.trouble}</h2>
          {isReading ? <p className="muted">{t.beingRead}</p> : null}
          {!isReading && troubled.length === 0 ? <StatusDot status="healthy">{t.noTrouble}</StatusDot> : null}
          <ul className="plain-list lines">
            {troubled.slice(0, 8).map(({ namespace, inTrouble }) => (
              <li key={namespace} className="spread">
                <Link
                  to="/inventory/$group/$plural"
                  params={{ group: 'core', plural: 'pods' }}
                  search={{ clusters: cluster, namespaces: namespace, health: 'failed,degraded' } as never}
                >
                  {namespace}
                </Link>
                <StatusDot status="failed">{t.podsInTrouble(inTrouble)}</StatusDot>
              </li>
            ))}
          </ul>
        </section>
        <section className="panel stack tight" aria-label={t.fullest}>
          <div className="spread">
            <h2>{t.fullest}</h2>
            <Link to="/clusters/$cluster/nodes" params={{ cluster }}>
              {t.seeAll}
            </Link>
          </div>
          {isReading ? <p className="muted">{t.beingRead}</p> : null}
          <ul className="plain-list lines">
            {(isReading ? [] : fullestNodes(items, shownNodes)).map((node) => (
              <li key={node.id} className="spread">
                <Link to={objectPath(node)}>{node.name}</Link>
                <span className="row wrap">
                  {(['cpu', 'memory'] as const).map((measure) => (
                    <MeterText key={measure} share={loadOf(node, measure)}>
                      {t.measures[measure].split(' ')[0]} {percent(loadOf(node, measure))}
                    </MeterText>
                  ))}
                </span>
              </li>
            ))}
          </ul>
        </section>
      </div>
    </>
  );
}

function Tile(props: { nodes: readonly InventoryNode[]; measure: Measure; isReading: boolean }) {
  const { nodes, measure, isReading } = props;
  const { used, room, share, isKnown } = capacityOf(nodes, measure);
  const level = share === undefined || share < high ? '' : share < 1 ? 'high' : 'full';
  return (
    <div className="panel">
      <span className="muted">{t.measures[measure]}</span>
      {isReading ? (
        <span className="muted">{t.beingRead}</span>
      ) : isKnown ? (
        <>
          <strong>{percent(share)}</strong>
          <div className={`stacked ${level}`} aria-hidden="true">
            <i style={{ width: `${Math.min(1, share ?? 0) * 100}%` }} />
          </div>
          <span className="muted">{t.ofRoom(amount(measure, used), amount(measure, room), t.units[measure])}</span>
        </>
      ) : (
        <span className="muted">{t.notSeen}</span>
      )}
    </div>
  );
}

function NodesTile({ nodes, cluster }: { nodes: readonly InventoryNode[]; cluster: string }) {
  const bad = nodes.filter(({ health }) => health !== 'healthy').length;
  return (
    <Link to="/clusters/$cluster/nodes" params={{ cluster }} className="panel">
      <span className="muted">{t.nodes}</span>
      <strong>{nodes.length.toLocaleString()}</strong>
      {nodes.length === 0 ? (
        <span className="muted">{t.noNodes}</span>
      ) : (
        <StatusDot status={bad === 0 ? 'healthy' : 'degraded'}>
          {bad === 0 ? t.nodesWell(nodes.length) : t.nodesBad(bad, nodes.length)}
        </StatusDot>
      )}
    </Link>
  );
}
