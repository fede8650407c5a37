import { AgeText, StatusDot } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Attention } from '../platform/attention.ts';
import { t } from './home.messages.ts';

const shownFirst = 12;

/** One row per cause: what, where, why, since when. */
export function AttentionList({ needs }: { needs: readonly Attention[] }) {
  const [all, setAll] = useState(false);
  const shown = all ? needs : needs.slice(0, shownFirst);
  return (
    <>
      <ul className="plain-list needs">
        {shown.map((need) => (
          <li key={need.key}>
            <span className="row wrap">
              <StatusDot status={need.severity}>
                <Link to={need.to} className="strong">
                  {need.subject}
                </Link>
              </StatusDot>
              <span className="muted">{need.where}</span>
            </span>
            <span className="cause">{need.cause}</span>
            <span className="muted since">{need.since === undefined ? null : <AgeText at={need.since} />}</span>
          </li>
        ))}
      </ul>
      {needs.length > shownFirst ? (
        <div>
          <button type="button" className="button small" onClick={() => setAll(!all)}>
            {all ? t.fewer : t.more(needs.length - shownFirst)}
          </button>
        </div>
      ) : null}
    </>
  );
}
