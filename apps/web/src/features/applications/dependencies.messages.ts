/** Words of what applications need of each other. */
export const t = {
  dependencies: 'What it needs and what needs it',
  needs: 'Needs',
  needsHelp:
    'Applications that this one cannot work without: you are warned of them before a release, and when one fails.',
  needsNothing: 'Nothing is named yet.',
  neededBy: 'Needed by',
  application: 'Application',
  absent: 'Not there',
  theirs: (name: string) => `in ${name}`,
  inClusters: (clusters: readonly string[]) => (clusters.length === 0 ? '' : `in ${clusters.join(', ')}`),
  hidden: (count: number) => (count === 1 ? 'And one that you may not see.' : `And ${count} that you may not see.`),
  moreUsers: (shown: number, all: number) => `${shown.toLocaleString()} of ${all.toLocaleString()} are shown.`,
  add: 'Add',
  addLabel: 'An application that it needs',
  addExample: 'shop/web',
  remove: 'Remove',
} as const;
