import type { Application, Dependency, DependencyHealth } from '@quarterdeck/contracts';

type Environment = Pick<Application['environments'][number], 'environmentId' | 'name' | 'tier'>;
type Target = Application['environments'][number]['targets'][number];

/** Worst first. */
const ranked: readonly Exclude<DependencyHealth, 'absent'>[] = [
  'failed',
  'unknown',
  'not_deployed',
  'updating',
  'healthy',
];

/**
 * How another application is beside each environment of one: where it has an environment of the same name, else the first
 * of the same tier.
 * @param other as whoever asks may see it
 * @param away ids of clusters that do not answer: what was well there is not known to be so
 */
export function toDependency(
  other: Application,
  environments: readonly Environment[],
  away: ReadonlySet<string>,
): Dependency {
  return {
    applicationId: other.id,
    project: other.project,
    application: other.slug,
    displayName: other.displayName,
    environments: environments.map(({ environmentId, name, tier }) => {
      const theirs =
        other.environments.find((candidate) => candidate.name === name) ??
        other.environments.find((candidate) => candidate.tier === tier);
      return {
        environmentId,
        environment: name,
        tier,
        ...(theirs === undefined ? {} : { theirs: theirs.name }),
        ...healthOf(theirs?.targets.map((target) => asKnown(target, away))),
      };
    }),
  };
}

function asKnown(target: Target, away: ReadonlySet<string>): Target {
  const mayHaveChanged = target.health === 'healthy' || target.health === 'updating';
  return mayHaveChanged && away.has(target.clusterId)
    ? { ...target, health: 'unknown', healthReason: `${target.cluster} does not answer.` }
    : target;
}

function healthOf(
  targets: readonly Target[] | undefined,
): Pick<Dependency['environments'][number], 'health' | 'targetCount' | 'healthyCount' | 'clusters' | 'reason'> {
  // What stood down or is to go is nobody's support.
  const active = (targets ?? []).filter(({ state }) => state === 'active');
  const health =
    targets === undefined
      ? 'absent'
      : (ranked.find((one) => active.some((target) => target.health === one)) ?? 'not_deployed');
  const worst = active.filter((target) => target.health === health);
  const reason = worst.find(({ healthReason }) => healthReason !== undefined)?.healthReason;
  return {
    health,
    targetCount: active.length,
    healthyCount: active.filter((target) => target.health === 'healthy').length,
    clusters: [...new Set(worst.map(({ cluster }) => cluster))].toSorted(),
    ...(reason === undefined ? {} : { reason }),
  };
}
