import type { EvacuationItem } from '@quarterdeck/contracts';
import { type Status, StatusDot } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import { releaseStatus } from '../../platform/release-status.ts';
import { TierBadge } from '../../platform/tier-badge.tsx';
import { t } from './evacuation.messages.ts';

const statuses: Record<EvacuationItem['state'], Status> = {
  proposed: 'waiting',
  covered: 'healthy',
  blocked: 'failed',
  approved: 'updating',
};
const levels = { warn: 'degraded', confirm: 'degraded', block: 'failed' } as const;

/** What must be taken care of before an item goes. */
export const confirmsOf = ({ findings }: EvacuationItem) =>
  findings.filter(({ level }) => level === 'confirm').map(({ code }) => code);

const nameOf = ({ application, environment }: EvacuationItem) => `${application} ${environment}`;

/** One application of a draft: what it needs, where it goes, what speaks against it. */
export function EvacuationRow(props: {
  item: EvacuationItem;
  /** What of the draft it goes after. */
  after: readonly EvacuationItem[];
  chosen: boolean;
  accepts: readonly string[];
  onChoose: (chosen: boolean) => void;
  onAccept: (code: string, accepted: boolean) => void;
}) {
  const { item, accepts } = props;
  const { application, project, environment, destination, needs, evacuation } = item;
  const canGo = item.state === 'proposed';
  const { outside } = item;
  /** What it needs and what stays where it is, lost. */
  const stays = props.after.filter(({ state }) => state === 'blocked');
  const { status, word } =
    evacuation === undefined
      ? { status: statuses[item.state], word: t.states[item.state] }
      : releaseStatus({ ...evacuation, kind: 'evacuate' });
  return (
    <tr>
      <td className="tick">
        {canGo ? (
          <input
            type="checkbox"
            aria-label={t.choose(application, environment)}
            disabled={confirmsOf(item).some((code) => !accepts.includes(code))}
            checked={props.chosen}
            onChange={(event) => props.onChoose(event.target.checked)}
          />
        ) : null}
      </td>
      <th scope="row">
        <Link to="/applications/$project/$app" params={{ project, app: application }}>
          {application}
        </Link>{' '}
        <TierBadge tier={item.tier}>{environment}</TierBadge>
        <div className="muted">{project}</div>
      </th>
      <td>{t.needsText(needs.pods, needs.cpuCores, needs.memoryBytes / 1024 ** 3)}</td>
      <td>
        {destination === undefined ? (
          <span className="muted">{item.state === 'covered' ? '–' : t.nowhere}</span>
        ) : (
          <>
            <strong>{destination.cluster}</strong> <span className="muted">{destination.namespace}</span>
            {destination.isNew ? <div className="muted">{t.newRule}</div> : null}
          </>
        )}
      </td>
      <td className="wrap">
        <ul className="plain-list">
          {item.findings.length === 0 ? <li className="muted">{t.nothingAgainst}</li> : null}
          {props.after.length === 0 ? null : (
            <li>
              {stays.length === 0 ? (
                <span className="muted">{t.goesAfter(props.after.map(nameOf))}</span>
              ) : (
                <StatusDot status="degraded">{t.goesAfterStaying(stays.map(nameOf))}</StatusDot>
              )}
            </li>
          )}
          {outside.length === 0 && item.hiddenOutside === 0 ? null : (
            <li className="muted">
              {t.needsOutside}{' '}
              {outside.map((other, index) => (
                <span key={other.applicationId}>
                  {index === 0 ? '' : ', '}
                  <Link to="/applications/$project/$app" params={{ project: other.project, app: other.application }}>
                    {other.application}
                  </Link>
                </span>
              ))}
              {item.hiddenOutside === 0 ? '' : ` ${t.hiddenOutside(item.hiddenOutside, outside.length > 0)}`}
            </li>
          )}
          {item.findings.map((finding) => (
            <li key={`${finding.code} ${finding.detail}`}>
              {finding.level === 'info' ? (
                <span className="muted">{finding.detail}</span>
              ) : (
                <StatusDot status={levels[finding.level]}>{finding.detail}</StatusDot>
              )}
              {finding.level === 'confirm' && canGo ? (
                <label className="row">
                  <input
                    type="checkbox"
                    aria-label={t.confirmIt(application, finding.code)}
                    checked={accepts.includes(finding.code)}
                    onChange={(event) => props.onAccept(finding.code, event.target.checked)}
                  />
                  {t.confirmed}
                </label>
              ) : null}
            </li>
          ))}
        </ul>
      </td>
      <td>
        <StatusDot status={status}>{word}</StatusDot>
        {evacuation === undefined ? null : (
          <div>
            <Link
              to="/applications/$project/$app/$env/releases/$number"
              params={{ project, app: application, env: environment, number: String(evacuation.number) }}
            >
              {t.release(evacuation.number)}
            </Link>
          </div>
        )}
      </td>
    </tr>
  );
}
