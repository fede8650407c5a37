import { diffLines } from './diff-lines.ts';
import { t } from './ui.messages.ts';

const context = 3;

/**
 * What changes, with three lines around it; the rest is folded.
 * @param label what is compared: a page holds several
 */
export function CodeDiff({ label, before, after }: { label: string; before: string; after: string }) {
  const lines = diffLines(before, after);
  const near = new Set<number>();
  lines.forEach((line, index) => {
    if (line.kind === 'same') return;
    for (let offset = -context; offset <= context; offset += 1) near.add(index + offset);
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard
    <section className="diff" tabIndex={0} aria-label={label}>
      {lines.map((line, index) => {
        if (!near.has(index)) {
          // Where something folded begins, at the top too.
          if (index > 0 && !near.has(index - 1)) return null;
          const next = lines.findIndex((_, later) => later > index && near.has(later));
          return (
            <div key={String(index)} className="folded">
              <span />
              <span>{t.fewer((next === -1 ? lines.length : next) - index)}</span>
            </div>
          );
        }
        return (
          <div key={String(index)} className={line.kind}>
            <span>{line.kind === 'added' ? '+' : line.kind === 'removed' ? '−' : ''}</span>
            <span>{line.text}</span>
          </div>
        );
      })}
    </section>
  );
}
