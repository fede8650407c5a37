import type { FastifyInstance } from 'fastify';
import { AppError } from '../errors.ts';

const maxFields = 50;

/** Takes `application/x-www-form-urlencoded` and nothing else on the routes of this scope; a name twice is refused. */
export function acceptForms(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    /^application\/x-www-form-urlencoded(; ?charset=utf-8)?$/i,
    { parseAs: 'string', bodyLimit: 65_536 },
    (_request, body, done) => {
      const fields = [...new URLSearchParams(String(body))];
      const names = new Set(fields.map(([name]) => name));
      if (fields.length > maxFields || names.size !== fields.length || names.has('__proto__')) {
        done(new AppError('invalid_request', 400, 'The form has too many fields, or one twice.'));
        return;
      }
      done(null, Object.fromEntries(fields));
    },
  );
}
