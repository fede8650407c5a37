import type { Application } from '@quarterdeck/contracts';
import type { Status } from '@quarterdeck/ui';
import { t } from './applications.messages.ts';

type Target = Application['environments'][number]['targets'][number];

/**
 * Whether an application runs, in one sentence, the worst first.
 * @param away clusters, by id, of which only is known what was there when they answered last
 */
export function applicationAnswer(
  application: Pick<Application, 'environments'>,
  away: ReadonlySet<string>,
): { status: Status; text: string } {
  const targets = application.environments.flatMap((environment) => environment.targets);
  const active = targets.filter(({ state }) => state !== 'paused');
  const clusters = (those: readonly Target[]) => [...new Set(those.map(({ cluster }) => cluster))].join(', ');
  const failed = active.filter(({ health }) => health === 'failed');
  if (failed.length > 0) {
    return { status: 'failed', text: t.failsIn(clusters(failed), failed[0]?.healthReason ?? t.failedWithoutReason) };
  }
  const asking = active.filter(({ ahead }) => ahead?.state === 'needs_decision');
  if (asking.length > 0) return { status: 'degraded', text: t.asksIn(clusters(asking)) };
  const cutOff = active.filter(({ health, clusterId }) => health !== 'not_deployed' && away.has(clusterId));
  if (cutOff.length > 0) return { status: 'stale', text: t.cutOffIn(clusters(cutOff), active.length - cutOff.length) };
  const updating = active.filter(({ health, ahead }) => health === 'updating' || ahead?.state === 'waiting');
  if (updating.length > 0) return { status: 'updating', text: t.updatesIn(updating.length, active.length) };
  const unknown = active.filter(({ health }) => health === 'unknown');
  if (unknown.length > 0) return { status: 'unknown', text: t.unknownIn(clusters(unknown)) };
  const healthy = active.filter(({ health }) => health === 'healthy');
  if (healthy.length === 0) {
    return { status: 'waiting', text: active.length < targets.length ? t.allStoodDown : t.notDeployed };
  }
  const refused = healthy.filter(({ ahead }) => ahead?.state === 'failed');
  const ahead = refused[0]?.ahead;
  if (ahead !== undefined) {
    const text = t.didNotBegin(clusters(refused), ahead.releaseNumber, ahead.reason ?? t.failedWithoutReason);
    return { status: 'degraded', text };
  }
  const owed = healthy.filter(({ debt }) => debt !== undefined);
  if (owed.length > 0) return { status: 'degraded', text: t.owedIn(clusters(owed)) };
  const drifted = healthy.filter(({ drift }) => drift?.state === 'drifted');
  if (drifted.length > 0) return { status: 'degraded', text: t.driftedIn(clusters(drifted)) };
  return { status: 'healthy', text: t.healthyIn(healthy.length, active.length) };
}
