import { useEffect, useRef, useState } from 'react';
import { clockOf, exactTime } from './age.tsx';
import { plainText } from './log-text.ts';
import { t } from './ui.messages.ts';
import { useZone } from './zone.ts';

/** `source` says whose line it is, where a view holds several; a `note` is a word in between and no line of the log. */
export type LogRow = { at?: string | undefined; source?: string; text: string; note?: boolean };

const kept = 5000;
const levels: readonly (readonly [RegExp, string])[] = [
  [/\b(FATAL|PANIC|ERROR|ERR)\b|level"?[=:]\s*"?(error|fatal)/i, 'failed'],
  [/\b(WARN|WARNING)\b|level"?[=:]\s*"?warn/i, 'degraded'],
];

/** How a line reads at a glance: what it calls itself, not what it may mean. */
export function levelOf(text: string): 'failed' | 'degraded' | '' {
  return (levels.find(([pattern]) => pattern.test(text.slice(0, 300)))?.[1] ?? '') as 'failed';
}

/**
 * Lines as they come; scrolling up leaves following, a button returns; "Find" narrows what is in view.
 * @param ended why no more comes, a sentence each
 */
export function LogViewer(props: {
  rows: readonly LogRow[];
  ended: readonly string[];
  /** Nothing more comes from anywhere. */
  isOver: boolean;
  onRetry: (() => void) | undefined;
}) {
  const { rows, ended, isOver, onRetry } = props;
  const box = useRef<HTMLDivElement>(null);
  const zone = useZone();
  const [following, setFollowing] = useState(true);
  const [wrap, setWrap] = useState(true);
  const [find, setFind] = useState('');
  const shown = rows
    .slice(-kept)
    .filter((row) => find === '' || `${row.source ?? ''} ${row.text}`.toLowerCase().includes(find.toLowerCase()));
  useEffect(() => {
    if (following && box.current !== null && shown.length >= 0) box.current.scrollTop = box.current.scrollHeight;
  }, [following, shown.length]);
  return (
    <div className="stack">
      <div className="filters">
        <input
          aria-label={t.findInView}
          placeholder={t.findInView}
          value={find}
          onChange={(event) => setFind(event.target.value)}
        />
        <span className="muted">{t.lines(shown.length, rows.length)}</span>
        <label className="row">
          <input type="checkbox" checked={wrap} onChange={(event) => setWrap(event.target.checked)} />
          {t.wrap}
        </label>
        {isOver ? null : following ? (
          <span className="badge">{t.following}</span>
        ) : (
          <button type="button" className="button small" onClick={() => setFollowing(true)}>
            {t.followAgain}
          </button>
        )}
      </div>
      {ended.length === 0 ? null : (
        <div className="notice stale" role="status">
          <div className="grow">
            {ended.map((text) => (
              <p key={text}>{text}</p>
            ))}
          </div>
          {onRetry === undefined ? null : (
            <button type="button" className="button small" onClick={onRetry}>
              {t.tryAgain}
            </button>
          )}
        </div>
      )}
      <div
        className={`log ${wrap ? '' : 'nowrap'}`}
        ref={box}
        role="log"
        aria-label={t.logLines}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard
        tabIndex={0}
        onScroll={(event) => {
          const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
          setFollowing(scrollHeight - scrollTop - clientHeight < 24);
        }}
      >
        {shown.map((row, index) => (
          <div key={String(index)} className={row.note === true ? 'note' : levelOf(row.text)}>
            <time title={row.at === undefined ? undefined : exactTime(new Date(row.at))}>
              {row.at === undefined ? '' : clockOf(new Date(row.at), zone, 'ms')}
            </time>
            <span>
              {row.source === undefined ? null : <span className="log-source">{row.source}</span>}
              {plainText(row.text)}
            </span>
          </div>
        ))}
      </div>
    </div>
  );
}
