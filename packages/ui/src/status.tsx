import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleX,
  IconClockExclamation,
  IconHelpCircle,
  IconHourglass,
  IconProgress,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';

export type Status = 'healthy' | 'updating' | 'degraded' | 'failed' | 'unknown' | 'waiting' | 'stale';

const icons = {
  healthy: IconCircleCheck,
  updating: IconProgress,
  degraded: IconAlertTriangle,
  failed: IconCircleX,
  unknown: IconHelpCircle,
  waiting: IconHourglass,
  stale: IconClockExclamation,
};

/** A status as icon, colour and word: never colour alone. */
export function StatusDot({ status, children }: { status: Status; children: ReactNode }) {
  const Icon = icons[status];
  return (
    <span className={`status ${status}`}>
      <Icon size={16} aria-hidden="true" />
      <span>{children}</span>
    </span>
  );
}
