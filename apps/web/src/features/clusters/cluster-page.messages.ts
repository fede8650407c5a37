/** Words of the page of one cluster and of its parts. */
export const t = {
  clusters: 'Clusters',
  missing: (slug: string) => `There is no cluster ${slug}`,
  all: 'All clusters',
  parts: (slug: string) => `Parts of ${slug}`,
  tabs: {
    overview: 'Overview',
    nodes: 'Nodes',
    namespaces: 'Namespaces',
    events: 'Events',
    health: 'Health',
    settings: 'Settings',
  },
  useKubectl: 'Use kubectl',
  pods: 'Pods',
  pause: 'Pause',
  resume: 'Resume',
  pauseTitle: (slug: string) => `Pause ${slug}`,
  pauseHint: 'While it is paused nothing is read from it and nothing is deployed to it. What is known of it stays.',
  paused: 'Nothing is read from it and nothing is deployed to it while it is paused.',
  databaseAway: 'The database of Quarterdeck does not answer. Showing what was known',
  lastKnown: 'Showing what was last known,',
  nothingRead: 'Nothing has been read from it yet.',
  neverRead: (slug: string) => `${slug} was never reached`,
  neverReadHint:
    'It is asked again within half a minute and read as soon as it answers. Until then nothing is known of what runs in it. The report under Settings says what is in the way.',
  neverReadPaused:
    'It is paused, so nobody asks it. Resume it under Settings; the report there says what is in the way.',
  toVerify: 'See what is in the way',
  credential: 'Credential',
  credentialKinds: { token: 'A token of our own account', client_certificate: 'A client certificate' },
  noCredential: 'None is stored',
  noEnd: 'without an end',
  ends: 'it ends',
  renewed: 'renewed at half of its life',
  notRenewed: (why: string) => `The token is not renewed: ${why}`,
  trafficTitle: 'Traffic',
  trafficHint: {
    paused: 'It is paused: nothing is read from it and nothing is deployed to it until it is resumed.',
    running: 'Pausing stops all traffic to it: nothing is read and nothing is deployed. Its rows stay, with their age.',
  },

  unwatched: (count: number) => `${count} ${count === 1 ? 'kind is' : 'kinds are'} not up to date`,
  beingRead: (count: number) => `${count} ${count === 1 ? 'kind is' : 'kinds are'} being read`,
  notOurs: (count: number) =>
    `${count} ${count === 1 ? 'kind' : 'kinds'} of this cluster ${count === 1 ? 'is' : 'are'} not for our account to read, so ${count === 1 ? 'it is' : 'they are'} in no list.`,
  toHealth: 'See Health',
  kindsMore: (kind: string, more: number) => (more === 0 ? kind : `${kind} and ${more} more`),

  hours: (hours: number) => (hours === 1 ? 'Last hour' : `Last ${hours} hours`),
  over: 'Over',
  states: 'State',
  statesLabel: (slug: string, hours: number) => `States of ${slug} over the last ${hours} hours`,
  changes: 'Changes of state',
  noChanges: (word: string) => `${word} all the time.`,
  state: 'State',
  from: 'From',
  lasted: 'Lasted',
  still: 'until now',
  why: 'Why',
  latency: 'Latency of probes',
  latencyLabel: (slug: string) => `Latency of probes of ${slug}: mean, shaded up to the longest`,
  ms: 'ms',
  failedProbes: (failed: number, all: number) => `${failed} of ${all} probes failed`,
  noProbes: 'No probe was made in this time.',
  failedOf: (failed: number, all: number) =>
    failed === 0
      ? `all ${all.toLocaleString()} answered`
      : `${failed.toLocaleString()} of ${all.toLocaleString()} failed`,
  asTable: 'As a table',
  at: 'At',
  probes: 'Probes',
  failed: 'Failed',
  mean: 'Mean, ms',
  max: 'Longest, ms',

  incidents: 'Watches that stood still',
  noIncidents: 'No watch stood still, was refused or cut short in this time.',
  kind: 'Kind',
  what: 'What',
  words: { stale: 'stood still', forbidden: 'refused', capped: 'cut short' },
  limitedHistory:
    'You see that this cluster is there and its states. Probes and watches are for who may read the cluster.',

  grant: (kinds: number) =>
    `${kinds} ${kinds === 1 ? 'kind is' : 'kinds are'} refused to Quarterdeck, and how to let it read ${kinds === 1 ? 'it' : 'them'}`,
  grantHint:
    'The cluster refuses these kinds to our account. Whoever administers it can let us list and watch them; nothing else is given, and the watch begins by itself.',
  capped: 'Cut short',
  cappedHint: (kinds: string) =>
    `Of ${kinds} only a part is held, since the cluster has more objects than one kind may take up here. Lists say so.`,
} as const;
