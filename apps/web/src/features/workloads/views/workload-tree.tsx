import type { WorkloadTree as Tree } from '@quarterdeck/contracts';
import { ProblemAlert, Skeleton, StatusDot } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type KeyboardEvent, useMemo, useState } from 'react';
import { problemOf } from '../../../platform/api.ts';
import { Completeness } from '../../../platform/completeness.tsx';
import { objectPath } from '../../../platform/object-path.ts';
import { type Card, type Layout, layoutOf, type Placed, type TreeNode } from './tree-layout.ts';
import { t } from './views.messages.ts';
import { treeQuery, type Viewed } from './views.queries.ts';

const card = { width: 192, height: 52 };
const gap = { x: 40, y: 8 };
const left = (column: number) => column * (card.width + gap.x);
const top = (row: number) => row * (card.height + gap.y);

/** What stands around a workload: what means it, what it made, who sends to its pods, what they use. */
export function WorkloadTree({ workload }: { workload: Viewed }) {
  const tree = useQuery(treeQuery(workload));
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  if (tree.isPending) return <Skeleton rows={8} />;
  if (tree.isError) return <ProblemAlert problem={problemOf(tree.error)} onRetry={() => void tree.refetch()} />;
  const { data } = tree;
  return (
    <>
      <Completeness clusters={[data.cluster]} only="bar" onRetry={() => void tree.refetch()} />
      <section className="panel stack" aria-label={t.treeOf(workload.name)}>
        <div className="spread">
          <span className="muted">{t.shown(data.nodes.length)}</span>
          <span className="row">
            {open.size === 0 ? null : (
              <button type="button" className="button small" onClick={() => setOpen(new Set())}>
                {t.fold}
              </button>
            )}
            <Completeness clusters={[data.cluster]} only="chip" />
          </span>
        </div>
        {data.cut ? <p className="notice">{t.cut}</p> : null}
        {data.unseen.length === 0 ? null : <p className="muted">{t.unseen(data.unseen.join(', '))}</p>}
        <Graph
          tree={data}
          workload={workload}
          open={open}
          onOpen={(key) => setOpen((before) => new Set(before).add(key))}
        />
      </section>
    </>
  );
}

