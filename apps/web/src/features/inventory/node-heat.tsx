import type { InventoryNode } from '@quarterdeck/contracts';
import { t } from './inventory.messages.ts';
import { heatOf, loadOf, type Measure, meanLoad, troubleOf } from './node-load.ts';

/** Nodes that stand side by side in a narrow panel. */
const inOneRow = 14;

/** A square a node, by cluster, darker where more is requested; what is wrong with one stands in its square. */
export function NodeHeat(props: {
  nodes: readonly InventoryNode[];
  measure: Measure;
  away: ReadonlySet<string>;
  onOpen: (node: InventoryNode) => void;
}) {
  const { measure } = props;
  const clusters = [...Map.groupBy(props.nodes, ({ cluster }) => cluster)].sort(([a], [b]) => a.localeCompare(b));
  return (
    <div className="stack">
      <ul className="legend" aria-label={t.legend(t.measures[measure])}>
        {[0, 1, 2, 3, 4, 5].map((step) => (
          <li key={step} className="row">
            <span className="heat" data-step={step} aria-hidden="true" />
            {t.steps[step]}
          </li>
        ))}
      </ul>
      <div className="heat-clusters">
        {clusters.map(([cluster, nodes]) => (
          <section
            key={cluster}
            className={`panel stack ${nodes.length > inOneRow ? 'large' : ''}`}
            aria-label={cluster}
          >
            <div className="spread">
              <h2>{cluster}</h2>
              <span className="muted">
                {props.away.has(cluster) ? `${t.lastKnown} ` : ''}
                {t.nodesAt(nodes.length, percent(meanLoad(nodes, measure)))}
              </span>
            </div>
            <div className="heats">
              {nodes
                .toSorted((a, b) => a.name.localeCompare(b.name))
                .map((node) => (
                  <Square key={node.id} node={node} measure={measure} onOpen={() => props.onOpen(node)} />
                ))}
            </div>
          </section>
        ))}
      </div>
    </div>
  );
}

function Square({ node, measure, onOpen }: { node: InventoryNode; measure: Measure; onOpen: () => void }) {
  const load = loadOf(node, measure);
  const trouble = node.health === 'healthy' ? [] : [node.statusText, ...troubleOf(node)];
  const words = `${node.name}: ${t.measures[measure]} ${percent(load)}${trouble.length === 0 ? '' : `, ${trouble.join(', ')}`}`;
  return (
    <button
      type="button"
      className={`heat ${node.health}`}
      data-step={heatOf(load)}
      title={words}
      aria-label={words}
      onClick={onOpen}
    >
      <span aria-hidden="true">{node.health === 'failed' ? '✕' : trouble.length > 0 ? '!' : short(load)}</span>
    </button>
  );
}

export function percent(load: number | undefined): string {
  return load === undefined ? t.unknown : `${Math.round(load * 100)}%`;
}

const short = (load: number | undefined) => (load === undefined ? '?' : String(Math.round(load * 100)));
