const key = 'quarterdeck.milestones';

/** What somebody did in the portal that leaves no trace on the server, because it changes nothing there. */
export const milestones = ['saw-failing', 'found-pod', 'opened-cluster', 'read-logs'] as const;
export type Milestone = (typeof milestones)[number];

/** Those reached in this browser. */
export function reached(): readonly Milestone[] {
  const kept = localStorage.getItem(key)?.split(' ') ?? [];
  return milestones.filter((milestone) => kept.includes(milestone));
}

export function reach(milestone: Milestone): void {
  const before = reached();
  if (!before.includes(milestone)) localStorage.setItem(key, [...before, milestone].join(' '));
}