function Graph(props: { tree: Tree; workload: Viewed; open: ReadonlySet<string>; onOpen: (key: string) => void }) {
  const { tree, workload } = props;
  const layout = useMemo(() => layoutOf(tree, props.open), [tree, props.open]);
  const [near, setNear] = useState<string>();
  const lit = useMemo(() => reachedFrom(layout, near), [layout, near]);
  const said = useMemo(() => relationsOf(tree), [tree]);
  const makers = useMemo(() => makersOf(tree), [tree]);
  const width = left(layout.columns) - gap.x;
  const height = top(layout.rows) - gap.y;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrows only move between the links inside.
    <div className="graph" onKeyDown={moveBetween}>
      <svg width={width} height={height} aria-hidden="true">
        {linesOf(layout).map(({ key, path, from, to, relation }) => (
          <path
            key={key}
            d={path}
            className={`graph-line ${relation}${near === undefined ? '' : from === near || to === near ? ' lit' : ' dim'}`}
          />
        ))}
      </svg>
      <ul style={{ width, height }}>
        {layout.placed.map((placed) => {
          const { key } = placed.card;
          const isDim = near !== undefined && !lit.has(key);
          return (
            <li
              key={key}
              data-column={placed.column}
              data-row={placed.row}
              className={isDim ? 'dim' : undefined}
              style={{ left: left(placed.column), top: top(placed.row), width: card.width, height: card.height }}
              onPointerEnter={() => setNear(key)}
              onPointerLeave={() => setNear(undefined)}
              onFocus={() => setNear(key)}
              onBlur={() => setNear(undefined)}
            >
              <OneCard
                card={placed.card}
                isRoot={key === tree.root}
                cluster={workload.cluster}
                said={said.get(key)}
                maker={makers.get(key)}
                onOpen={() => props.onOpen(key)}
              />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function OneCard(props: {
  card: Card;
  isRoot: boolean;
  cluster: string;
  said: string | undefined;
  maker: string | undefined;
  onOpen: () => void;
}) {
  const { card: shown } = props;
  if (shown.kind === 'folded') {
    const trouble = shown.nodes.filter(({ health }) => health !== 'healthy').length;
    return (
      <button type="button" className="graph-card fold" onClick={props.onOpen}>
        <strong>{t.folded(shown.nodes.length, shown.plural)}</strong>
        <StatusDot status={trouble === 0 ? 'healthy' : 'degraded'}>
          {trouble === 0 ? t.foldedHealthy : t.foldedTrouble(trouble)}
        </StatusDot>
      </button>
    );
  }
  const { node } = shown;
  const note = noteOf(node);
  return (
    <Link
      to={objectPath({ ...node, cluster: props.cluster })}
      className={`graph-card ${node.health}${props.isRoot ? ' root' : ''}`}
      title={`${node.kind} ${node.name}`}
      aria-current={props.isRoot ? 'true' : undefined}
    >
      <strong className="ellipsis">{shortName(node.name, props.maker)}</strong>
      <span className="graph-state">
        <StatusDot status={node.health}>{node.kind}</StatusDot>
        <span className="ellipsis muted">
          {node.statusText}
          {note === undefined ? '' : ` · ${note}`}
        </span>
      </span>
      {props.said === undefined ? null : <span className="visually-hidden">, {props.said}</span>}
    </Link>
  );
}

/** What an object is named after stands to its left: its end tells it apart. */
function shortName(name: string, maker: string | undefined): string {
  return maker !== undefined && name.startsWith(`${maker}-`) ? `…${name.slice(maker.length)}` : name;
}

/** Names of owners by the uid of what they made. */
function makersOf({ nodes, edges }: Tree): Map<string, string> {
  const nameOf = new Map(nodes.map(({ uid, name }) => [uid, name]));
  const owns = edges.filter(({ relation }) => relation === 'owns');
  return new Map(owns.map(({ from, to }) => [to, nameOf.get(from) ?? '']));
}

function noteOf({ revision, restarts = 0 }: TreeNode): string | undefined {
  if (revision !== undefined) return t.revision(revision);
  return restarts > 0 ? t.restarts(restarts) : undefined;
}

/** What has a line to a card, and the card itself. */
function reachedFrom({ lines }: Layout, key: string | undefined): ReadonlySet<string> {
  const found = lines.flatMap(({ from, to }) => (from === key ? [to] : to === key ? [from] : []));
  return new Set(key === undefined ? [] : [key, ...found]);
}

const saidAtMost = 4;

/** For each object in words what the lines to it show: `made by cart-7d9f, reached by cart`. */
function relationsOf({ nodes, edges }: Tree): Map<string, string> {
  const nameOf = new Map(nodes.map(({ uid, kind, name }) => [uid, `${kind} ${name}`]));
  const byTarget = Map.groupBy(edges, ({ to }) => to);
  return new Map(
    [...byTarget].map(([uid, incoming]) => [
      uid,
      incoming
        .slice(0, saidAtMost)
        .map(({ from, relation }) => `${t.relations[relation]} ${nameOf.get(from) ?? ''}`)
        .join(', '),
    ]),
  );
}

/** Lines as curves between the sides of cards that face each other. */
function linesOf({ placed, lines }: Layout) {
  const at = new Map(placed.map((one) => [one.card.key, one]));
  return lines.flatMap(({ from, to, relation }) => {
    const [a, b] = [at.get(from), at.get(to)];
    if (a === undefined || b === undefined) return [];
    return { key: `${from} ${to}`, path: curveOf(a, b), from, to, relation };
  });
}

function curveOf(a: Placed, b: Placed): string {
  const [first, second] = a.column <= b.column ? [a, b] : [b, a];
  const y = ({ row }: Placed) => top(row) + card.height / 2;
  const [x1, x2] = [left(first.column) + card.width, left(second.column)];
  // Two of one column: around their right side.
  if (first.column === second.column) {
    const x = x1 + gap.x / 2;
    return `M ${x1} ${y(first)} C ${x} ${y(first)}, ${x} ${y(second)}, ${x1} ${y(second)}`;
  }
  const bend = gap.x * 0.6;
  return `M ${x1} ${y(first)} C ${x1 + bend} ${y(first)}, ${x2 - bend} ${y(second)}, ${x2} ${y(second)}`;
}

/** Arrows go to the next card of the column, or to the nearest of the next column. */
function moveBetween(event: KeyboardEvent<HTMLElement>): void {
  const steps: Record<string, [number, number]> = {
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
  };
  const step = steps[event.key];
  const here = (event.target as HTMLElement).closest('li');
  if (step === undefined || here === null) return;
  const placeOf = (item: HTMLElement) => ({ column: Number(item.dataset.column), row: Number(item.dataset.row) });
  const { column, row } = placeOf(here);
  const [dx, dy] = step;
  const target = [...event.currentTarget.querySelectorAll('li')]
    .filter((item) => placeOf(item).column === column + dx && (dx !== 0 || placeOf(item).row === row + dy))
    .toSorted((a, b) => Math.abs(placeOf(a).row - row) - Math.abs(placeOf(b).row - row))[0];
  if (target === undefined) return;
  event.preventDefault();
  target.querySelector<HTMLElement>('a, button')?.focus();
}
