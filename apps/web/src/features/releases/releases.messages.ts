import type { ApprovalVoid, ReleaseDetail, ReleaseWait, WaveSpec } from '@quarterdeck/contracts';

const pauses: Record<string, string> = {
  person: 'by hand',
  budget: 'more targets failed than may',
  environment: 'targets failed, and not by this release’s fault',
};
const pauseHelp: Record<string, string> = {
  person: 'No more targets start; those in flight go to their end. Whoever may deploy here can resume it.',
  budget:
    'Nothing is written any more. Retry what failed, then resume; or resume without: the failures so far count no more. Or roll back to an earlier release.',
  environment: 'Going back would not help: look at the targets below. Resume when they are well.',
  actor_lost_permission:
    'The right, the namespace or the registry was taken away; the audit says which. Nothing is half done. Whoever may deploy here can resume it, and then it runs for them.',
};

const voids: Record<ApprovalVoid, string> = {
  right_lost: 'may not approve here any more',
  own_release: 'made this release',
  other_bytes: 'saw other bytes',
};

function spanOf(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 360) / 10} h`;
}

/** Some clusters by name, many by their number. */
function clusterNames(names: readonly string[]): string {
  if (names.length > 3) return `${names.length} clusters`;
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** @param names of all the clusters that stand still for the same reason */
function waitWords(wait: ReleaseWait, names: readonly string[]): string {
  const isOne = names.length < 2;
  switch (wait.for) {
    case 'registry':
      return 'Waiting for the registry';
    case 'approval': {
      const missing = (wait.needed ?? 0) - (wait.given ?? 0);
      return `Waiting for ${missing} more ${missing === 1 ? 'approval' : 'approvals'}`;
    }
    case 'freeze':
      return `Held by the freeze ${wait.name}`;
    case 'lane':
      return `Waiting for #${wait.number} to end`;
    case 'soak':
      return 'Soaking';
    case 'cluster':
      return `${clusterNames(names)} ${isOne ? 'does not answer: waiting for it' : 'do not answer: waiting for them'}`;
    case 'preflight':
      return 'Looking first: nothing is written yet';
    case 'decision':
      return `${clusterNames(names)} ${isOne ? 'asks' : 'ask'} for a decision`;
    case 'person':
      return pauses[wait.reason ?? ''] ?? 'Paused';
  }
}

const findings: Record<string, string> = {
  cluster_unreachable: 'does not answer',
  cluster_timeout: 'does not answer',
  credential_rejected: 'credential is refused',
  namespace_missing: 'new namespace',
  capacity_unknown: 'room on its nodes is not known',
  unschedulable_resources: 'no node has room',
  unschedulable_taint: 'every node is tainted',
  unschedulable_affinity: 'no node fits',
  no_node: 'no node is ready',
  quota_exceeded: 'quota has no room',
  secret_missing: 'Secret is missing',
  config_missing: 'ConfigMap is missing',
  class_missing: 'class is missing',
  pdb_blocks: 'budget lets no pod go',
  cluster_warning: 'warning of the cluster',
  dependency_unwell: 'what it needs is not well',
  digest_rejected: 'image was rolled back',
};
const findingWords = (code: string) => findings[code] ?? code.replaceAll('_', ' ');

type Place = { environment: string; clusters: readonly string[] };
const placeText = ({ environment, clusters }: Place) =>
  clusters.length === 0 ? environment : `${environment} (${clusters.join(', ')})`;

