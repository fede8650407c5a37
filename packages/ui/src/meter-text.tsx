import type { ReactNode } from 'react';

/**
 * How full something is: a bar and the figures, so that colour is never alone.
 * @param share 0 to more than 1; `undefined` where it is not known
 */
export function MeterText({ share, children }: { share: number | undefined; children: ReactNode }) {
  return (
    <span className="load">
      <meter min={0} max={1} high={0.9} value={Math.min(1, share ?? 0)} aria-hidden="true" />
      {children}
    </span>
  );
}
