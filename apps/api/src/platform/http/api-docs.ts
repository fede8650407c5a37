import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { contentSecurityPolicy } from './security-headers.ts';

type Parameter = { name: string; in: string; required: boolean };
type Operation = {
  operationId: string;
  summary: string;
  tags?: string[];
  'x-permission': string;
  parameters: Parameter[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
};
type Document = { paths: Record<string, Record<string, Operation>> };

const documentFile = new URL('../../../../../docs/openapi.json', import.meta.url);

/**
 * `/docs` for whoever is signed in: the OpenAPI document as a page without any script, and as it is. Both are made once,
 * at the first request.
 */
export function registerApiDocs(app: FastifyInstance): void {
  let loaded: Promise<{ json: string; body: string }> | undefined;
  const load = () => {
    loaded ??= readFile(documentFile, 'utf8').then((json) => ({ json, body: pageOf(JSON.parse(json) as Document) }));
    return loaded;
  };
  const config = { permission: 'identity:self' };
  app.get('/docs', { config }, async (_request, reply) => {
    const nonce = randomBytes(16).toString('base64');
    const { body } = await load();
    return reply
      .header('content-security-policy', contentSecurityPolicy(nonce))
      .type('text/html; charset=utf-8')
      .send(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Quarterdeck API</title>
<meta name="viewport" content="width=device-width"><style nonce="${nonce}">${style}</style></head><body>${body}</body></html>`);
  });
  app.get('/docs/openapi.json', { config }, async (_request, reply) => {
    const { json } = await load();
    return reply.type('application/json').send(json);
  });
}

const style = `:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:0 auto;padding:1.5rem}
h2{margin-top:2.5rem}details{border-top:1px solid color-mix(in srgb,currentColor 20%,transparent);padding:.5rem 0}
summary{cursor:pointer;display:grid;grid-template-columns:4.5rem minmax(16rem,32rem) 1fr;gap:.75rem}code,pre{font:13px/1.5 ui-monospace,monospace}
pre{overflow:auto;max-height:28rem;padding:.75rem;background:color-mix(in srgb,currentColor 6%,transparent)}
dt{font-weight:600}dd{margin:0 0 .5rem}`;

function pageOf({ paths }: Document): string {
  const groups = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? 'other';
      groups.set(tag, [...(groups.get(tag) ?? []), operationOf(method, path, operation)]);
    }
  }
  const parts = [...groups].map(
    ([tag, operations]) => `<section><h2>${escapeHtml(tag)}</h2>${operations.join('')}</section>`,
  );
  return `<main><h1>Quarterdeck API</h1><p>Everything the portal does goes through these addresses. The same as
<a href="/docs/openapi.json">OpenAPI 3.1</a> for programs.</p>${parts.join('')}</main>`;
}

function operationOf(method: string, path: string, operation: Operation): string {
  const parameters = operation.parameters
    .map(
      ({ name, in: place, required }) =>
        `<code>${escapeHtml(name)}</code> (${escapeHtml(place)}${required ? '' : ', optional'})`,
    )
    .join(', ');
  const answers = Object.entries(operation.responses).map(
    ([status, { description, content }]) =>
      `<dt>${escapeHtml(status)}</dt><dd>${escapeHtml(description)}${schemaOf(Object.values(content ?? {})[0]?.schema)}</dd>`,
  );
  return `<details id="${escapeHtml(operation.operationId)}"><summary><b>${escapeHtml(method.toUpperCase())}</b> <code>${escapeHtml(path)}</code>
<span>${escapeHtml(operation.summary)}</span></summary><dl><dt>Permission</dt><dd><code>${escapeHtml(operation['x-permission'])}</code></dd>
${parameters === '' ? '' : `<dt>Parameters</dt><dd>${parameters}</dd>`}
${operation.requestBody === undefined ? '' : `<dt>Body</dt><dd>${schemaOf(Object.values(operation.requestBody.content)[0]?.schema)}</dd>`}
${answers.join('')}</dl></details>`;
}

function schemaOf(schema: object | undefined): string {
  return schema === undefined ? '' : `<pre tabindex="0">${escapeHtml(JSON.stringify(schema, undefined, 2))}</pre>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
