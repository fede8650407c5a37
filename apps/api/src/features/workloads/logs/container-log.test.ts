import { systemClock } from '@quarterdeck/kubernetes';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../platform/errors.ts';
import { type ContainerPort, createContainerLog, type LogNote } from './container-log.ts';
import { scriptedContainer } from './scripted-container.fixture.ts';

const pace = { silenceMs: 2, pauseMs: 0, mostPauseMs: 0 };
const options = { clock: systemClock, pace };

/** All that a log says to its end. */
async function readAll(port: ContainerPort, signal = new AbortController().signal) {
  const log = createContainerLog(port, { container: 'app' }, options);
  const lines = (await log.history()).lines.map(({ text }) => text);
  const notes: LogNote[] = [];
  for await (const part of log.follow(signal)) {
    if ('lines' in part) lines.push(...part.lines.map(({ text }) => text));
    else notes.push(part.note);
  }
  return { lines, notes };
}

describe('the log of a container', () => {
  it('loses no line and gives none twice, in order, over cuts, stalls and restarts', async () => {
    const seen = { opened: 0, cut: 0, stalled: 0, restartedUnseen: 0 };
    for (let seed = 1; seed <= 150; seed += 1) {
      const container = scriptedContainer(seed);
      container.writeSome();
      const { lines } = await readAll(container.port);
      expect(lines, `seed ${seed}`).toEqual(container.all);
      for (const key of Object.keys(seen) as (keyof typeof seen)[]) seen[key] += container.seen[key];
    }
    // The seeds hold what they are for.
    expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(20);
  }, 60_000);

  /** A container of which each look and each log is told in turn. */
  function told(looks: object[], logs: (string | AppError)[]): ContainerPort {
    const next = async () => {
      const log = logs.length > 1 ? logs.shift() : logs[0];
      if (log instanceof AppError) throw log;
      return log ?? '';
    };
    return {
      async look() {
        const status = looks.length > 1 ? looks.shift() : looks[0];
        if (status === undefined || Object.keys(status).length === 0) return undefined;
        return { spec: { containers: [{ name: 'app' }] }, status: { containerStatuses: [{ name: 'app', ...status }] } };
      },
      changed: async () => {},
      read: next,
      async open() {
        const text = await next();
        return {
          chunks: (async function* () {
            yield new TextEncoder().encode(text);
          })(),
          close() {},
        };
      },
    };
  }
  const running = (restartCount = 0) => ({ restartCount, state: { running: {} } });
  const line = (second: number, text: string) => `2026-11-26T10:00:0${second}Z ${text}\n`;

  it('says that the container restarted, after the last lines of the one before', async () => {
    const port = told([running(), running(1), {}], [line(1, 'a'), line(1, 'a') + line(2, 'last'), line(3, 'new')]);
    const { lines, notes } = await readAll(port);
    expect(lines.slice(0, 2)).toEqual(['a', 'last']);
    expect(notes.map(({ text }) => text)).toContain('The container restarted.');
  });

  it('says when the lines before a restart are gone', async () => {
    const gone = new AppError('logs_unavailable', 409, 'previous terminated container not found');
    const { notes } = await readAll(told([running(), running(2), {}], [line(1, 'a'), gone, line(3, 'new')]));
    expect(notes[0]?.text).toBe('The container restarted, 2 times. Its last lines before that are gone.');
  });

  it('ends with a word when its pod is gone', async () => {
    const { notes } = await readAll(told([running(), {}], ['']));
    expect(notes).toEqual([{ kind: 'gone', text: 'The pod is gone.' }]);
  });

  it('names what it cannot reach once, and says when it goes on', async () => {
    const away = new AppError('cluster_unreachable', 503, 'No route.');
    const port = told([running(), running(), running(), running(), {}], [line(1, 'a'), away, away, away, line(2, 'b')]);
    const { lines, notes } = await readAll(port);
    expect(notes.map(({ kind }) => kind)).toEqual(['cut', 'gone']);
    expect(notes[0]?.text).toContain('No route.');
    expect(lines).toEqual(['a']);
  });

  it('that the cluster refuses ends with the refusal', async () => {
    const refused = new AppError('cluster_forbidden', 403, 'The cluster does not let you.');
    await expect(readAll(told([running()], [line(1, 'a'), refused]))).rejects.toBe(refused);
  });

  it('does not go on without its reader', async () => {
    const leaving = new AbortController();
    leaving.abort();
    expect(await readAll(told([running()], [line(1, 'a')]), leaving.signal)).toEqual({ lines: ['a'], notes: [] });
  });
});
