const belong = (count: number) =>
  count === 1 ? 'One belongs to an application' : `${count.toLocaleString()} belong to applications`;

/** Words of what is done with several rows at once. */
export const t = {
  names: { restart: 'Restart', scale: 'Scale', label: 'Label', delete: 'Delete' },
  verbs: {
    restart: (what: string) => `Restart ${what}`,
    scale: (what: string) => `Scale ${what}`,
    label: (what: string) => `Label ${what}`,
    delete: (what: string) => `Delete ${what}`,
  },
  many: (count: number, plural: string) => `${count.toLocaleString()} ${plural}`,
  what: {
    restart: 'Pods are replaced one by one, under each workload’s own rules.',
    scale: 'Each gets as many replicas as you say. Going down ends pods at once.',
    label: 'The label is set on each; other labels stay.',
    delete: 'What is deleted takes along what it owns. This cannot be undone.',
    deletePods: 'Whatever owns a pod makes a new one; a pod that nobody owns is gone.',
  },
  actions: 'Actions with the selected rows',
  touches: 'What it touches',
  where: 'Where',
  reach: (what: string, clusters: number) => `${what} in ${clusters === 1 ? 'one cluster' : `${clusters} clusters`}`,
  namespaces: (count: number) => (count === 1 ? 'one namespace' : `${count} namespaces`),
  inProduction: (count: number, all: number) =>
    all === 1 ? 'In production.' : `${count.toLocaleString()} of them in production.`,
  inCluster: (count: number, namespaces: string) =>
    `${count.toLocaleString()}${namespaces === '' ? '' : ` in ${namespaces}`}`,
  replicasFromTo: (before: number, after: number) => `${before.toLocaleString()} → ${after.toLocaleString()} replicas`,
  more: (count: number) => `and ${count} more`,
  applications: {
    restart: (count: number, names: string) => `${belong(count)}: ${names}.`,
    scale: (count: number, names: string) => `${belong(count)}, whose next release sets the replicas back: ${names}.`,
    label: (count: number, names: string) =>
      `${belong(count)}, whose next release sets back the labels that it names: ${names}.`,
    delete: (count: number, names: string) => `${belong(count)}, whose next release makes them again: ${names}.`,
  },
  madeAgain: (count: number, makers: string) =>
    count === 1
      ? `It is made again by what owns it: ${makers}.`
      : `${count.toLocaleString()} are made again by what owns them: ${makers}.`,
  setBack: (count: number, makers: string) =>
    `${count === 1 ? 'One is' : `${count.toLocaleString()} are`} owned by what may set this back: ${makers}.`,
  counted: (name: string, count: number) => (count === 1 ? name : `${name} (${count.toLocaleString()})`),
  autoscaled: {
    scale: (names: string) => `An autoscaler sets these again: ${names}.`,
    delete: (names: string) => `An autoscaler is left without what it sizes: ${names}.`,
  },
  autoscalersUnknown: 'Autoscalers could not be read: one may set these again.',
  aloneGone: (count: number) =>
    count === 1
      ? 'One is owned by nobody and is gone for good.'
      : `${count} are owned by nobody and are gone for good.`,
  replicas: 'Replicas of each',
  now: (least: number, most: number) => (least === most ? `Now ${least} each.` : `Now ${least} to ${most}.`),
  labelName: 'Label',
  labelNameExample: 'team',
  labelValue: 'Value; empty takes the label off',
  labelValueExample: 'shop',
  badNumber: 'Replicas are a whole number from 0 to 10,000.',
  badLabel: 'A label is letters, digits, - _ . and /, a letter or digit first and last.',
  asking: 'Asking what you may do …',
  inputFirst: {
    restart: '',
    scale: 'Say how many replicas: then each cluster is asked whether it would take it.',
    label: 'Name the label: then each cluster is asked whether it would take it.',
    delete: '',
  },
  dryRun: 'What the clusters say to it',
  asked: (done: number, all: number) => `Dry run: ${done.toLocaleString()} of ${all.toLocaleString()} answered`,
  taken: (ok: number, all: number) =>
    ok === all
      ? `Dry run: the clusters would take ${all === 1 ? 'it' : `all ${all.toLocaleString()}`}`
      : `Dry run: the clusters would take ${ok.toLocaleString()} of ${all.toLocaleString()}`,
  refused: (count: number) => `${count.toLocaleString()} refused`,
  unasked: (count: number) => `${count.toLocaleString()} without an answer`,
  askAgain: 'Ask again',
  notYetAnswered: 'Waiting for the clusters to answer the dry run.',
  noneTaken: 'None of them would be taken.',
  warned: (warning: string) => `Taken, with a warning: ${warning}`,
  unforeseen: {
    restart: 'A dry run cannot tell whether the new pods find room and start.',
    scale: 'A dry run cannot tell whether more pods find room and start.',
    label: undefined,
    delete: 'A dry run cannot tell how long finalizers hold an object.',
  },
  why: 'Why',
  leftOut: (count: number) => (count === 0 ? 'Warned of' : `${count.toLocaleString()} left out`),
  noRight: (permission: string, grantors: string) => `Needs ${permission}${grantors === '' ? '' : `. Ask ${grantors}`}`,
  awayNow: 'Its cluster is cut off.',
  noneLeft: 'None of them can be changed by you now.',
  tooMany: (most: number) => `At most ${most.toLocaleString()} at once. Select fewer.`,
  selectAll: (total: string) => `Select all ${total}`,
  readingAll: 'Reading them all …',
  tooManyMatch: (total: string, most: number) =>
    `${total} match, and at most ${most.toLocaleString()} can be changed at once. Narrow the filters.`,
  running: (done: number, all: number) => `${done} of ${all} done`,
  report: 'Report',
  done: (ok: number, all: number) => (ok < all ? `${ok} of ${all} done` : all === 1 ? 'Done' : `All ${all} done`),
  failedOnes: (count: number) => `${count} failed`,
  stopped: (count: number) => `${count} not begun`,
  stop: 'Stop',
  close: 'Close',
  again: (count: number) => `Try the ${count} failed again`,
  copyReport: 'Copy report',
  outcomes: { ok: 'done', failed: 'failed', waiting: 'waits', skipped: 'not begun' },
  object: 'Object',
  cluster: 'Cluster',
  outcome: 'Outcome',
  keys: 'Keys: x selects, Shift+x up to here, . goes to these actions',
} as const;
