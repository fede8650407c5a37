import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { AppError } from './errors.ts';

/**
 * Opaque cursors: a JSON position signed together with what the list was asked for, so that a cursor of another sort
 * or filter, or a made-up one, is refused.
 */
export interface Cursors {
  /** @param scope sort and filters, any JSON */
  sign(scope: unknown, position: unknown): string;
  /** @throws AppError `invalid_cursor` (422) */
  verify<T>(scope: unknown, cursor: string): T;
}

const macBytes = 16;

export function createCursors(keyBytes: Buffer): Cursors {
  const key = createSecretKey(keyBytes);
  function mac(scope: unknown, body: string): Buffer {
    return createHmac('sha256', key)
      .update(JSON.stringify(scope))
      .update('\n')
      .update(body)
      .digest()
      .subarray(0, macBytes);
  }
  return {
    sign(scope, position) {
      const body = JSON.stringify(position);
      return Buffer.concat([mac(scope, body), Buffer.from(body, 'utf8')]).toString('base64url');
    },
    verify<T>(scope: unknown, cursor: string): T {
      const bytes = Buffer.from(cursor, 'base64url');
      const body = bytes.subarray(macBytes).toString('utf8');
      if (bytes.length > macBytes && timingSafeEqual(bytes.subarray(0, macBytes), mac(scope, body))) {
        return JSON.parse(body) as T;
      }
      const detail = 'This cursor is not of this list. Start from the first page.';
      throw new AppError('invalid_cursor', 422, detail, {
        errors: [{ pointer: 'query/cursor', code: 'invalid_cursor', detail }],
      });
    },
  };
}
