const count = (n: number, one: string) => `${n} ${n === 1 ? one : `${one}s`}`;

/** Words of what several features show. */
export const t = {
  cancel: 'Cancel',
  templates: 'Templates',
  audit: 'Audit',
  // somebody saved what is being edited here
  changedMeanwhile: (name: string, by: string | undefined) =>
    by === undefined ? `${name} was changed meanwhile` : `${by} changed ${name} meanwhile`,
  changedMeanwhileHelp: 'Nothing you typed is lost. − is what it is now, + what you would make of it.',
  sameAsTyped: 'It is now just what you typed.',
  theirsAndYours: 'What it is now and what you typed',
  takeTheirs: 'Take what it is now',
  saveOverIt: 'Save mine over it',
  logsOf: (pod: string) => `Logs of ${pod}`,
  logs: 'Logs',
  logPods: 'Pods',
  allPods: 'All pods',
  logContainers: 'Containers',
  allContainers: 'All containers',
  noPodNow: 'It has no pod now. Lines appear as soon as one starts.',
  logsFollowed: (logs: number, pods: number) =>
    `${logs} ${logs === 1 ? 'log' : 'logs'} of ${pods} ${pods === 1 ? 'pod' : 'pods'}`,
  logsCutTo: (shown: number, all: number) =>
    `${shown} of ${all} logs are followed, those in trouble first. Choose pods to read others.`,
  logSources: (count: number) => (count === 1 ? 'What is read: 1 log' : `What is read: ${count} logs`),
  logStates: { waiting: 'not started', following: 'followed', ended: 'ended', failed: 'failed' },
  logsCut: 'The connection to the server ended.',
  logsNotAllowed: 'You may no longer read this log: the right to it was taken away. Ask whoever grants access here.',
  logsSignedOut: 'Your session has ended. Sign in again to read on.',
  logsTooSlow: 'More was written than this browser could show, so following stopped.',
  logsUnchecked: 'Your rights could not be checked for half a minute, so following stopped.',
  bringsIt: (number: number) => `#${number} is on its way there to bring it.`,
  didNotBring: (number: number, why: string) => `#${number} was to bring it and did not: ${why}`,
  gaveWay: (number: number) => `#${number} was to bring it and gave way to another release.`,
  notAgain: 'It is not tried again by itself.',
  // followed by a time
  againAt: 'Tried again by itself, not before',
  putBack: 'Put back',
  takes: {
    image_and_config: 'images and configuration, exactly as they were',
    image: 'only the images, with the configuration of now',
    config: 'only the configuration, with the images of now',
  },
  rollBackTo: (number: number) => `Roll back to #${number}`,
  rollBackVerb: (app: string, number: number) => `Roll back ${app} to #${number}`,
  rollBackHint: (number: number, environment: string, clusters: readonly string[]) =>
    `The stored bytes of #${number} go out again to ${environment}, in ${count(clusters.length, 'cluster')}: ${clusters.slice(0, 12).join(', ')}${clusters.length > 12 ? ', …' : ''}. Pods are replaced one by one.`,
  rollBackChanges: (from: number, to: number) => `What changes from #${from} to #${to}`,
  moreParameters: (more: number) => `and ${count(more, 'parameter')} more`,
  objectsChange: (of: { comes: number; changes: number; goes: number; stays: number; clusters: number }) =>
    `Objects: ${[
      ...(of.comes === 0 ? [] : [`${of.comes} made`]),
      ...(of.changes === 0 ? [] : [`${of.changes} changed`]),
      ...(of.goes === 0 ? [] : [`${of.goes} no longer part of it`]),
      ...(of.stays === 0 ? [] : [`${of.stays} the same`]),
    ].join(', ')}, in ${count(of.clusters, 'cluster')}.`,
  isLonger: 'changes, too long to be shown here',
  compareWith: (from: number, to: number) => `Compare #${from} with #${to}`,
  notSet: 'not set',
  times: (count: number) => `${count} times`,
  prod: 'PROD',
  portalFailed: 'Something failed here',
  needs: (permission: string) => `Needs the permission ${permission}. Ask whoever grants access here.`,
  filterPermissions: 'Find a permission',
  chosen: (n: number) => `${n} ticked`,
  noApplication: (app: string) => `There is no application ${app}`,
  noApplicationHint:
    'It does not exist, or no role of yours reaches its project. Whoever administers the project, or an owner, grants one.',
  allApplications: 'All applications',
  // where a parameter comes from
  layers: { default: 'the default', application: 'application', environment: 'environment', target: 'target' },
  sourceText: (layer: string, revision: number, author: string, age: string) =>
    `${layer}, revision ${revision}${author === '' ? '' : `, by ${author}`}${age === '' ? '' : `, ${age}`}`,
  lockedLayer: (layer: string) => `Locked: it may be set for the ${layer} alone.`,
  lockedPermission: (permission: string) => `Locked: setting it needs ${permission}.`,
  leaveUnsaved: 'Leave without saving?',
  leave: 'Leave',
  leaveUnsavedHint: (what: string) => `${what} is lost.`,
} as const;
