/** Words of the cluster pages. */
export const t = {
  cluster: 'Cluster',
  credentialEnds: (days: number) =>
    days < 0
      ? 'The credential has ended'
      : `The credential ends ${days === 0 ? 'today' : days === 1 ? 'tomorrow' : `in ${days} days`}. Replace it`,
  events: 'Warnings',
  noEvents: 'No warning in the last three days.',
  labels: 'Labels',
  addLabel: 'Add a label',
  saveLabels: 'Save labels',
  labelName: 'Label name',
  labelValue: 'Label value',
  remove: 'Remove',
  labelsHelp: 'Environments choose clusters by labels. tier is production, staging, test or development.',
} as const;
