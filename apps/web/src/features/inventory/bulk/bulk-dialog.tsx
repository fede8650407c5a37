import type { DeedPreview, InventoryObject } from '@quarterdeck/contracts';
import { ConfirmDanger } from '@quarterdeck/ui';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { problemOf } from '../../../platform/api.ts';
import { mostAtOnce } from '../all-rows.ts';
import { t } from './bulk.messages.ts';
import { act, type BulkAction, emptyInput, isPod, wrongField } from './bulk-actions.ts';
import { BulkFields } from './bulk-fields.tsx';
import { BulkImpact, whatOf } from './bulk-impact.tsx';
import { BulkReport } from './bulk-report.tsx';
import { DryRunAnswers } from './dry-run-answers.tsx';
import { type Outcome, runBulk } from './run-bulk.ts';
import { useDryRun } from './use-dry-run.ts';
import { useGathered } from './use-gathered.ts';
import { useRights } from './use-rights.ts';

const none: readonly InventoryObject[] = [];

/** What somebody types to say that they mean it: the name of one, how many of several. */
const expectedOf = (rows: readonly InventoryObject[]) =>
  rows.length === 1 ? (rows[0]?.name ?? '') : String(rows.length);

/**
 * One action on the ticked rows: what it touches and what each cluster says to it (a dry run), before; how it went with
 * each, after. Done is what was answered with yes.
 */
export function BulkDialog(props: {
  action: BulkAction;
  rows: readonly InventoryObject[];
  /** Clusters that are cut off now. */
  away: ReadonlySet<string>;
  onClose: (ended: boolean) => void;
}) {
  const { action, away } = props;
  // What was ticked when it was asked for: the list goes on below.
  const [rows] = useState(props.rows);
  const [runKey] = useState(() => crypto.randomUUID());
  const queries = useQueryClient();
  const tooMany = rows.length > mostAtOnce;
  const rights = useRights(action, tooMany ? none : rows);
  const [input, setInput] = useState(emptyInput);
  const [chosen, setChosen] = useState<readonly InventoryObject[] | undefined>();
  const outcomes = useGathered<Outcome>();
  const [running, setRunning] = useState(false);
  const stop = useRef(new AbortController());
  const subjectOf = (some: readonly InventoryObject[]) => whatOf(some, rows[0]?.plural ?? '');
  const isWrong = wrongField(action, input) !== undefined;
  const mayAsk =
    rights.data === undefined ? none : rows.filter(({ id, cluster }) => !away.has(cluster) && !rights.data.has(id));
  const askedIds = mayAsk.map(({ id }) => id).join(' ');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same objects are the same question, whoever listed them
  const asked = useMemo(() => mayAsk, [askedIds]);
  const { answers, again } = useDryRun(action, asked, isWrong ? undefined : input);
  const previews = useMemo(
    () =>
      new Map<string, DeedPreview>(
        [...answers].flatMap(([id, answer]) => ('preview' in answer ? [[id, answer.preview] as const] : [])),
      ),
    [answers],
  );
  const taken = asked.filter(({ id }) => {
    const answer = previews.get(id);
    return answer !== undefined && answer.refusal === undefined;
  });

  async function run(some: readonly InventoryObject[]): Promise<void> {
    stop.current = new AbortController();
    setRunning(true);
    outcomes.reset([...outcomes.shown, ...some.map((row) => [row.id, { state: 'waiting' }] as const)]);
    await runBulk({
      items: some,
      keyOf: (row) => row.id,
      // The same key again for the same object: what was done and whose answer was lost is not done twice.
      act: (row) => act(action, row, input, `${runKey}-${row.id}`),
      whyOf: (error) => problemOf(error).detail,
      onOutcome: outcomes.put,
      signal: stop.current.signal,
    });
    setRunning(false);
    void queries.invalidateQueries({ queryKey: ['inventory'] });
  }

  if (chosen !== undefined) {
    return (
      <BulkReport
        title={t.verbs[action](subjectOf(chosen))}
        rows={chosen}
        outcomes={outcomes.shown}
        running={running}
        onStop={() => stop.current.abort()}
        onAgain={(failed) => void run(failed)}
        onClose={() => props.onClose(true)}
      />
    );
  }
  const isAnswered = !isWrong && rights.data !== undefined && answers.size === asked.length;
  const verb = t.verbs[action](subjectOf(isAnswered ? taken : rights.data === undefined ? rows : asked));
  const pods = rows[0] !== undefined && isPod(rows[0]);
  return (
    <ConfirmDanger
      title={verb}
      verb={verb}
      level="L2"
      harmless={action !== 'delete'}
      {...(action === 'delete' && !pods && isAnswered && taken.length > 0 ? { expectText: expectedOf(taken) } : {})}
      pending={false}
      blocked={
        tooMany
          ? t.tooMany(mostAtOnce)
          : rights.isPending
            ? t.asking
            : asked.length === 0
              ? t.noneLeft
              : isWrong
                ? t.inputFirst[action]
                : !isAnswered
                  ? t.notYetAnswered
                  : taken.length === 0
                    ? t.noneTaken
                    : undefined
      }
      error={rights.isError ? <p className="notice failed">{problemOf(rights.error).detail}</p> : undefined}
      onConfirm={() => {
        setChosen(taken);
        void run(taken);
      }}
      onClose={() => props.onClose(false)}
    >
      <p>{action === 'delete' && pods ? t.what.deletePods : t.what[action]}</p>
      <BulkFields action={action} rows={rows} input={input} onChange={setInput} />
      <BulkImpact action={action} rows={asked.length === 0 ? rows : asked} answers={previews} />
      {rights.data === undefined ? null : (
        <DryRunAnswers
          action={action}
          rows={rows}
          asked={asked.length}
          isAsking={!isWrong}
          answers={answers}
          whyNotAsked={({ id, cluster }) => (away.has(cluster) ? t.awayNow : rights.data.get(id))}
          onAgain={again}
        />
      )}
    </ConfirmDanger>
  );
}
