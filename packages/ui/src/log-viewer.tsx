import { IconDownload, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { memo, useEffect, useRef, useState } from 'react';
import { clockOf, exactTime } from './age.tsx';
import { CopyButton } from './feedback.tsx';
import { plainText } from './log-text.ts';
import { saveFile } from './save-file.ts';
import { t } from './ui.messages.ts';
import { useZone, type Zone } from './zone.ts';

/**
 * `source` says whose line it is, where a view holds several, with one of eight colours; a `note` is a word in between
 * and no line of the log.
 */
export type LogRow = {
  at?: string | undefined;
  source?: { name: string; hue: number };
  text: string;
  note?: boolean;
};

const kept = 5000;
const levels: readonly (readonly [RegExp, string])[] = [
  [/\b(FATAL|PANIC|ERROR|ERR)\b|level"?[=:]\s*"?(error|fatal)/i, 'failed'],
  [/\b(WARN|WARNING)\b|level"?[=:]\s*"?warn/i, 'degraded'],
];

/** How a line reads at a glance: what it calls itself, not what it may mean. */
export function levelOf(text: string): 'failed' | 'degraded' | '' {
  return (levels.find(([pattern]) => pattern.test(text.slice(0, 300)))?.[1] ?? '') as 'failed';
}

/** A text in parts, every second of which is what was looked for, in whatever case. */
export function partsOf(text: string, find: string): string[] {
  if (find === '') return [text];
  const parts: string[] = [];
  const [lower, word] = [text.toLowerCase(), find.toLowerCase()];
  // Some letters grow when they are made small: then places in one text are not those in the other.
  if (lower.length !== text.length) return [text];
  let from = 0;
  for (let at = lower.indexOf(word); at !== -1; at = lower.indexOf(word, from)) {
    parts.push(text.slice(from, at), text.slice(at, at + word.length));
    from = at + word.length;
  }
  return [...parts, text.slice(from)];
}

/** Lines as they are kept or sent on: exact time in UTC, whose it is, text. */
export function textOf(rows: readonly LogRow[]): string {
  return rows
    .map(({ at, source, text }) => [at, source?.name, plainText(text)].filter((part) => part !== undefined).join(' '))
    .map((line) => `${line}\n`)
    .join('');
}

const numbers = new WeakMap<LogRow, number>();
let lastNumber = 0;

/** A row keeps its element when those before it go. */
function keyOf(row: LogRow): number {
  let number = numbers.get(row);
  if (number === undefined) {
    lastNumber += 1;
    number = lastNumber;
    numbers.set(row, number);
  }
  return number;
}

/**
 * Lines as they come. Scrolling up or the button pauses: what is in view stays, and the end or the button goes on.
 * "Find" narrows what is in view and marks what was found; what is in view can be copied and saved.
 * @param ended why no more comes, in a sentence
 * @param fileName of what is saved, without its ending
 */
export function LogViewer(props: {
  rows: readonly LogRow[];
  ended: string | undefined;
  onRetry: (() => void) | undefined;
  fileName: string;
}) {
  const { ended, onRetry } = props;
  const box = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);
  const zone = useZone();
  /** What was in view when it was paused. */
  const [paused, setPaused] = useState<readonly LogRow[] | undefined>();
  const [wrap, setWrap] = useState(true);
  const [find, setFind] = useState('');
  const rows = (paused ?? props.rows).slice(-kept);
  const word = find.toLowerCase();
  const shown = rows.filter(
    ({ source, text }) => word === '' || `${source?.name ?? ''} ${text}`.toLowerCase().includes(word),
  );
  const last = shown.at(-1);
  useEffect(() => {
    if (paused !== undefined || box.current === null || last === undefined) return;
    box.current.scrollTop = box.current.scrollHeight;
    lastTop.current = box.current.scrollTop;
  }, [paused, last]);
  const lastPaused = paused?.at(-1);
  const fresh = lastPaused === undefined ? 0 : props.rows.length - 1 - props.rows.lastIndexOf(lastPaused);
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
        {paused !== undefined ? (
          <button type="button" className="button small" onClick={() => setPaused(undefined)}>
            <IconPlayerPlay size={14} aria-hidden="true" /> {t.followAgain(fresh)}
          </button>
        ) : ended === undefined ? (
          <>
            <span className="badge">{t.following}</span>
            <button type="button" className="button small" onClick={() => setPaused(props.rows)}>
              <IconPlayerPause size={14} aria-hidden="true" /> {t.pause}
            </button>
          </>
        ) : null}
        <span className="grow" />
        <CopyButton text={() => textOf(shown)} label={t.copyLines} />
        <button
          type="button"
          className="button small"
          onClick={() => saveFile(`${props.fileName}.log`, textOf(shown), 'text/plain')}
        >
          <IconDownload size={14} aria-hidden="true" /> {t.saveLines}
        </button>
      </div>
      {ended === undefined ? null : (
        <div className="notice stale" role="status">
          <p className="grow">{ended}</p>
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
        // Read aloud, a log would never end.
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard
        tabIndex={0}
        onScroll={(event) => {
          const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
          const isAtEnd = scrollHeight - scrollTop - clientHeight < 24;
          const isUp = scrollTop < lastTop.current - 2;
          lastTop.current = scrollTop;
          if (isAtEnd) setPaused(undefined);
          else if (isUp && paused === undefined) setPaused(props.rows);
        }}
      >
        {shown.map((row) => (
          <Line key={keyOf(row)} row={row} find={find} zone={zone} />
        ))}
      </div>
    </div>
  );
}

const Line = memo(function Line({ row, find, zone }: { row: LogRow; find: string; zone: Zone }) {
  const { at, source, note } = row;
  const text = plainText(row.text);
  return (
    <div className={note === true ? 'note' : levelOf(text)}>
      <time title={at === undefined ? undefined : exactTime(new Date(at))}>
        {at === undefined ? '' : clockOf(new Date(at), zone, 'ms')}
      </time>
      <span>
        {source === undefined ? null : (
          <span className={`log-source hue-${source.hue}`}>
            <Marked text={source.name} find={find} />
          </span>
        )}
        <Marked text={text} find={find} />
      </span>
    </div>
  );
});

function Marked({ text, find }: { text: string; find: string }) {
  return partsOf(text, find).map((part, index) =>
    // Every second part was looked for.
    index % 2 === 0 ? part : <mark key={String(index)}>{part}</mark>,
  );
}
