import { createHash } from 'node:crypto';

/** The same for the same images of the same commit, whichever event or call brings them: one release of both. */
export function releaseKeyOf(images: Readonly<Record<string, string>>, commit: string): string {
  const digests = Object.entries(images)
    .map(([slot, reference]) => `${slot}=${reference.split('@')[1] ?? reference}`)
    .toSorted();
  return createHash('sha256')
    .update(JSON.stringify([digests, commit]))
    .digest('base64url');
}
