import type { Application } from '@quarterdeck/contracts';
import type { Scope } from '../../platform/scope.ts';

type Environment = Application['environments'][number];
export type Target = Environment['targets'][number];

/** One application in one environment; its targets by the name of their cluster. */
export type GridRow = {
  id: string;
  application: Application;
  environment: Environment;
  targets: ReadonlyMap<string, readonly Target[]>;
  /** Whether it fails somewhere: such rows come first. */
  isFailing: boolean;
};

/** Columns that a person still takes in; what is in further clusters is summed up in one more. */
export const mostClusters = 16;

/** The rows of applications that lie in a scope, those that fail first, else in the order that is given. */
export function gridRows(applications: readonly Application[], scope: Scope): GridRow[] {
  return applications
    .flatMap((application) =>
      application.environments
        .filter(({ name }) => scope.env.length === 0 || scope.env.includes(name))
        .map((environment) => toRow(application, environment, scope.clusters)),
    )
    .filter(({ targets }) => scope.clusters.length === 0 || targets.size > 0)
    .toSorted((a, b) => Number(b.isFailing) - Number(a.isFailing));
}

function toRow(application: Application, environment: Environment, clusters: readonly string[]): GridRow {
  const targets = environment.targets.filter(({ cluster }) => clusters.length === 0 || clusters.includes(cluster));
  return {
    id: `${application.id} ${environment.environmentId}`,
    application,
    environment,
    targets: Map.groupBy(targets, ({ cluster }) => cluster),
    isFailing: targets.some(({ health, state }) => health === 'failed' && state !== 'paused'),
  };
}

/** Rows that a filter leaves: every word of it is part of the application's name, project, team or environment. */
export function filterRows(rows: readonly GridRow[], words: string): readonly GridRow[] {
  const parts = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (parts.length === 0) return rows;
  return rows.filter(({ application: { slug, displayName, project, team }, environment: { name } }) => {
    const text = `${slug} ${displayName} ${project} ${team ?? ''} ${name}`.toLowerCase();
    return parts.every((part) => text.includes(part));
  });
}

/** Clusters that are columns, by name: those of most rows where there are too many; and how many are left over. */
export function gridClusters(rows: readonly GridRow[]): { shown: string[]; rest: ReadonlySet<string> } {
  const counts = new Map<string, number>();
  for (const { targets } of rows)
    for (const cluster of targets.keys()) counts.set(cluster, (counts.get(cluster) ?? 0) + 1);
  const byUse = [...counts].toSorted(([a, m], [b, n]) => n - m || a.localeCompare(b)).map(([cluster]) => cluster);
  return {
    shown: byUse.slice(0, mostClusters).toSorted((a, b) => a.localeCompare(b)),
    rest: new Set(byUse.slice(mostClusters)),
  };
}

/** What is wrong in a row, the worst of it, with its clusters; `undefined` where nothing is. */
export function troubleOf({ targets }: GridRow): { clusters: string[]; reason: string | undefined } | undefined {
  const failed = [...targets.values()].flat().filter(({ health, state }) => health === 'failed' && state !== 'paused');
  if (failed.length === 0) return undefined;
  const reason = failed.find(({ healthReason }) => healthReason !== undefined)?.healthReason;
  const same = failed.filter(({ healthReason }) => healthReason === reason);
  return { clusters: [...new Set(same.map(({ cluster }) => cluster))].toSorted(), reason };
}

/** The tag of an image, or as much of its digest as tells it from others. */
export function versionOf(image: string | undefined): string | undefined {
  if (image === undefined) return undefined;
  const name = image.slice(image.lastIndexOf('/') + 1);
  const [tagged = '', digest] = name.split('@');
  const [, tag] = tagged.split(':');
  return tag ?? digest?.replace(/^sha256:/, '').slice(0, 12);
}
