import { type Clock, sleep } from '@quarterdeck/kubernetes';
import { AppError } from '../../../platform/errors.ts';
import { completeLines } from './complete-lines.ts';
import { parseLine, type StampedLine } from './log-line.ts';
import { createLogPosition } from './log-position.ts';
import { type ContainerState, type Pod, stateOf } from './pod-containers.ts';

/** What is asked of the cluster: the last lines, or those since a second. */
export type LogAsk = {
  tailLines?: number | undefined;
  sinceTime?: string | undefined;
  /** Of the instance before the one that runs. */
  previous?: boolean;
};

/** One container of one pod, as its cluster shows it. Each failure is an AppError. */
export interface ContainerPort {
  /** The pod as it was last seen; `undefined` once it is gone. */
  look(): Promise<Pod | undefined>;
  /** Resolves when it may stand otherwise than it was last seen. */
  changed(signal: AbortSignal): Promise<void>;
  /** Resolves once the pod is gone, where that is known without asking: not every cluster ends its logs then. */
  gone?(signal: AbortSignal): Promise<void>;
  read(ask: LogAsk): Promise<string>;
  /** What is there, then each line as it is written. */
  open(ask: LogAsk, signal: AbortSignal): Promise<OpenLog>;
}

/** A log that is followed. `chunks` fails with an AppError when the line is cut; `close` ends it at once. */
export type OpenLog = { chunks: AsyncIterable<Uint8Array>; close(): void };

/** A word in between. */
export type LogNote = { kind: 'joined' | 'waiting' | 'restarted' | 'ended' | 'gone' | 'cut' | 'resumed'; text: string };
export type ContainerPart = { lines: StampedLine[] } | { note: LogNote };

export type ContainerHistory = {
  lines: StampedLine[];
  /** There is more before it. */
  cut: boolean;
  state: ContainerState | undefined;
};

export type LogPace = {
  /** A running container that says nothing for so long is looked at: a follower may be stuck at a rotated file. */
  silenceMs: number;
  /** Before a log that ended or failed is opened again; doubled with each failure. */
  pauseMs: number;
  mostPauseMs: number;
  /** How long a container may take to start before it is given up; for ever unless told. */
  startMs?: number;
};

export const defaultLogPace: LogPace = { silenceMs: 30_000, pauseMs: 500, mostPauseMs: 10_000 };

export interface ContainerLog {
  /** What was written before; asked for once, before it is followed. @throws AppError */
  history(): Promise<ContainerHistory>;
  /**
   * Goes on where the history ended, over cuts, rotations and restarts: no line is lost and none comes twice, as far as
   * the cluster still has it. Ends with the container's last instance, with its pod, or with the signal.
   * @throws AppError `cluster_forbidden` the cluster refuses it, `logs_unavailable` it does not start
   */
  follow(signal: AbortSignal): AsyncGenerator<ContainerPart, void, undefined>;
}

