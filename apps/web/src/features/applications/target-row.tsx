import type { Application } from '@quarterdeck/contracts';
import { AgeText, StatusDot } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import { isAway, useFleet } from '../../platform/fleet.tsx';
import { imageTail, shortImage } from '../../platform/image-name.tsx';
import { t } from './applications.messages.ts';
import { DebtNote } from './debt-note.tsx';
import { DriftNote } from './drift-note.tsx';
import { aheadStatus, targetStatus } from './target-status.ts';

type Environment = Application['environments'][number];
type Target = Environment['targets'][number];

/** What runs at one target, whether it is known now, and what is on its way there. */
export function TargetRow(props: { application: Application; environment: Environment; target: Target }) {
  const { application, environment, target } = props;
  const cluster = useFleet()?.find(({ id }) => id === target.clusterId);
  const isCutOff = cluster !== undefined && isAway(cluster);
  const { status, word } = targetStatus(target.health);
  const release = (number: number) => (
    <Link
      to="/applications/$project/$app/$env/releases/$number"
      params={{
        project: application.project,
        app: application.slug,
        env: environment.name,
        number: String(number),
      }}
    >
      #{number}
    </Link>
  );
  const isKnown = target.health !== 'not_deployed' && !isCutOff;
  return (
    <li>
      <span className="row">
        <StatusDot status={target.state === 'paused' ? 'waiting' : isCutOff ? 'stale' : status}>
          <strong>{target.cluster}</strong>
        </StatusDot>
        <span className="muted">
          {target.state === 'paused' ? t.stoodDown : isCutOff && target.health !== 'not_deployed' ? t.was(word) : word}
        </span>
        <span className="grow" />
        {target.currentReleaseNumber === undefined ? null : release(target.currentReleaseNumber)}
      </span>
      {target.image === undefined ? null : (
        <code className="breakable" title={target.image}>
          {imageTail(shortImage(target.image))}
        </code>
      )}
      {isCutOff ? (
        <p className="row wrap">
          <StatusDot status="stale">{t.cutOff}</StatusDot>
          {cluster.asOf === undefined ? null : <AgeText at={cluster.asOf} />}
        </p>
      ) : null}
      {target.healthReason === undefined ? null : <p className="reason">{target.healthReason}</p>}
      {target.ahead === undefined ? null : (
        <p className="row wrap">
          <StatusDot status={aheadStatus[target.ahead.state]}>{t.ahead[target.ahead.state]}</StatusDot>
          {release(target.ahead.releaseNumber)}
        </p>
      )}
      {target.ahead?.reason === undefined ? null : <p className="reason">{target.ahead.reason}</p>}
      {target.state === 'leaving' ? <p className="reason">{t.leaving}</p> : null}
      {isKnown ? <DriftNote drift={target.drift} /> : null}
      <DebtNote application={application} environment={environment.name} target={target} isCutOff={isCutOff} />
    </li>
  );
}
