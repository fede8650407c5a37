/** Names that are read at a glance; the others are counted. */
const most = 12;

function named(names: readonly string[]): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

const clusters = (count: number) => (count === 1 ? '1 cluster' : `${count} clusters`);

/** Words of what narrows an application in an environment. */
export const t = {
  all: 'All clusters of the environment',
  onlyLabels: (labels: string) => `Only clusters with ${labels}`,
  onlyClusters: (names: readonly string[]) => `Only ${named(names)}`,
  goneCluster: 'a cluster that is not there any more',
  nothingLeft: 'No cluster of the environment is left: releases are refused until one fits.',
  narrow: 'Narrow',
  change: 'Change',
  theClustersOf: (environment: string) => `the clusters of ${environment}`,
  title: (app: string, environment: string) => `Clusters of ${app} in ${environment}`,
  goesTo: 'Goes to',
  by: { all: 'all clusters of the environment', labels: 'clusters by labels', clusters: 'these clusters' },
  labels: 'Labels',
  labelsHelp: 'Such as tier=production region=cn-beijing. Every label must fit; a cluster that gains them comes in.',
  badLabels: 'Write labels as name=value, separated by spaces.',
  clusters: 'Clusters',
  clustersHelp: 'A cluster that comes to the environment later is not one of these.',
  chooseLabels: 'Write at least one label.',
  chooseClusters: 'Tick at least one cluster.',
  remains: (names: readonly string[]) => `The next release goes to ${clusters(names.length)}: ${named(names)}`,
  fallsAway: (names: readonly string[]) =>
    `Falls away: ${named(names)}. What runs there stays until a release removes it.`,
  hidden: (count: number) => `${clusters(count)} you may not see: whether the labels fit is told after saving.`,
  save: 'Save',
  saving: 'Saving …',
  what: (app: string, environment: string) => `which clusters of ${environment} ${app} goes to`,
} as const;
