import type { DeedPreview, InventoryObject } from '@quarterdeck/contracts';
import { useEffect, useState } from 'react';
import { problemOf } from '../../../platform/api.ts';
import { type BulkAction, type BulkInput, preview } from './bulk-actions.ts';
import { runBulk } from './run-bulk.ts';
import { useGathered } from './use-gathered.ts';

/** What a cluster said of one object; `unasked` where it said nothing, and why. */
export type Answer = { preview: DeedPreview } | { unasked: string };

/** Typing goes on: a number is asked about once it stands. */
const restMs = 400;

/**
 * Asks the cluster of each object whether it would take the deed, anew whenever the deed or the objects change.
 * @param input `undefined` while it is not right yet: then nobody is asked
 */
export function useDryRun(
  action: BulkAction,
  rows: readonly InventoryObject[],
  input: BulkInput | undefined,
): { answers: ReadonlyMap<string, Answer>; again: () => void } {
  const { shown, put, reset } = useGathered<Answer>();
  const [round, setRound] = useState(0);
  const inputText = input === undefined ? undefined : JSON.stringify(input);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another round is another question
  useEffect(() => {
    reset([]);
    if (inputText === undefined || rows.length === 0) return;
    const given = JSON.parse(inputText) as BulkInput;
    const stop = new AbortController();
    const timer = setTimeout(
      () =>
        void runBulk({
          items: rows,
          keyOf: (row) => row.id,
          async act(row) {
            const answer = await preview(action, row, given, stop.signal);
            if (!stop.signal.aborted) put(row.id, { preview: answer });
          },
          whyOf: (error) => problemOf(error).detail,
          onOutcome(id, { state, why = '' }) {
            if (state === 'failed' && !stop.signal.aborted) put(id, { unasked: why });
          },
          signal: stop.signal,
        }),
      action === 'scale' || action === 'label' ? restMs : 0,
    );
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [action, rows, inputText, round, put, reset]);
  return { answers: shown, again: () => setRound((before) => before + 1) };
}
