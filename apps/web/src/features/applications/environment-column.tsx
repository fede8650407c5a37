import type { Application, Release } from '@quarterdeck/contracts';
import { ActionButton } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useRefusal } from '../../platform/me.tsx';
import { workloadPath } from '../../platform/object-path.ts';
import { RollBack } from '../../platform/roll-back.tsx';
import { TierBadge } from '../../platform/tier-badge.tsx';
import { t } from './applications.messages.ts';
import { lastGoodOf } from './last-good.ts';
import { Narrowing } from './narrowing.tsx';
import { TargetRow } from './target-row.tsx';

type Environment = Application['environments'][number];

/** What runs where in one environment: deploy and roll back from here. */
export function EnvironmentColumn(props: {
  application: Application;
  environment: Environment;
  /** The environment after it, to promote to. */
  next: Environment | undefined;
  releases: readonly Release[];
}) {
  const { application, environment, next } = props;
  const [rolling, setRolling] = useState(false);
  const refusal = useRefusal('releases:rollback');
  const current = Math.max(0, ...environment.targets.map((target) => target.currentReleaseNumber ?? 0));
  const active = environment.targets.filter(({ state }) => state === 'active');
  const nothingLeft = environment.targets.length > 0 && active.length === 0 ? t.noTargetLeft : undefined;
  const lastGood = lastGoodOf(props.releases, current);
  const promotable = environment.targets.find(
    (target) => target.currentReleaseNumber === current && target.health === 'healthy',
  );
  const namespaces = [...new Set(environment.targets.map((target) => target.namespace))];
  return (
    <section className={`panel stack environment ${environment.tier}`} aria-label={t.environment(environment.name)}>
      <div className="spread">
        <h2>{environment.name}</h2>
        <TierBadge tier={environment.tier} />
      </div>
      <ul className="plain-list target-rows">
        {environment.targets.map((target) => (
          <TargetRow key={target.id} application={application} environment={environment} target={target} />
        ))}
      </ul>
      <Narrowing application={application} environment={environment} />
      <div className="row wrap foot">
        <Link
          to="/applications/$project/$app/deploy"
          params={{ project: application.project, app: application.slug }}
          search={{ environment: environment.name } as never}
          className="button primary"
          aria-label={t.deployTo(environment.name)}
        >
          {t.deploy}
        </Link>
        {next === undefined || promotable?.currentReleaseId === undefined ? null : (
          <Link
            to="/applications/$project/$app/deploy"
            params={{ project: application.project, app: application.slug }}
            search={{ environment: next.name, promote: promotable.currentReleaseId } as never}
            className="button"
          >
            {t.promoteTo(next.name)}
          </Link>
        )}
        {current === 0 ? null : (
          <ActionButton
            reason={nothingLeft ?? (lastGood === undefined ? t.nothingBefore : refusal)}
            onClick={() => setRolling(true)}
          >
            {lastGood === undefined || nothingLeft !== undefined ? t.rollBack : t.rollBackTo(lastGood.number)}
          </ActionButton>
        )}
        {current === 0
          ? null
          : namespaces.map((namespace) => (
              <Link
                key={namespace}
                to={workloadPath({ plural: 'deployments', namespace, name: application.slug })}
                className="button"
              >
                {t.pods}
              </Link>
            ))}
      </div>
      {current === 0 ? null : (
        <Link
          to="/applications/$project/$app/drift"
          params={{ project: application.project, app: application.slug }}
          search={{ environment: environment.name } as never}
        >
          {t.driftOf(environment.name)}
        </Link>
      )}
      <Link
        to="/access/projects/$project/delivery"
        params={{ project: application.project }}
        search={{ environment: environment.name } as never}
      >
        {t.strategies}
      </Link>
      {rolling && lastGood !== undefined ? (
        <RollBack
          release={lastGood}
          clusters={active.map(({ cluster }) => cluster)}
          onClose={() => setRolling(false)}
        />
      ) : null}
    </section>
  );
}
