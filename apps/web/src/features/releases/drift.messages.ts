const count = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;

/** Words of drift: what hands did to what releases put out. */
export const t = {
  drift: 'Drift',
  hint: 'What is not as the last release put it, compared now by a dry run in each cluster. What others added beside our fields is not drift.',
  environment: 'Environment',
  compareAgain: 'Compare again',
  comparing: 'Asking each cluster …',
  none: (clusters: number) => `Everything is as it was released, in ${count(clusters, 'cluster', 'clusters')}`,
  noneHint: 'Compared just now, object by object.',
  nothingThere: 'Nothing was deployed here yet.',
  backToApp: 'Back to the application',
  asReleased: (number: number) => `As released in #${number}`,
  differs: (n: number) => `${count(n, 'object differs', 'objects differ')}`,
  notCompared: 'Cannot be compared',
  lastCompared: 'last compared',
  neverCompared: 'never compared since its last release',
  waiting: 'Not compared yet since its last release',
  unsettled: 'A release is under way there, or did not end well: see the release',
  kinds: {
    changed: 'changed by hand',
    deleted: 'deleted by hand',
    replaced: 'made anew by somebody',
    unknown: 'cannot be compared',
  },
  by: (manager: string) => `by ${manager}`,
  takenAway: 'taken away',
  seen: 'seen',
  willBeMade: 'It is not there any more. Taking back makes it again.',
  willBeAdopted:
    'Another object has its name now, and carries our label. Taking back makes it ours, as it was released.',
  foreign:
    'Another object has its name now and does not carry our label: it stays. Delete it, and taking back makes it again.',
  choose: (kind: string, name: string, cluster: string) => `Take back ${kind} ${name} in ${cluster}`,
  isAndWas: 'From what is there (−) to what was released (+)',
  diffOf: (kind: string, name: string, cluster: string) => `${kind} ${name} in ${cluster}: what taking back changes`,
  takeBack: (objects: number, clusters: number) =>
    `Take back ${count(objects, 'object', 'objects')} in ${count(clusters, 'cluster', 'clusters')}`,
  chooseFirst: 'Tick what is to be taken back.',
  takeBackHint:
    'The same bytes go out again as a release of its own: it waits for approvals and freezes, and is watched until it is healthy. What is not ticked stays as it is.',
  takesFields: (fields: number, managers: string) =>
    `${count(fields, 'field', 'fields')} of ${managers} ${fields === 1 ? 'is' : 'are'} taken over.`,
  objectDiffers: (drift: string, number: number | undefined) =>
    `Not as ${number === undefined ? 'it was released' : `released in #${number}`}: ${drift}`,
  see: 'Compare and take back',
} as const;
