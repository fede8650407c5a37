import type { Dispatcher } from 'undici';
import { describe, expect, it } from 'vitest';
import { passOn } from './passage.ts';

/** A cluster that the test plays, and what reaches the client. */
function start(takes = true) {
  let handler: Dispatcher.DispatchHandler = {};
  const told: string[] = [];
  const controller = {
    pause: () => void told.push('pause'),
    resume: () => void told.push('resume'),
    abort: () => {},
  } as unknown as Dispatcher.DispatchController;
  const dispatcher = {
    dispatch(_options: unknown, given: Dispatcher.DispatchHandler) {
      handler = given;
      return true;
    },
  } as unknown as Dispatcher;
  const passed = passOn(
    dispatcher,
    { method: 'GET', path: '/', headers: {} },
    {
      begin: (status) => void told.push(`begin ${status}`),
      write(pieces) {
        told.push(pieces.join(''));
        return takes;
      },
      end: (last) => void told.push(`${last.join('')} end`),
    },
    { host: 'cluster', signal: new AbortController().signal },
  );
  passed.catch(() => {});
  handler.onRequestStart?.(controller, {});
  handler.onResponseStart?.(controller, 200, {}, 'OK');
  return {
    told,
    passed,
    read(...chunks: string[]) {
      for (const chunk of chunks) handler.onResponseData?.(controller, Buffer.from(chunk));
    },
    end: () => handler.onResponseEnd?.(controller, {}),
    fail: (error: Error) => handler.onResponseError?.(controller, error),
  };
}

/** All that was read in one turn of the event loop has been handed on. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('an answer on its way', () => {
  it('goes on together for each turn of the event loop, in order', async () => {
    const { told, read, end, passed } = start();
    read('a', 'b');
    await Promise.resolve();
    read('c');
    expect(told).toEqual(['begin 200']);
    await turn();
    expect(told).toEqual(['begin 200', 'abc']);
    read('d');
    await turn();
    read('e', 'f');
    end();
    await passed;
    expect(told).toEqual(['begin 200', 'abc', 'd', 'ef end']);
  });

  it('has its headers go on after a turn in which nothing else came, and waits for nothing when it ends', async () => {
    const silent = start();
    await turn();
    await turn();
    expect(silent.told).toEqual(['begin 200', '']);
    const short = start();
    short.end();
    await turn();
    expect(short.told).toEqual(['begin 200', ' end']);
  });

  it('waits for no end of a turn once there is as much as a socket takes, and goes on after it', async () => {
    const { told, read } = start();
    const [half, small] = ['x'.repeat(40_000), 'y'];
    read(half, half, small);
    await Promise.resolve();
    expect(told).toEqual(['begin 200', `${half}${half}${small}`]);
    read(small);
    await turn();
    expect(told.slice(2)).toEqual([small]);
  });

  it('stops reading once its reader takes no more', async () => {
    const { told, read } = start(false);
    read('a', 'b');
    await turn();
    expect(told).toEqual(['begin 200', 'ab', 'pause']);
  });

  it('that is cut gives what came before, and no end', async () => {
    const { told, read, fail, passed } = start();
    read('a', 'b');
    fail(new Error('cut'));
    await expect(passed).rejects.toThrow('cut');
    await turn();
    expect(told).toEqual(['begin 200', 'ab']);
  });
});
