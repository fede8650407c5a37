import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import staticFiles from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { contentSecurityPolicy } from './security-headers.ts';

/** First segments of the portal's pages; anything else is 404. */
export const portalSegments = [
  'sign-in',
  'setup',
  'welcome',
  'profile',
  'clusters',
  'inventory',
  'objects',
  'workloads',
  'nodes',
  'applications',
  'releases',
  'evacuations',
  'pipelines',
  'templates',
  'access',
  'audit',
  'settings',
] as const;

const noncePlaceholder = '__CSP_NONCE__';

/**
 * Serves the built portal: `/assets/…` with hashed names, kept for a year; the same HTML for every page, with a fresh
 * style nonce each time. The HTML needs no session: what it shows does.
 */
export async function registerPortal(app: FastifyInstance, distFolder: string): Promise<void> {
  const html = await readFile(path.join(distFolder, 'index.html'), 'utf8');
  const assets = path.join(distFolder, 'assets');
  const served = await filesOf(assets);
  await app.register(staticFiles, {
    root: assets,
    // Only what was there at the start: no links, no hidden files, no source maps, whatever the path says.
    allowedPath: (name) => served.has(name),
    prefix: '/assets/',
    immutable: true,
    maxAge: '365d',
    index: false,
    dotfiles: 'ignore',
    decorateReply: false,
  });
  const urls = ['/', ...portalSegments.flatMap((segment) => [`/${segment}`, `/${segment}/*`])];
  for (const url of urls) {
    app.get(url, async (_request, reply) => {
      const nonce = randomBytes(16).toString('base64');
      return reply
        .header('content-security-policy', contentSecurityPolicy(nonce))
        .header('cache-control', 'no-store')
        .type('text/html; charset=utf-8')
        .send(html.replaceAll(noncePlaceholder, nonce));
    });
  }
}

/** Regular files of a folder, by their path from it: `/app.js`. */
async function filesOf(folder: string): Promise<ReadonlySet<string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter(
    (entry) => entry.isFile() && !entry.name.startsWith('.') && !entry.name.endsWith('.map'),
  );
  return new Set(files.map((entry) => `/${path.relative(folder, path.join(entry.parentPath, entry.name))}`));
}
