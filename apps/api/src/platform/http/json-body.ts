import secureJsonParse from 'secure-json-parse';
import { AppError } from '../errors.ts';

const maxDepth = 64;
const maxKeys = 50_000;

/**
 * Counts depth and keys in the bytes before parsing, so that a hostile body costs one pass and no objects.
 * @throws AppError `invalid_request`
 */
export function scanJson(text: string): void {
  let depth = 0;
  let keys = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charCodeAt(index);
    if (inString) {
      if (char === 0x5c) index += 1;
      else if (char === 0x22) inString = false;
    } else if (char === 0x22) {
      inString = true;
    } else if (char === 0x7b || char === 0x5b) {
      depth += 1;
      if (depth > maxDepth) throw refused(`The body is nested deeper than ${maxDepth} levels.`);
    } else if (char === 0x7d || char === 0x5d) {
      depth -= 1;
    } else if (char === 0x3a || char === 0x2c) {
      keys += 1;
      if (keys > maxKeys) throw refused(`The body has more than ${maxKeys} keys and items.`);
    }
  }
}

/** Scans, then parses; `__proto__` and `constructor.prototype` are refused. */
export function parseJsonBody(text: string): unknown {
  scanJson(text);
  try {
    return secureJsonParse(text, undefined, { protoAction: 'error', constructorAction: 'error' });
  } catch (error) {
    throw new AppError('invalid_request', 400, 'The body is not JSON, or holds a forbidden key.', { cause: error });
  }
}

function refused(detail: string): AppError {
  return new AppError('invalid_request', 400, detail);
}
