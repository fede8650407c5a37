/** Words of the page that brings applications to a new template version. */
export const t = {
  title: (template: string, version: string) => `Upgrade to ${template} ${version}`,
  hint: 'What a release of it would change wherever an older version is followed, compared with what was last put out. Nothing was asked of a cluster yet; each release has its own preflight.',
  upgrade: 'Upgrade',
  nobody: 'Nobody follows an older version',
  nobodyHint: 'Whatever is deployed from this template, and you may see, has this version or a newer one.',
  toTemplate: 'To the template',
  noVersion: 'This template has no such version',
  first: (shown: number, total: number) => `The first ${shown} of ${total}: the others come once these are upgraded.`,
  chosen: (n: number) => (n === 1 ? '1 environment chosen' : `${n} environments chosen`),
  choose: 'Choose',
  chooseOne: (place: string) => `Choose ${place}`,
  chooseAll: 'Choose all that can be upgraded',
  where: 'Application',
  from: 'Now',
  what: 'What becomes of it',
  states: {
    changes: 'Changes',
    unchanged: 'The same bytes',
    not_deployed: 'Not deployed:',
    refused: 'Refused',
  },
  notDeployedHint: 'its first deployment chooses the version.',
  changeNumbers: (numbers: readonly number[]) => `${numbers.join(', ')} below,`,
  inClusters: (clusters: readonly string[]) => `in ${clusters.join(', ')}`,
  changes: 'What changes',
  changeTitle: (number: number, word: string, kind: string, objects: number) =>
    `${number}. ${kind}: ${word}, ${objects === 1 ? 'in 1 object' : `in ${objects} objects`}`,
  words: { create: 'comes', change: 'changes', delete: 'goes' },
  example: (name: string, place: string) => `For example ${name} of ${place}`,
  field: 'Field',
  before: 'Before',
  after: 'After',
  unset: 'not there',
  create: (n: number) => (n === 1 ? 'Create 1 release' : `Create ${n} releases`),
  creating: 'Creating the releases …',
  chooseFirst: 'Choose an environment first.',
  confirmTitle: (n: number, version: string) =>
    n === 1 ? `Create 1 release of ${version}` : `Create ${n} releases of ${version}`,
  confirmHint: (places: readonly string[]) => `To ${places.join('; ')}.`,
  confirmProduction: (n: number) => (n === 1 ? '1 of them is production.' : `${n} of them are production.`),
  confirmRules: 'Each goes by the strategy, approvals and freezes of its environment.',
  done: (made: number, refused: number) =>
    refused === 0
      ? `${made === 1 ? '1 release' : `${made} releases`} created`
      : `${made === 1 ? '1 release' : `${made} releases`} created, ${refused} refused`,
  release: (number: number) => `Release #${number}`,
} as const;
