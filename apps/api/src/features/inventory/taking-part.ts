import type { ClusterAnswer } from '@quarterdeck/contracts';

/**
 * Tells which clusters take part in a live view and how, where that is new: a cluster that is cut off changes no row that
 * would show it. Ages move on with each probe and are not told by themselves.
 * @param options.send false where the reader could not take it
 */
export function createTakingPart(options: {
  read: () => Promise<ClusterAnswer[]>;
  send: (clusters: ClusterAnswer[]) => boolean;
}): () => Promise<void> {
  let told: string | undefined;
  return async () => {
    const clusters = await options.read();
    const now = JSON.stringify(clusters.map(({ asOf: _, ...rest }) => rest));
    if (now !== told) told = options.send(clusters) ? now : undefined;
  };
}
