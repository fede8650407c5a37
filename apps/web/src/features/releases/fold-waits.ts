import type { ReleaseWait } from '@quarterdeck/contracts';

export type FoldedWait = { key: string; wait: ReleaseWait; clusters: readonly string[] };

/** What a release stands still for, said once for all clusters that stand still for the same; clusters by name. */
export function foldWaits(waits: readonly ReleaseWait[]): FoldedWait[] {
  const alike = (wait: ReleaseWait) =>
    wait.for === 'decision' || wait.for === 'cluster' ? wait.for : JSON.stringify(wait);
  return [...Map.groupBy(waits, alike)].flatMap(([key, same]) => {
    const [wait] = same;
    return wait === undefined
      ? []
      : { key, wait, clusters: [...new Set(same.flatMap(({ name }) => name ?? []))].sort() };
  });
}
