/** Words of the page that compares any two. */
export const t = {
  compare: 'Compare',
  hint: 'What was put out, as it is stored: images, parameters with where they came from, and manifests.',
  how: 'What to compare',
  twoReleases: 'Two releases',
  twoClusters: 'Two clusters',
  environment: 'Environment',
  before: 'From',
  after: 'To',
  chooseTwo: 'Choose two.',
  same: 'Choose two that are not the same.',
  tooFewReleases: 'There is one release at most: nothing to compare yet.',
  tooFewClusters: 'It was put on one cluster at most: nothing to compare yet.',
  release: (number: number, image: { tag?: string | undefined } | undefined, kind: string, state: string) =>
    [`#${number}`, image?.tag, kind, state].filter(Boolean).join(' · '),
  images: 'Images',
  sameImages: 'The same images.',
  slot: 'Image',
  parameters: 'Parameters',
  sameParameters: 'The same parameters.',
  field: 'Field',
  unset: 'not set',
  from: {
    default: 'default of the template',
    application: 'application',
    environment: 'environment',
    target: 'target',
  },
  source: (layer: string, revision: number | undefined, author: string | undefined) =>
    `${layer}${revision === undefined ? '' : `, revision ${revision}`}${author === undefined ? '' : `, by ${author}`}`,
  manifests: 'Manifests',
  sameManifests: (count: number) =>
    count === 1 ? 'The one object is the same.' : `All ${count} objects are the same.`,
  unchanged: (count: number) => (count === 1 ? '1 object is the same' : `${count} objects are the same`),
  identical: 'The same everywhere: images, parameters and every byte.',
} as const;
