/** Words of pausing, resuming and rolling back a workload. */
export const t = {
  pause: { deployments: 'Pause', cronjobs: 'Suspend', jobs: 'Suspend' },
  resume: 'Resume',
  rollBack: 'Roll back…',
  noRight: (grantors: string) =>
    grantors === ''
      ? 'You lack workloads:operate here.'
      : `You lack workloads:operate here. It is granted by ${grantors}.`,
  pauseTitle: (name: string, cluster: string) => `Pause ${name} in ${cluster}?`,
  pauseHints: {
    deployments: 'A new template waits until it is resumed. Pods that run go on; scaling works.',
    cronjobs: 'No run is started until it is resumed. Runs that are on their way go on.',
    jobs: 'Its pods are ended now, and it starts anew with them when it is resumed.',
  },
  resumeTitle: (name: string, cluster: string) => `Resume ${name} in ${cluster}?`,
  resumeHints: {
    deployments: 'A template that came meanwhile is rolled out at once.',
    cronjobs: 'Runs start by its schedule again.',
    jobs: 'Its pods are started.',
  },
  title: (name: string, cluster: string) => `Roll back ${name} in ${cluster}`,
  revisions: 'Revisions that the cluster keeps',
  revision: (revision: number) => `Revision ${revision}`,
  current: 'runs now',
  fields: (count: number) => (count === 1 ? '1 field differs' : `${count} fields differ`),
  choose: 'Choose a revision to go back to.',
  onlyOne: 'The cluster keeps no other revision than the one that runs: there is nothing to go back to.',
  differences: (revision: number) => `What going back to revision ${revision} changes`,
  now: 'Now',
  afterwards: 'Then',
  absent: 'not set',
  verb: (name: string, revision: number) => `Roll ${name} back to revision ${revision}`,
  paused: 'Its rollout is paused: resume it first.',
  owned: (application: string, number: number) =>
    `It came with release #${number} of ${application}. Roll the release back: the next one would undo what is done here.`,
  ownedHidden: 'It came with a release of an application that you may not read. Ask its team to roll that back.',
  toRelease: (number: number) => `Open release #${number}`,
  close: 'Close',
} as const;
