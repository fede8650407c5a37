import type { UpgradePreview } from '@quarterdeck/contracts';
import { StatusDot } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import { TierBadge } from '../../platform/tier-badge.tsx';
import { t } from './upgrade.messages.ts';
import { type Outcome, placeKey } from './upgrade-place.ts';

type Item = UpgradePreview['items'][number];

const status = { changes: 'updating', unchanged: 'healthy', not_deployed: 'waiting', refused: 'failed' } as const;
const rank = { refused: 0, changes: 1, unchanged: 2, not_deployed: 3 } as const;

/** Who follows an older version, what is refused first; who can be upgraded is chosen here. */
export function UpgradeItems(props: {
  items: readonly Item[];
  outcomes: ReadonlyMap<string, Outcome>;
  isChosen: (item: Item) => boolean;
  onChoose: (items: readonly Item[], isChosen: boolean) => void;
}) {
  const sorted = props.items.toSorted((a, b) => rank[a.state] - rank[b.state]);
  const open = sorted.filter((item) => isOpen(item, props.outcomes));
  return (
    <div className="panel flush">
      <table className="table">
        <thead>
          <tr>
            <th className="tick">
              <input
                type="checkbox"
                aria-label={t.chooseAll}
                checked={open.length > 0 && open.every(props.isChosen)}
                disabled={open.length === 0}
                onChange={({ target }) => props.onChoose(open, target.checked)}
              />
            </th>
            <th>{t.where}</th>
            <th>{t.from}</th>
            <th>{t.what}</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((item) => {
            const place = `${item.project}/${item.application} ${item.environment}`;
            return (
              <tr key={placeKey(item)}>
                <td className="tick">
                  {isOpen(item, props.outcomes) ? (
                    <input
                      type="checkbox"
                      aria-label={t.chooseOne(place)}
                      checked={props.isChosen(item)}
                      onChange={({ target }) => props.onChoose([item], target.checked)}
                    />
                  ) : null}
                </td>
                <td>
                  <span className="row">
                    <Link
                      to="/applications/$project/$app"
                      params={{ project: item.project, app: item.application }}
                      className="strong"
                    >
                      {item.project}/{item.application}
                    </Link>
                    <TierBadge tier={item.tier}>{item.environment}</TierBadge>
                  </span>
                </td>
                <td>
                  <code>{item.from}</code>
                </td>
                <td className="wrap">
                  <WhatBecomes item={item} outcome={props.outcomes.get(placeKey(item))} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function isOpen(item: Item, outcomes: ReadonlyMap<string, Outcome>): boolean {
  return item.contentSha256 !== undefined && !outcomes.has(placeKey(item));
}

function WhatBecomes({ item, outcome }: { item: Item; outcome: Outcome | undefined }) {
  if (outcome?.release !== undefined) {
    return (
      <StatusDot status="updating">
        <Link
          to="/applications/$project/$app/$env/releases/$number"
          params={{
            project: item.project,
            app: item.application,
            env: item.environment,
            number: String(outcome.release.number),
          }}
        >
          {t.release(outcome.release.number)}
        </Link>
      </StatusDot>
    );
  }
  const problem = outcome?.problem ?? item.problem;
  return (
    <>
      <StatusDot status={problem === undefined ? status[item.state] : 'failed'}>
        {problem === undefined ? t.states[item.state] : t.states.refused}
      </StatusDot>{' '}
      {item.state === 'changes' && problem === undefined ? (
        <span>
          {t.changeNumbers(item.changes.map((at) => at + 1))}{' '}
          <span className="muted">{t.inClusters(item.clusters)}</span>
        </span>
      ) : null}
      {item.state === 'not_deployed' ? <span className="muted">{t.notDeployedHint}</span> : null}
      {problem === undefined ? null : <span>{problem.detail}</span>}
      {problem === undefined || problem.errors.length === 0 ? null : (
        <ul className="findings">
          {problem.errors.map(({ pointer, detail }) => (
            <li key={`${pointer} ${detail}`}>
              <code>{pointer}</code> {detail}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
