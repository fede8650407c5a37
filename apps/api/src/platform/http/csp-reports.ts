import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parseJsonBody } from './json-body.ts';

const reportSchema = z.object({
  'csp-report': z.object({
    'violated-directive': z.string().optional(),
    'effective-directive': z.string().optional(),
    'blocked-uri': z.string().optional(),
    'source-file': z.string().optional(),
    'line-number': z.number().optional(),
  }),
});

const sampleMs = 10_000;

/**
 * Where browsers say that a page broke its content security policy. Anybody can post here, so at most one report in
 * ten seconds is written down, cut short, and never shown on a page.
 */
export function registerCspReports(api: FastifyInstance): void {
  void api.register(async (scope) => {
    let lastAt = Number.NEGATIVE_INFINITY;
    scope.addContentTypeParser(
      'application/csp-report',
      { parseAs: 'string', bodyLimit: 8192 },
      (_request, body, done) => {
        try {
          done(null, parseJsonBody(String(body)));
        } catch (error) {
          done(error as Error);
        }
      },
    );
    scope.post(
      '/csp-reports',
      { config: { permission: 'public', anyOrigin: true }, bodyLimit: 8192 },
      async (request, reply) => {
        const report = reportSchema.safeParse(request.body);
        if (report.success && performance.now() - lastAt > sampleMs) {
          lastAt = performance.now();
          const fields = report.data['csp-report'];
          request.log.warn(
            {
              directive: cut(fields['effective-directive'] ?? fields['violated-directive']),
              blocked: cut(fields['blocked-uri']),
              source: cut(fields['source-file']),
              line: fields['line-number'],
            },
            'content security policy violated',
          );
        }
        return reply.code(204).send();
      },
    );
  });
}

function cut(text: string | undefined): string | undefined {
  return text?.split('?', 1)[0]?.slice(0, 200);
}
