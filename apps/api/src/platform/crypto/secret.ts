import { inspect } from 'node:util';

/**
 * A value that must not be printed: it shows as `[secret]` in strings, JSON and inspection. Only `reveal` gives it
 * out, and it takes the purpose so that a reader of the call sees why.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(_purpose: string): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
