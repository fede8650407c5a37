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
      write(chunk) {
        told.push(chunk.toString());
        return takes;
      },
      end: () => void told.push('end'),
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

describe('an answer on its way', () => {
  it('goes on in one piece for each read, at once, in order', async () => {
    const { told, read, end, passed } = start();
    read('a', 'b', 'c');
    expect(told).toEqual(['begin 200']);
    await Promise.resolve();
    expect(told).toEqual(['begin 200', 'abc']);
    read('d');
    await Promise.resolve();
    read('e', 'f');
    end();
    await passed;
    expect(told).toEqual(['begin 200', 'abc', 'd', 'ef', 'end']);
  });

  it('stops reading once its reader takes no more', async () => {
    const { told, read } = start(false);
    read('a', 'b');
    await Promise.resolve();
    expect(told).toEqual(['begin 200', 'ab', 'pause']);
  });

  it('that is cut gives what came before, and no end', async () => {
    const { told, read, fail, passed } = start();
    read('a', 'b');
    fail(new Error('cut'));
    await expect(passed).rejects.toThrow('cut');
    await Promise.resolve();
    expect(told).toEqual(['begin 200', 'ab']);
  });
});
