import type { DependencyHealth } from '@quarterdeck/contracts';
import type { Status } from '@quarterdeck/ui';
import { t } from './dependencies.messages.ts';
import { targetStatus } from './target-status.ts';

/** Health of what an application needs, as status and word. */
export function dependencyStatus(health: DependencyHealth): { status: Status; word: string } {
  return health === 'absent' ? { status: 'unknown', word: t.absent } : targetStatus(health);
}
