import { hash, parseOptions, verify } from '@node-rs/argon2';
import type { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { AppError, invalid } from '../../platform/errors.ts';

/** argon2id by OWASP's figures; about 45 ms a hash. `algorithm` is left to its default, argon2id. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const atOnce = 2;
const maxWaiting = 50;
const minScore = 2;
/** Characters of a password that must be more than the names of its owner. */
const leastOwn = 8;

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Costs the same for an account that does not exist (`stored` undefined). */
  verify(stored: string | undefined, password: string): Promise<boolean>;
  /** True for a hash made with other parameters than today's. */
  isOutdated(stored: string): boolean;
  /** @throws AppError `password_too_weak` that says why */
  checkStrength(password: string, userWords: readonly string[], pointer?: string): Promise<void>;
}

/** @param pepper keyed into every hash, so that a stolen table alone cannot be tried against a dictionary */
export async function createPasswords(pepper: Buffer): Promise<Passwords> {
  let strength: Promise<ZxcvbnFactory> | undefined;
  const slots = createSlots();
  const options = { ...parameters, secret: pepper };
  const dummy = await hash('no account has this password', options);
  return {
    hash: (password) => slots(() => hash(password, options)),
    async verify(stored, password) {
      const matches = await slots(() => verify(stored ?? dummy, password, { secret: pepper }));
      return matches && stored !== undefined;
    },
    isOutdated(stored) {
      const { memoryCost, timeCost, parallelism } = parseOptions(stored);
      return (
        memoryCost !== parameters.memoryCost ||
        timeCost !== parameters.timeCost ||
        parallelism !== parameters.parallelism
      );
    },
    async checkStrength(password, userWords, pointer = '/password') {
      if (withoutWords(password, userWords).length < leastOwn) {
        throw tooWeak('It is little more than your name.', pointer);
      }
      strength ??= loadStrength();
      const { score, feedback } = (await strength).check(password, [...userWords, 'quarterdeck']);
      if (score >= minScore) return;
      const why =
        feedback.warning === null || feedback.warning === '' ? 'It is easy to guess.' : String(feedback.warning);
      throw tooWeak(why, pointer);
    },
  };
}

/** Its dictionaries are 7 MB of a process; workers, and servers where nobody takes a new password, do without. */
async function loadStrength(): Promise<ZxcvbnFactory> {
  const [core, common] = await Promise.all([import('@zxcvbn-ts/core'), import('@zxcvbn-ts/language-common')]);
  return new core.ZxcvbnFactory({ dictionary: common.dictionary, graphs: common.adjacencyGraphs });
}

/** What is left of a password when the names in it are taken out, wherever they stand. */
function withoutWords(password: string, words: readonly string[]): string {
  return words
    .map((word) => word.toLowerCase())
    .filter((word) => word.length >= 3)
    .reduce((left, word) => left.replaceAll(word, ''), password.toLowerCase());
}

function tooWeak(why: string, pointer: string): AppError {
  return invalid('password_too_weak', `This password is too weak. ${why} Add more or rarer words.`, pointer);
}

/** Two hashes at once and a short queue: hashing must not be a way to stop the server. */
function createSlots() {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async function run<T>(work: () => Promise<T>): Promise<T> {
    if (running >= atOnce) {
      if (waiting.length >= maxWaiting) {
        throw new AppError('unavailable', 503, 'Too many people sign in at once. Try again in a moment.', {
          retryAfterSeconds: 2,
        });
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
}
