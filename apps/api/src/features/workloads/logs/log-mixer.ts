import { type Clock, sleep } from '@quarterdeck/kubernetes';
import { AppError } from '../../../platform/errors.ts';
import type { ContainerLog, LogNote } from './container-log.ts';
import { createLogMerge, defaultBounds, type MergeBounds, mergeHistory, type SourceEntry } from './merge-lines.ts';

/** How a source stands. */
export type SourceState = 'waiting' | 'following' | 'ended' | 'failed';

/** What a mix consists of, in the order a reader is told it. */
export type MixedPart =
  | { kind: 'lines'; lines: SourceEntry[] }
  /** `count`: of a gap, how many lines were left out. */
  | { kind: 'note'; note: LogNote | { kind: 'gap' | 'cut_history'; text: string }; source?: number; count?: number }
  /** Sources came, went, or stand otherwise: look at them. */
  | { kind: 'changed' };

export type MixerOptions = {
  clock: Clock;
  bounds?: MergeBounds;
  /** Most of what was written before. */
  history: { lines: number; characters: number };
  /** How long the first lines wait for all histories. */
  historyMs?: number;
  /** How long a reader may hold a part before lines are left out. */
  behindMs?: number;
  /** Who logs what nobody expected. */
  onUnexpected?: (error: unknown) => void;
};

export interface LogMixer {
  /**
   * Begins to read a source.
   * @param options.turn when its history is read, so that not all are asked for at once
   * @param options.joined it began after the others: it is read from its start, as it goes on
   */
  add(
    source: number,
    log: ContainerLog,
    options: { turn?: <T>(work: () => Promise<T>) => Promise<T>; joined?: boolean; onState: StateListener },
  ): void;
  /** Something about the sources is to be told. */
  touch(): void;
  /** No source comes any more: the mix ends with the last of them. */
  close(): void;
  /** History, then each line; ends with the signal or when it was closed and all sources ended. */
  parts(): AsyncGenerator<MixedPart, void, undefined>;
}

export type StateListener = (state: SourceState, why?: AppError) => void;

const batchLines = 500;
const batchCharacters = 64_000;
/** Changes of sources are told together. */
const changesMs = 150;
const lookMs = 50;

