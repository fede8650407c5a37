import type { ReleasePreview } from '@quarterdeck/contracts';
import { diffLines } from '@quarterdeck/ui/diff-lines';

type Finding = ReleasePreview['findings'][number];

type Changed = {
  cluster: string;
  kind: string;
  name: string;
  change: string;
  before?: string | undefined;
  after?: string | undefined;
};

/**
 * Changes that are alike in several clusters: once, with the clusters. What does not change around them may differ, such
 * as the name of the cluster in a variable: the first one's is shown.
 */
export function mergeSame<C extends Changed>(changes: readonly C[]): { item: C; clusters: string[] }[] {
  const groups = Map.groupBy(changes, ({ kind, name, change, before, after }) =>
    JSON.stringify([kind, name, change, changedLines(before, after)]),
  );
  return [...groups.values()].flatMap((group) =>
    group[0] === undefined ? [] : [{ item: group[0], clusters: group.map(({ cluster }) => cluster).sort() }],
  );
}

const order: Record<Finding['level'], number> = { block: 0, warn: 1, info: 2 };

/** What was found alike in several clusters: once, with the clusters; what stands in the way first. */
export function mergeFindings(
  targets: readonly { cluster: string; findings: readonly Finding[] }[],
): { finding: Finding; clusters: string[] }[] {
  const found = targets.flatMap(({ cluster, findings }) => findings.map((finding) => ({ finding, cluster })));
  const groups = Map.groupBy(found, ({ finding }) => JSON.stringify(finding));
  return [...groups.values()]
    .flatMap((group) =>
      group[0] === undefined
        ? []
        : [{ finding: group[0].finding, clusters: [...new Set(group.map(({ cluster }) => cluster))].sort() }],
    )
    .toSorted((a, b) => order[a.finding.level] - order[b.finding.level]);
}

function changedLines(before = '', after = ''): (string | number)[][] {
  return diffLines(before, after).flatMap(({ kind, text }, index) => (kind === 'same' ? [] : [[index, kind, text]]));
}
