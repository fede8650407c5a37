/** Words of the cluster pages. */
export const t = {
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