/** Reads the log of one container. This is the one place that knows how Kubernetes' logs are to be followed. */
export function createContainerLog(
  port: ContainerPort,
  asked: { container: string } & LogAsk,
  { clock, pace = defaultLogPace }: { clock: Clock; pace?: LogPace },
): ContainerLog {
  const { container, ...first } = asked;
  let position = createLogPosition();
  /** The instance that the position is in. */
  let instance: number | undefined;
  /** The instance that was read to its end. */
  let finished: number | undefined;
  let begin: LogAsk = first;
  let failures = 0;
  let saysCut = false;

  /** All that was not read yet of the instance that the cluster shows. */
  function onward(): LogAsk {
    const sinceTime = position.sinceTime();
    position.reopened();
    return sinceTime === undefined ? begin : { sinceTime };
  }

  function fresh(lines: readonly string[]): StampedLine[] {
    return lines.map(parseLine).filter(({ stamp }) => position.accept(stamp));
  }

  async function readOnward(more: LogAsk, isWhole: boolean): Promise<StampedLine[]> {
    const ask = { ...onward(), ...more };
    const lines = (await port.read(ask)).split('\n');
    // A running container may be in the middle of its last line.
    const rest = lines.pop() ?? '';
    if (isWhole) lines.push(rest);
    return fresh(lines.filter((line) => line !== ''));
  }

  async function stateNow(): Promise<ContainerState | undefined> {
    const pod = await port.look();
    if (pod === undefined) return undefined;
    const state = stateOf(pod, container);
    if (state === undefined)
      throw new AppError('logs_unavailable', 409, `This pod has no container ${container.slice(0, 63)}.`);
    return state;
  }

  /** After a failure: gives a note when it is not the first in a row. @throws AppError what trying again cannot mend */
  async function* recover(error: unknown, signal: AbortSignal): AsyncGenerator<ContainerPart> {
    if (signal.aborted) return;
    if (!(error instanceof AppError) || error.status === 403 || error.status === 401) throw error;
    if (failures > 0 && !saysCut) {
      saysCut = true;
      yield { note: { kind: 'cut', text: `It cannot be read at the moment: ${error.message}` } };
    }
    await pause(signal);
  }

  /** Longer each time, until a line comes. */
  function pause(signal: AbortSignal): Promise<void> {
    const ms = Math.min(pace.mostPauseMs, pace.pauseMs * 2 ** Math.min(failures, 10));
    failures += 1;
    return sleep(clock, ms, signal);
  }

  /** The rest of the instance before, then a word. */
  async function* intoNext(next: number, before: number): AsyncGenerator<ContainerPart> {
    let isLost = false;
    if (finished !== before) {
      try {
        const lines = await readOnward({ previous: true }, true);
        if (lines.length > 0) yield { lines };
      } catch (error) {
        // Who cannot be asked is asked again; who has it no longer never will.
        if (!(error instanceof AppError) || error.status >= 500) throw error;
        isLost = true;
      }
    }
    const times = next - before === 1 ? '' : `, ${next - before} times`;
    const lost = isLost ? ' Its last lines before that are gone.' : '';
    yield { note: { kind: 'restarted', text: `The container restarted${times}.${lost}` } };
    position = createLogPosition();
    begin = {};
  }

  /** What comes until the container ends, the line is cut or the follower is stuck. */
  async function* listen(signal: AbortSignal): AsyncGenerator<ContainerPart> {
    const { chunks, close } = await port.open(onward(), signal);
    if (saysCut) yield { note: { kind: 'resumed', text: 'It is read on.' } };
    saysCut = false;
    const batches = completeLines(chunks);
    const left = new AbortController();
    // Its last lines may be on their way.
    void port.gone?.(left.signal).then(() => sleep(clock, pace.pauseMs, left.signal).then(close));
    const read = () => {
      const coming = batches.next();
      coming.catch(() => {});
      return coming;
    };
    try {
      let next = read();
      for (;;) {
        const batch = await within(next, pace.silenceMs, clock);
        if (batch === undefined) {
          if (await isStuck()) return;
          continue;
        }
        if (batch.done === true) return;
        const lines = fresh(batch.value);
        if (lines.length > 0) {
          failures = 0;
          yield { lines };
        }
        next = read();
      }
    } finally {
      left.abort();
      close();
    }
  }

  /** Whether the container wrote something that its follower was not given. */
  async function isStuck(): Promise<boolean> {
    const text = await port.read({ tailLines: position.lookBack }).catch(() => '');
    return position.isBehind(text.split('\n').map((line) => parseLine(line).stamp));
  }

  return {
    async history() {
      const state = await stateNow();
      if (state === undefined || (state.kind === 'waiting' && first.previous !== true))
        return { lines: [], cut: false, state };
      const lines = await readOnward({}, state.kind === 'ended' || first.previous === true);
      instance = state.instance;
      if (state.kind === 'ended') finished = state.instance;
      return { lines, cut: lines.length >= (first.tailLines ?? Number.POSITIVE_INFINITY), state };
    },

    async *follow(signal) {
      const deadline = clock.now() + (pace.startMs ?? Number.POSITIVE_INFINITY);
      let waitsFor = '';
      while (!signal.aborted) {
        try {
          const state = await stateNow();
          if (state === undefined) {
            yield { note: { kind: 'gone', text: 'The pod is gone.' } };
            return;
          }
          if (state.kind === 'waiting') {
            const text = `The container ${container} has not started yet: ${state.reason}.`;
            if (clock.now() > deadline)
              throw new AppError(
                'logs_unavailable',
                409,
                `The container ${container} has not started: ${state.reason}.`,
              );
            if (text !== waitsFor) yield { note: { kind: 'waiting', text } };
            waitsFor = text;
            begin = { sinceTime: first.sinceTime };
            await port.changed(signal);
            continue;
          }
          if (instance !== undefined && state.instance > instance) yield* intoNext(state.instance, instance);
          instance = state.instance;
          if (state.kind === 'ended') {
            if (finished !== instance) {
              const lines = await readOnward({}, true);
              finished = instance;
              failures = 0;
              if (lines.length > 0) yield { lines };
              yield { note: { kind: 'ended', text: endingOf(state) } };
            }
            if (state.isLast) return;
            await port.changed(signal);
            continue;
          }
          yield* listen(signal);
          await pause(signal);
        } catch (error) {
          if (error instanceof AppError && error.code === 'logs_unavailable' && instance === undefined) throw error;
          yield* recover(error, signal);
        }
      }
    },
  };
}

/** How it ended, and whether another one comes. */
function endingOf({ exitCode, reason, isLast }: Extract<ContainerState, { kind: 'ended' }>): string {
  const why = [exitCode === undefined ? undefined : `exit code ${exitCode}`, reason].filter(
    (word) => word !== undefined,
  );
  const how = why.length === 0 ? '' : ` (${why.join(', ')})`;
  return isLast ? `The container ended${how}.` : `The container ended${how} and is to be started again.`;
}

/** What comes within the time, else `undefined`. */
async function within<T>(coming: Promise<T>, ms: number, clock: Clock): Promise<T | undefined> {
  let cancel = () => {};
  const late = new Promise<undefined>((resolve) => {
    cancel = clock.after(ms, () => resolve(undefined));
  });
  try {
    return await Promise.race([coming, late]);
  } finally {
    cancel();
  }
}
