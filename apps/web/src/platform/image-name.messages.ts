/** Words about an image of a release. */
export const t = {
  copyImage: 'Copy the image',
  notPinned: 'not pinned',
  notPinnedWhy: 'a tag may come to name another image',
  notConfirmed: 'not confirmed by its registry',
  tagNow: (tag: string, digest: string) => `tag ${tag} now ${digest}`,
} as const;
