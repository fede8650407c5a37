import { CodeDiff, mergedText, mergeLines, Tabs } from '@quarterdeck/ui';
import { useMemo, useState } from 'react';
import { t } from './edit.messages.ts';

type Side = 'yours' | 'theirs';

/**
 * Two changes of one object, brought together: what only one side changed is merged, the rest is chosen. Nothing is
 * saved here.
 * @param onMerged the text to go on with, on top of theirs
 */
export function EditConflict(props: {
  name: string;
  base: string;
  yours: string;
  theirs: string;
  onMerged: (text: string) => void;
  onDrop: () => void;
}) {
  const { name, base, yours, theirs } = props;
  const [tab, setTab] = useState('merged');
  const [chosen, setChosen] = useState<Readonly<Record<number, Side>>>({});
  const parts = useMemo(() => mergeLines(base, yours, theirs), [base, yours, theirs]);
  const conflicts = parts.filter((part) => part.kind === 'conflict');
  const left = conflicts.filter((_, index) => chosen[index] === undefined).length;
  const text = mergedText(parts, (conflict) => chosen[conflict] ?? 'theirs');
  return (
    <section className="panel stack" aria-label={t.conflictTitle}>
      <div className="stack">
        <h2>{t.conflictTitle}</h2>
        <p>{conflicts.length === 0 ? t.conflictNone : t.conflictHint}</p>
      </div>
      <Tabs
        label={t.conflictTitle}
        current={tab}
        tabs={[
          { key: 'merged', title: t.merged, count: left === 0 ? undefined : left },
          { key: 'yours', title: t.yours },
          { key: 'theirs', title: t.theirs },
        ]}
        onChange={setTab}
      />
      {tab === 'yours' ? <CodeDiff label={`${t.yourChanges}: ${name}`} before={base} after={yours} /> : null}
      {tab === 'theirs' ? <CodeDiff label={`${t.theirChanges}: ${name}`} before={base} after={theirs} /> : null}
      {tab === 'merged' ? (
        <>
          {conflicts.map((part, index) => (
            <Choice
              key={String(index)}
              title={t.conflict(index + 1, conflicts.length)}
              yours={part.yours}
              theirs={part.theirs}
              chosen={chosen[index]}
              onChoose={(side) => setChosen((before) => ({ ...before, [index]: side }))}
            />
          ))}
          <h3>{t.mergedResult}</h3>
          <CodeDiff label={`${t.mergedResult}: ${name}`} before={theirs} after={text} />
        </>
      ) : null}
      <div className="row wrap">
        <button type="button" className="button primary" disabled={left > 0} onClick={() => props.onMerged(text)}>
          {t.useMerged}
        </button>
        <button type="button" className="button" onClick={props.onDrop}>
          {t.dropMine}
        </button>
        {left === 0 ? null : <span className="muted">{t.chooseFirst(left)}</span>}
      </div>
    </section>
  );
}

function Choice(props: {
  title: string;
  yours: readonly string[];
  theirs: readonly string[];
  chosen: Side | undefined;
  onChoose: (side: Side) => void;
}) {
  const sides = [
    { side: 'yours' as const, title: t.yours, verb: t.takeYours, lines: props.yours },
    { side: 'theirs' as const, title: t.theirs, verb: t.takeTheirs, lines: props.theirs },
  ];
  return (
    <fieldset className="merge-choice">
      <legend>{props.title}</legend>
      {sides.map(({ side, title, verb, lines }) => (
        <div key={side} className="stack">
          <div className="spread">
            <strong>{title}</strong>
            <button
              type="button"
              className={props.chosen === side ? 'button small primary' : 'button small'}
              aria-pressed={props.chosen === side}
              onClick={() => props.onChoose(side)}
            >
              {verb}
            </button>
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard */}
          <pre className="code" tabIndex={0}>
            {lines.length === 0 ? t.noLines : lines.join('\n')}
          </pre>
        </div>
      ))}
    </fieldset>
  );
}