/** Words of the pages of releases and of deploying. */
export const t = {
  promoted: (number: number, environment: string) =>
    `The images of #${number} of ${environment}, by the same digests; parameters are those of this environment.`,
  applications: 'Applications',
  releases: 'Releases',
  release: 'Release',
  state: 'State',
  kind: 'Kind',
  kinds: {
    deploy: 'deploy',
    rollback: 'rollback',
    catch_up: 'catch-up',
    take_back: 'take back',
    evacuate: 'evacuation',
    remove: 'removal',
  },
  image: 'Image',
  targets: 'Targets',
  by: 'By',
  created: 'Created',
  took: 'Took',
  tookAll: (span: string) => `took ${span}`,
  none: 'Nothing was deployed yet',
  noneHint: 'A release is what one deployment put out: a template version, images, parameters and the bytes they gave.',
  noMatch: 'No release matches',
  clear: 'Clear filters',
  outside: (total: number) => `0 here, ${total.toLocaleString()} in all`,
  widen: 'Widen the scope',
  filter: 'Application or image',
  filterLabel: 'Filter releases',
  anyState: 'any state',
  states: {
    running: 'running',
    failed: 'failed',
    succeeded: 'healthy',
  },
  loadMore: 'Load more',
  shown: (shown: number, total: number) => `${shown.toLocaleString()} of ${total.toLocaleString()}`,
  missing: 'There is no such release',
  all: 'All releases',
  rollbackTo: (number: number) => `rollback to #${number}`,
  made: (template: string | undefined, by: string) => (template === undefined ? `by ${by}` : `${template} by ${by}`),
  notPinned: 'not pinned',
  pinned: 'pinned',
  tagNames: (tag: string) => `${tag} names`,
  notPinnedWhy: 'a tag may come to name another image',
  digest: 'Content',
  copyDigest: 'Copy the digest',
  abort: 'Abort',
  abortHint: 'Nothing more is started; what is in flight ends. What was applied stays as it is.',
  abortVerb: (app: string, number: number) => `Abort ${app} #${number}`,
  rollBackTo: (number: number) => `Roll back to #${number}`,
  resume: 'Resume',
  resumeVerb: (app: string, number: number) => `Resume ${app} #${number}`,
  resumeHint: (by: string | undefined, clusters: readonly string[]) =>
    `It goes on where it stopped, in ${clusters.join(', ')}, with the same bytes. ${by === undefined ? 'Your' : `From then on it runs for you instead of ${by}, and your`} rights are asked before each write.`,
  pausedForRight: (by: string) => `Paused: it ran for ${by}, who may not deploy this here any more.`,
  pausedFor: (reason: string | undefined) => `Paused: ${pauses[reason ?? ''] ?? reason ?? pauses.person}.`,
  pausedHelp: (reason: string | undefined) => pauseHelp[reason ?? ''] ?? pauseHelp.person,
  noLonger: (why: string) => `This page is not live any more; it shows what was there before. ${why}`,
  running: 'It is going out now: abort it first, or wait for its end.',
  isNewest: 'Nothing came after it: retry what failed, or choose an earlier one.',
  neverHealthy: 'It was healthy in no cluster: choose one that was.',
  isRemoval: 'A removal has no bytes to go back to.',
  pause: 'Pause',
  pauseVerb: (app: string, number: number) => `Pause ${app} #${number}`,
  pauseHint: 'No more targets start until somebody resumes it; those in flight go to their end.',
  wave: (number: number, name: string) => `Wave ${number} ${name}`,
  waveStates: { pending: 'Waiting', running: 'Updating', soaking: 'Soaking', done: 'Done' },
  overBudget: 'Over budget',
  notBegun: 'Not begun',
  wasStopped: 'Stopped',
  triedOnResume: 'It is tried again once the release is resumed.',
  waveFacts: (wave: ReleaseDetail['waves'][number], healthy: number) =>
    [
      `${healthy} of ${wave.targetCount} healthy`,
      `${wave.failedCount} failed, ${wave.budget === 0 ? 'none' : wave.budget} may`,
      `${wave.maxConcurrent} at a time`,
      ...(wave.soakSeconds > 0 && wave.state !== 'soaking' ? [`soaks ${spanOf(wave.soakSeconds)}`] : []),
    ].join(' · '),
  soakLeft: (left: string, of: number) => `soaks ${left} more of ${spanOf(of)}`,
  waits: (wait: ReleaseWait, names: readonly string[] = wait.name === undefined ? [] : [wait.name]) =>
    waitWords(wait, names),
  waitsHelp: {
    registry:
      'This environment deploys digests alone, and the registry has not said yet what the tag names. It is asked again and again, for 30 minutes.',
    approval: 'It starts when enough other people have approved exactly these bytes. After 7 days it ends by itself.',
    freeze: 'Nothing new starts in a freeze. It goes on by itself when the freeze ends.',
    lane: 'One release at a time is on its way here. It starts when that one has ended; a newer one takes its place.',
    soak: 'It goes on when the wave has stayed healthy for long enough.',
    cluster: 'It goes on when the cluster answers, or when somebody leaves it out.',
    preflight: 'All clusters of the first wave are asked what would happen; then it is written.',
    decision: 'Others have a hand in what would be written. Decide at the target below.',
    person: 'Somebody has to look at it.',
  },
  frozenUntil: 'Frozen until',
  overrideFreeze: 'Override the freeze',
  overrideVerb: (app: string, number: number) => `Let ${app} #${number} go on`,
  overrideHint: (name: string) => `The freeze ${name} holds for everything else. The reason is audited.`,
  freezeOverridden: (by: string, reason: string) => `${by} let it go on in a freeze: ${reason}`,
  stopped: (wave: string) => `Stopped in wave ${wave}: too many targets failed. Nothing more was started.`,
  failedIn: (clusters: readonly string[], why: string) => `${clusterNames(clusters)}: ${why}`,
  whyUnknown: 'why is not known',
  rejectedList: 'Rejected images',
  nothingToGoBackTo: 'Nothing was healthy there before, so there was nothing to put back.',
  putBackBy: (number: number) => `#${number} puts back what was healthy there before`,
  rejected: (images: readonly string[]) =>
    `Automation leaves ${images.join(', ')} alone since then; people can still deploy it.`,
  look: (number: number) => `Look at #${number}`,
  approve: 'Approve',
  reject: 'Reject',
  approveHint: 'Your approval is for exactly these bytes, and void once you may not approve here any more.',
  rejectHint: 'The release ends; nothing more of it starts.',
  voteVerb: (decision: 'approve' | 'reject', app: string, number: number) =>
    `${decision === 'approve' ? 'Approve' : 'Reject'} ${app} #${number}`,
  approvals: (given: number, needed: number) => `${given} of ${needed} ${needed === 1 ? 'approval' : 'approvals'}`,
  approvedBy: ({ by, decision, voidFor }: ReleaseDetail['approvals'][number]) =>
    `${decision === 'approve' ? 'approved' : 'rejected'} by ${by}${voidFor === undefined ? '' : `, void: ${voids[voidFor]}`}`,
  ownRelease: 'You made this release: somebody else must look at it.',
  questionsOf: (cluster: string) => `What ${cluster} asks`,
  yieldTo: (manager: string) => `Leave it to ${manager}`,
  takeOver: 'Take it over',
  somebody: 'its manager',
  notShown: 'not shown',
  adopt: (application: string) => `${application} owns it from now on`,
  adoptHint: (manager: string) =>
    `It exists, made by ${manager === '' ? 'hand' : manager}, and nobody signed it. What the release does not name of it goes.`,
  recreateHint:
    'Its field can only be changed by deleting the object and making it anew. What runs of it ends meanwhile.',
  recreateConfirm: (name: string) => `Type ${name} to have it made anew`,
  decide: (cluster: string) => `Decide for ${cluster}`,
  decideFirst: (open: number) => `${open} ${open === 1 ? 'question is' : 'questions are'} open.`,
  decideElse: 'Nothing is written there before. Or skip the target, or abort.',
  skip: (cluster: string) => `Skip ${cluster}`,
  skipHint: (cluster: string) =>
    `The release goes on without ${cluster}. It is owed these bytes until somebody lets it catch up, or dismisses that.`,
  catchUp: 'Catch up now',
  dismissDebt: 'Leave as it is',
  catchUpLater: (cluster: string) => `${cluster} does not answer: what it is owed can go when it does.`,
  catchesUp: (number: number) => `#${number} is on its way there to bring it.`,
  owedSince: 'left out',
  allStoodDown: 'No release goes to its clusters any more: they stood down, or are not targets now.',
  strategyOf: (name: string) => `strategy ${name}`,
  strategy: 'Strategy',
  strategyHelp: (waves: readonly string[]) => `In this order: ${waves.join(', ')}.`,
  targetsAndWaves: 'Targets and waves',
  noTarget: 'no cluster',
  waveRules: (wave: WaveSpec) =>
    [
      `${wave.maxConcurrent} at a time`,
      `${wave.failureBudget} may fail`,
      ...(wave.soakSeconds > 0 ? [`soaks ${spanOf(wave.soakSeconds)}`] : []),
      ...(wave.approval === undefined ? [] : [`${wave.approval.count} to approve`]),
    ].join(' · '),
  timeline: 'Timeline',
  lane: {
    waits: 'Waits to start',
    onItsWay: 'On its way',
    writes: 'Writes',
    watched: 'Written, watched until calm',
    notBegun: 'not begun',
    before: (attempt: number) => `Before attempt ${attempt}`,
    stays: 'since then',
    asTable: 'As a table',
    what: 'What',
    from: 'From',
    keys: [
      ['waiting', 'waits, watched'],
      ['updating', 'on its way'],
      ['healthy', 'healthy'],
      ['failed', 'failed'],
    ],
  },
  settles: (seconds: number) => `Ready. Healthy once nothing has restarted for ${seconds} s.`,
  otherPods: (count: number, isOver: boolean) =>
    `${count} ${count === 1 ? 'pod' : 'pods'} of ${isOver ? 'a later release' : 'what was there before'}`,
  noPods: 'no pods',
  runsNow: 'It is what runs here now.',
  cameAfter: (number: number) => `#${number} came after it. Deploy these bytes again instead: “Change and deploy”.`,
  change: 'Change and deploy',
  board: 'Targets',
  changes: 'Changes',
  bytes: 'Bytes',
  parts: 'Parts of the page',
  progress: (healthy: number, all: number) => `${healthy} of ${all} ${all === 1 ? 'cluster' : 'clusters'} healthy`,
  target: (cluster: string) => `Target ${cluster}`,
  ready: (ready: number, desired: number) => `${ready} of ${desired} pods ready`,
  attempt: (attempt: number) => `attempt ${attempt}`,
  cutOff: 'cut off, data from',
  next: 'Next',
  unwellNeeds: 'What it needs is not well',
  unwell: {
    failed: (at: Place) => `has failed in ${placeText(at)}`,
    unknown: (at: Place) => `is in a state nobody knows in ${placeText(at)}`,
    not_deployed: (at: Place) => `is not deployed in ${placeText(at)}`,
    absent: ({ environment }: Place) => `goes to no environment like ${environment}`,
    updating: (at: Place) => `is being updated in ${placeText(at)}`,
    healthy: (at: Place) => `is healthy in ${placeText(at)}`,
  },
  showLogs: (pod: string, status: string) => `${pod} ${status}, show logs`,
  logs: 'Logs',
  logsOf: (name: string) => `Logs of ${name}`,
  closeLogs: 'Close logs',
  retry: (cluster: string) => `Retry ${cluster}`,
  workload: 'Workload',
  foundFirst: (codes: readonly string[]) => `Found before it was written: ${codes.map(findingWords).join(', ')}`,
  finding: (code: string) => findingWords(code).replace(/^./, (first) => first.toUpperCase()),
  inClusters: (clusters: string) => `in ${clusters}`,
  found: 'What was found',
  objects: (done: number, all: number) => `${done} of ${all} objects as asked`,
  started: 'Started',
  compareAny: 'Compare with any other',
  against: (number: number) => `Changed against #${number}`,
  first: 'This is the first release here: all of it is new.',
  same: 'The same bytes.',
  changeOf: (change: string, kind: string, name: string) => `${change} ${kind} ${name}`,
  notPreviewed: (kind: string, name: string) => `${kind} ${name} cannot be previewed`,
  changesOf: (kind: string, name: string, cluster: string) => `Changes of ${kind} ${name} in ${cluster}`,
  copy: 'Copy',

  deploy: 'Deploy',
  deployTitle: (app: string, environment: string) => `Deploy ${app} to ${environment}`,
  deployTo: (clusters: number) => `Deploy to ${clusters} ${clusters === 1 ? 'cluster' : 'clusters'}`,
  deploying: 'Deploying …',
  rejectedTitle: 'This image was rolled back by itself here',
  rejectedImage: 'rolled back here',
  rejectedBy: 'by the failure of',
  rejectedMeans: 'Automation leaves it alone; you are asked again before it is deployed.',
  forgive: 'Let automation deploy it',
  missingApp: (app: string) => `There is no application ${app}`,
  missingAppHint:
    'It does not exist, or no role of yours reaches its project. Whoever administers the project, or an owner, grants one.',
  allApps: 'All applications',
  noEnvironment: 'This application goes to no environment',
  template: 'Template',
  environment: 'Environment',
  imageExample: 'registry.example.com/team/app:1.4.2',
  nameImage: 'Name an image to see what each cluster would change.',
  nameImageFirst: 'Name an image first.',
  previewFailed: (title: string) => `There is no preview: ${title}. See beside the form.`,
  waitPreview: 'The preview of what you typed is on its way.',
  mendFirst: (count: number) => `${count} ${count === 1 ? 'finding' : 'findings'} to mend first.`,
  previewing: 'Asking the clusters what would change …',
  preview: 'Preview',
  readyToDeploy: 'Ready to deploy',
  toMend: (count: number) => `${count} to mend first`,
  summary: (objects: number, clusters: number) =>
    `${objects} objects in ${clusters} ${clusters === 1 ? 'cluster' : 'clusters'}`,
  counts: (create: number, change: number, same: number, unknown: number) =>
    [
      `${create} create`,
      `${change} change`,
      `${same} unchanged`,
      ...(unknown > 0 ? [`${unknown} cannot be previewed`] : []),
    ].join(', '),
  diff: 'Diff',
  yaml: 'YAML',
  nothingChanges: 'Nothing would change here.',
  sameAs: (clusters: string) => `The same in ${clusters}`,
  changeWords: {
    create: 'create',
    change: 'change',
    unchanged: 'unchanged',
    delete: 'delete',
    conflict: 'conflict',
    unknown: 'cannot be previewed',
  },
} as const;
