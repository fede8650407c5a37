import { useEffect, useRef, useState } from 'react';

export type LogRow = { at?: string | undefined; text: string };

const kept = 5000;
// Colours and movements of terminals: only text is shown.
const escapes = new RegExp(
  `${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]|${String.fromCharCode(27)}\\][^${String.fromCharCode(7)}]*${String.fromCharCode(7)}`,
  'g',
);

/** Lines as they come; scrolling up leaves following, a button returns; "Find" narrows what is in view. */
export function LogViewer({ rows, ended }: { rows: readonly LogRow[]; ended?: string | undefined }) {
  const box = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(true);
  const [find, setFind] = useState('');
  const shown = rows.slice(-kept).filter((row) => find === '' || row.text.toLowerCase().includes(find.toLowerCase()));
  useEffect(() => {
    if (following && box.current !== null && shown.length >= 0) box.current.scrollTop = box.current.scrollHeight;
  }, [following, shown.length]);
  return (
    <div className="stack">
      <div className="filters">
        <input
          aria-label="Find in view"
          placeholder="Find in view"
          value={find}
          onChange={(event) => setFind(event.target.value)}
        />
        <span className="muted">
          {shown.length} of {rows.length} lines
        </span>
        {following ? (
          <span className="badge">Following</span>
        ) : (
          <button type="button" className="button small" onClick={() => setFollowing(true)}>
            Follow again
          </button>
        )}
      </div>
      <div
        className="log"
        ref={box}
        role="log"
        aria-label="Log lines"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard
        tabIndex={0}
        onScroll={(event) => {
          const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
          setFollowing(scrollHeight - scrollTop - clientHeight < 24);
        }}
      >
        {shown.map((row, index) => (
          <div key={String(index)}>
            <time title={row.at}>{row.at === undefined ? '' : row.at.slice(11, 23)}</time>
            <span>{row.text.replaceAll(escapes, '')}</span>
          </div>
        ))}
        {ended === undefined ? null : (
          <div className="muted">
            <span />
            <span>{ended}</span>
          </div>
        )}
      </div>
    </div>
  );
}
