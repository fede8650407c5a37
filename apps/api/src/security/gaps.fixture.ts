/**
 * Endpoints whose answers are not yet what the matrix says, with the reason. The list only shrinks: a line whose endpoint
 * has been mended fails the matrix until it is taken out, and an endpoint that is not here must hold.
 */
export const knownGaps: Readonly<Record<string, string>> = {
  listClusters: 'every cluster is shown to whoever may read one',
  listApplications: 'applications of all projects are shown to whoever may read one',
  listObjects: 'answers at fleet scope only',
  searchObjects: 'answers at fleet scope only',
  summarizeInventory: 'answers at fleet scope only',
  listEvents: 'answers at fleet scope only',
  listNamespaceNames: 'answers at fleet scope only',
  'clusters.index': 'every cluster is shown to whoever may read one',
  'inventory.objects': 'answers at fleet scope only',
  'releases.release': 'the release is not checked, only the permission somewhere',
};
