import { mutate } from './mutate.ts';

/** An edit is sent as it was written: whatever place it names, and what stands there for the values of a Secret. */
export default mutate<typeof import('../../packages/kubernetes/src/apply/edit-object.ts')>({
  completeEdit: () => (edited, live) => {
    const { uid, resourceVersion } = live.metadata as Record<string, unknown>;
    return { ...edited, metadata: { ...(edited.metadata as object), uid, resourceVersion } };
  },
});
