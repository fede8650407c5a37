import type { Application, Release } from '@quarterdeck/contracts';
import { ActionButton, StatusDot } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useRefusal } from '../../platform/me.tsx';
import { workloadPath } from '../../platform/object-path.ts';
import { RollBack } from '../../platform/roll-back.tsx';
import { TierBadge } from '../../platform/tier-badge.tsx';
import { t } from './applications.messages.ts';
import { DebtNote } from './debt-note.tsx';
import { DriftNote } from './drift-note.tsx';
import { targetStatus } from './target-status.ts';

type Environment = Application['environments'][number];

/** Kinds of releases that go to every target; others put out something on some of them. */
const isWhole: ReadonlySet<Release['kind']> = new Set(['deploy', 'rollback']);

/** The newest release before the current one that went well: what a roll-back goes to. */
export function lastGoodOf(releases: readonly Release[], current: number | undefined): Release | undefined {
  return releases
    .filter(({ kind, state }) => isWhole.has(kind) && ['succeeded', 'superseded'].includes(state))
    .filter((release) => release.healthyCount > 0 && release.number < (current ?? 0))
    .toSorted((a, b) => b.number - a.number)[0];
}

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
        {environment.targets.map((target) => {
          const { status, word } = targetStatus(target.health);
          return (
            <li key={target.id}>
              <span className="row">
                <StatusDot status={target.state === 'paused' ? 'waiting' : status}>
                  <strong>{target.cluster}</strong>
                </StatusDot>
                <span className="muted">{target.state === 'paused' ? t.stoodDown : word}</span>
                <span className="grow" />
                {target.currentReleaseNumber === undefined ? null : (
                  <Link
                    to="/applications/$project/$app/$env/releases/$number"
                    params={{
                      project: application.project,
                      app: application.slug,
                      env: environment.name,
                      number: String(target.currentReleaseNumber),
                    }}
                  >
                    #{target.currentReleaseNumber}
                  </Link>
                )}
              </span>
              {target.image === undefined ? null : <code className="breakable">{target.image}</code>}
              {target.healthReason === undefined ? null : <p className="reason">{target.healthReason}</p>}
              {target.state === 'leaving' ? <p className="reason">{t.leaving}</p> : null}
              <DriftNote drift={target.drift} />
              <DebtNote application={application} environment={environment.name} target={target} />
            </li>
          );
        })}
      </ul>
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
          <ActionButton reason={lastGood === undefined ? t.nothingBefore : refusal} onClick={() => setRolling(true)}>
            {lastGood === undefined ? t.rollBack : t.rollBackTo(lastGood.number)}
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
          clusters={environment.targets.map(({ cluster }) => cluster)}
          onClose={() => setRolling(false)}
        />
      ) : null}
    </section>
  );
}