/** Reads many logs and gives them as one. */
export function createLogMixer(options: MixerOptions, signal: AbortSignal): LogMixer {
  const { clock, bounds = defaultBounds, historyMs = 2000, behindMs = 1000 } = options;
  const merge = createLogMerge(bounds);
  let histories: { source: number; lines: SourceEntry[] }[] | undefined = [];
  /** Histories that are still to come. */
  let expected = 0;
  let reading = 0;
  let isClosed = false;
  let left = 0;
  let changedAt: number | undefined;
  /** Since when the reader holds a part. */
  let heldSince: number | undefined;
  let wake = () => {};

  const touch = () => {
    changedAt ??= clock.now();
    wake();
  };

  /** Waits for room; of a reader that is behind lines are left out, and counted. */
  async function offer(source: number, entries: readonly SourceEntry[]): Promise<void> {
    while (merge.isFull && !signal.aborted) {
      if (heldSince !== undefined && clock.now() - heldSince > behindMs) left += merge.drop();
      else await sleep(clock, lookMs, signal);
    }
    const isFirst = merge.dueAt() === undefined;
    merge.add(source, entries, clock.now());
    // Otherwise somebody waits for those that came before.
    if (isFirst || merge.isFull) wake();
  }

  async function pump(
    source: number,
    log: ContainerLog,
    { turn = (work) => work(), joined = false, onState }: Parameters<LogMixer['add']>[2],
  ): Promise<void> {
    let said: SourceState | undefined;
    const say = (state: SourceState, why?: AppError) => {
      if (state === said) return;
      said = state;
      onState(state, why);
      touch();
    };
    try {
      if (joined) {
        const note = { kind: 'joined', text: 'This pod was added.' } as const;
        await offer(source, [{ stamp: '', text: note.text, note, source }]);
      } else {
        const { lines, state } = await turn(() => log.history()).finally(() => {
          expected -= 1;
        });
        const entries = lines.map((line) => ({ ...line, source }));
        if (histories !== undefined) histories.push({ source, lines: entries });
        else await offer(source, entries);
        say(state?.kind === 'waiting' ? 'waiting' : state?.kind === 'ended' && state.isLast ? 'ended' : 'following');
      }
      for await (const part of log.follow(signal)) {
        if ('lines' in part) {
          say('following');
          await offer(
            source,
            part.lines.map((line) => ({ ...line, source })),
          );
        } else {
          await offer(source, [{ stamp: '', text: part.note.text, note: part.note, source }]);
          if (part.note.kind === 'waiting') say('waiting');
        }
      }
      say('ended');
    } catch (error) {
      if (signal.aborted) return;
      const known = error instanceof AppError ? error : undefined;
      if (known === undefined) options.onUnexpected?.(error);
      say('failed', known ?? new AppError('internal', 500, 'Reading it failed.'));
    } finally {
      reading -= 1;
      wake();
    }
  }

  /** Until something comes, or is due. */
  function next(): Promise<void> {
    return new Promise((resolve) => {
      const due = [merge.dueAt(), changedAt === undefined ? undefined : changedAt + changesMs].filter(
        (at) => at !== undefined,
      );
      const cancel = due.length === 0 ? () => {} : clock.after(Math.max(0, Math.min(...due) - clock.now()), done);
      function done(): void {
        cancel();
        wake = () => {};
        signal.removeEventListener('abort', done);
        resolve();
      }
      wake = done;
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    });
  }

  async function* give(part: MixedPart): AsyncGenerator<MixedPart> {
    heldSince = clock.now();
    yield part;
    heldSince = undefined;
  }

  async function* giveEntries(entries: readonly SourceEntry[]): AsyncGenerator<MixedPart> {
    let batch: SourceEntry[] = [];
    let characters = 0;
    for (const entry of entries) {
      const { note, source } = entry;
      const isFull = batch.length >= batchLines || characters + entry.text.length > batchCharacters;
      if (batch.length > 0 && (isFull || note !== undefined)) {
        yield* give({ kind: 'lines', lines: batch });
        [batch, characters] = [[], 0];
      }
      if (note !== undefined) yield* give({ kind: 'note', note, source });
      else {
        batch.push(entry);
        characters += entry.text.length;
      }
    }
    if (batch.length > 0) yield* give({ kind: 'lines', lines: batch });
  }

  async function* giveHistory(): AsyncGenerator<MixedPart> {
    const until = clock.now() + historyMs;
    while (expected > 0 && clock.now() < until && !signal.aborted) {
      let cancel = () => {};
      await Promise.race([
        next(),
        new Promise<void>((resolve) => {
          cancel = clock.after(until - clock.now(), resolve);
        }),
      ]);
      cancel();
    }
    const { lines, cut } = mergeHistory(histories ?? [], options.history);
    histories = undefined;
    if (cut) {
      const text = `Only the last ${lines.length} lines of before are shown.`;
      yield* give({ kind: 'note', note: { kind: 'cut_history', text } });
    }
    yield* giveEntries(lines);
  }

  return {
    add(source, log, added) {
      reading += 1;
      if (added.joined !== true) expected += 1;
      void pump(source, log, added);
    },
    touch,
    close() {
      isClosed = true;
      wake();
    },
    async *parts() {
      if (changedAt !== undefined) {
        changedAt = undefined;
        yield* give({ kind: 'changed' });
      }
      yield* giveHistory();
      while (!signal.aborted) {
        const isLast = isClosed && reading === 0;
        if (changedAt !== undefined && (isLast || changedAt + changesMs <= clock.now())) {
          changedAt = undefined;
          yield* give({ kind: 'changed' });
        }
        if (left > 0) {
          const count = left;
          left = 0;
          const text = `${count} lines were left out: they came faster than they could be sent.`;
          yield* give({ kind: 'note', note: { kind: 'gap', text }, count });
        }
        yield* giveEntries(merge.take(isLast ? Number.POSITIVE_INFINITY : clock.now()));
        if (isLast && merge.dueAt() === undefined && changedAt === undefined) return;
        if (!isLast) await next();
      }
    },
  };
}
