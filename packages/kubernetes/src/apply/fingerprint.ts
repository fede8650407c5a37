import type { ApplyContext, Live } from './apply-request.ts';

/** Whoever changes a field of ours takes it out of what we own: the same ownership of the same object is the same. */
export function fingerprintOf({ fieldManager }: Pick<ApplyContext, 'fieldManager'>, { metadata }: Live): string {
  const ours = (metadata?.managedFields ?? []).find(
    ({ manager, operation, subresource }) =>
      manager === fieldManager && operation === 'Apply' && (subresource ?? '') === '',
  );
  return JSON.stringify([metadata?.uid, ours?.fieldsV1]);
}
