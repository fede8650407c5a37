import { runInNewContext } from 'node:vm';
import { at } from './types.ts';

/**
 * Work with a pattern that somebody else wrote: one that never comes to an end would hold up everything in this process.
 * @returns `undefined` when the time is over
 */
export function within<T>(ms: number, work: () => T): T | undefined {
  try {
    return runInNewContext('work()', { work }, { timeout: ms }) as T;
  } catch (error) {
    if (at(error, 'code') !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    return undefined;
  }
}
