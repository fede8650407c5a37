import type { Release } from '@quarterdeck/contracts';
import { fewOf } from '../platform/attention.ts';

type Awaits = NonNullable<Release['awaits']>[number];

/** Words of the front page. */
export const t = {
  home: 'Home',
  nothingGranted: 'Nothing is granted to you yet',
  nothingGrantedHint: 'You are signed in. Ask an administrator for a role in your project.',
  loadAgain: 'Load again',
  noCluster: 'No cluster is registered yet',
  noClusterHint: 'Quarterdeck shows and deploys to the clusters you register here.',
  registerFirst: 'Register your first cluster',
  decisions: 'Waits for you',
  awaits: ({ for: what, clusters }: Awaits, state: Release['state']) =>
    ({
      approval:
        state === 'awaiting_approval'
          ? 'Starts when enough people have approved it; yours is missing,'
          : 'Its next wave opens with your approval,',
      decision: `Others have a hand in what it would write in ${fewOf(clusters)}: decide,`,
      leftovers: `It left objects in ${fewOf(clusters)} that it no longer has: say whether they go,`,
    })[what],
  attention: 'Needs attention',
  calm: (clusters: number) => `Nothing needs you. ${clusters} ${clusters === 1 ? 'cluster' : 'clusters'} checked.`,
  calmPartly: (checked: number, all: number) => `Nothing needs you in the ${checked} of ${all} clusters that answered.`,
  more: (count: number) => `${count} more`,
  fewer: 'Show fewer',
  ofFirst: (seen: number, all: number) =>
    `Causes of the ${seen.toLocaleString()} worst of ${all.toLocaleString()} failing pods; narrow the scope to see the others.`,
  since: 'since',
  releases: 'Releases',
  running: 'Running now',
  recent: 'Last releases',
  noReleases: 'Nothing was deployed yet. An application says what goes where; its first release takes a minute.',
  newApplication: 'New application',
  allReleases: 'All releases',
  by: (name: string) => `by ${name}`,
  rollbackTo: (number: number) => `rollback to #${number}`,
  removed: 'removal',
  fleet: 'Fleet',
  clusters: 'Clusters',
  connected: (connected: number, all: number) => `${connected.toLocaleString()} of ${all.toLocaleString()} connected`,
  nodes: 'Nodes',
  ready: (ready: number, all: number) => `${ready.toLocaleString()} of ${all.toLocaleString()} ready`,
  pods: 'Pods',
  failing: (count: number) => (count === 0 ? 'none failing' : `${count.toLocaleString()} failing`),
  deployments: 'Deployments',
  degraded: (count: number) => (count === 0 ? 'all as asked' : `${count.toLocaleString()} not as asked`),
  places: 'Recent',
  starred: 'Starred',
  scoped: 'within the scope',
} as const;
