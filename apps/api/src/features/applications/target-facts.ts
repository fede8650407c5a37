import type { Application, DriftSummary } from '@quarterdeck/contracts';
import type { TargetRecord } from './applications.store.ts';

type TargetView = Application['environments'][number]['targets'][number];

/** What runs on a target by the newest release that touched it; `releases` stands to our right and fills this port. */
export interface TargetFacts {
  /** By target id; a target without an entry was never deployed to. */
  of(targetIds: readonly string[]): Promise<
    ReadonlyMap<
      string,
      {
        health: 'not_deployed' | 'updating' | 'healthy' | 'failed' | 'unknown';
        healthReason?: string;
        currentReleaseId?: string;
        currentReleaseNumber?: number;
        image?: string;
        ahead?: NonNullable<TargetView['ahead']>;
      }
    >
  >;
  /** What targets should have had and have not. */
  debts(targetIds: readonly string[]): Promise<ReadonlyMap<string, NonNullable<TargetView['debt']>>>;
  /** Whether they are as they were put there; without an entry where nothing of ours is. */
  drift(targets: readonly Pick<TargetRecord, 'id' | 'clusterId'>[]): Promise<ReadonlyMap<string, DriftSummary>>;
  /** Ids of applications with a target whose newest release failed there. */
  failing(): Promise<readonly string[]>;
  /** Targets that still hold objects of ours: such an application cannot be deleted. */
  isLive(targetIds: readonly string[]): Promise<boolean>;
}
