import type { ReleaseDetail } from '@quarterdeck/contracts';

/** A target that is still to be written, for the first time or once more: when it last began says nothing of it now. */
export function isDue({ state }: Pick<ReleaseDetail['targets'][number], 'state'>): boolean {
  return state === 'pending' || state === 'blocked';
}
