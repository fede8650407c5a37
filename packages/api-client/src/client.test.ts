import type { Endpoint } from '@quarterdeck/contracts';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createClient, ProblemError } from './client.ts';

const rename = {
  name: 'rename',
  method: 'PATCH',
  path: '/clusters/:id',
  summary: '',
  permission: 'clusters:update',
  params: z.object({ id: z.string() }),
  query: z.object({ states: z.array(z.string()).optional(), q: z.string().optional() }),
  body: z.object({ displayName: z.string() }),
  response: z.object({ ok: z.boolean() }),
  errors: [],
} satisfies Endpoint;

const input = { params: { id: 'a/b' }, query: { states: ['connected', 'paused'], q: '' }, body: { displayName: 'x' } };

describe('the client', () => {
  it('makes path, query, body and headers from the contract', async () => {
    const send = vi.fn(async () => Response.json({ ok: true }));
    const answer = await createClient({ fetch: send }).call(rename, input, { idempotencyKey: 'k' });
    expect(answer).toEqual({ ok: true });
    const [url, request] = send.mock.calls[0] as unknown as [string, RequestInit];
    expect(url).toBe('/api/v1/clusters/a%2Fb?states=connected%2Cpaused');
    expect(request).toMatchObject({ method: 'PATCH', body: '{"displayName":"x"}' });
    expect(request.headers).toMatchObject({ 'content-type': 'application/json', 'idempotency-key': 'k' });
  });

  it('raises the problem document of a refusal', async () => {
    const problem = { code: 'conflict', title: 'Conflict', detail: 'Taken.', status: 409, type: 't', requestId: 'r1' };
    const client = createClient({ fetch: async () => Response.json(problem, { status: 409 }) });
    const failure = await client.call(rename, input).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ProblemError);
    expect((failure as ProblemError).problem).toMatchObject({ code: 'conflict', requestId: 'r1' });
  });

  it('says that there was no answer, in words, when the network is away', async () => {
    const client = createClient({
      fetch: async () => {
        throw new TypeError('Failed to fetch');
      },
    });
    const failure = await client.call(rename, input).catch((error: unknown) => error);
    expect((failure as ProblemError).problem).toMatchObject({ code: 'network', status: 0 });
  });

  it('lets an abort through as it is: nobody waits for it any more', async () => {
    const controller = new AbortController();
    const client = createClient({
      fetch: async () => {
        controller.abort();
        throw new DOMException('gone', 'AbortError');
      },
    });
    const failure = await client.call(rename, input, { signal: controller.signal }).catch((error: unknown) => error);
    expect((failure as Error).name).toBe('AbortError');
  });

  it('survives an answer that is no problem document, as a proxy gives', async () => {
    const client = createClient({ fetch: async () => new Response('<html>', { status: 502 }) });
    const failure = await client.call(rename, input).catch((error: unknown) => error);
    expect((failure as ProblemError).problem).toMatchObject({ status: 502 });
  });
});
