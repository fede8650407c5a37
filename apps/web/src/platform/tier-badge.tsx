import { IconShieldHalf } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { t } from './platform.messages.ts';

/** A tier as a badge; production is unmistakable: word, icon, colour. */
export function TierBadge({ tier, children }: { tier: string; children?: ReactNode }) {
  if (tier !== 'production') return <span className="badge">{children ?? tier}</span>;
  return (
    <span className="badge production">
      <IconShieldHalf size={12} aria-hidden="true" />{' '}
      {children === undefined || children === tier ? null : <>{children} </>}
      {t.prod}
    </span>
  );
}
