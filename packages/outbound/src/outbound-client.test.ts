import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Authority, createAuthority } from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAddressGuard } from './address-guard.ts';
import { createOutboundClient, type OutboundFetch } from './outbound-client.ts';

let authority: Authority;
let server: Server;
let origin: string;
let port: number;
const seen: IncomingMessage[] = [];

beforeAll(async () => {
  authority = await createAuthority('outside');
  const { certPem, keyPem } = await authority.issueServer(['127.0.0.1']);
  server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    seen.push(request);
    if (request.url === '/moved') response.writeHead(302, { location: 'https://127.0.0.1:1/elsewhere' }).end();
    else if (request.url === '/huge') response.end('x'.repeat(5000));
    else if (request.url === '/silent') return;
    else response.writeHead(200, { 'set-cookie': 'a=b', 'content-type': 'text/plain' }).end('hello');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  origin = `https://127.0.0.1:${port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function fetchWith(options: { allow?: string[]; caPem?: string | undefined; timeoutMs?: number }): OutboundFetch {
  const client = createOutboundClient({
    guard: createAddressGuard({ allow: options.allow ?? [`127.0.0.1/32:${port}`] }),
    allowedHeaders: ['accept'],
    maxAnswerBytes: 4096,
    timeoutMs: options.timeoutMs ?? 5000,
  });
  return client.fetchFor({ caPem: 'caPem' in options ? options.caPem : authority.certPem });
}

describe('the outbound client', () => {
  it('S39 sends the headers of its list and no other, and keeps no cookie', async () => {
    seen.length = 0;
    const answer = await fetchWith({})(origin, { headers: { accept: 'text/plain', cookie: 'x=y', 'x-secret': '1' } });
    expect(await answer.text()).toBe('hello');
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(Object.keys(seen[0]?.headers ?? {}).sort()).toEqual(['accept', 'connection', 'host', 'user-agent']);
  });

  it('S38 refuses a loopback address that nobody allowed, before any connection', async () => {
    seen.length = 0;
    await expect(fetchWith({ allow: [] })(origin)).rejects.toMatchObject({ code: 'address_refused' });
    expect(seen).toEqual([]);
  });

  it('refuses plain http and credentials in the address', async () => {
    await expect(fetchWith({})(`http://127.0.0.1:${port}`)).rejects.toMatchObject({ code: 'url_refused' });
    await expect(fetchWith({})(`https://a:b@127.0.0.1:${port}`)).rejects.toMatchObject({ code: 'url_refused' });
  });

  it('S13 trusts the authority of the target alone', async () => {
    await expect(fetchWith({ caPem: undefined })(origin)).rejects.toMatchObject({ code: 'tls_untrusted' });
    const other = (await createAuthority('somebody else')).certPem;
    await expect(fetchWith({ caPem: other })(origin)).rejects.toMatchObject({ code: 'tls_untrusted' });
  });

  it('hands a redirect back instead of following it', async () => {
    seen.length = 0;
    expect((await fetchWith({})(`${origin}/moved`)).status).toBe(302);
    expect(seen).toHaveLength(1);
  });

  it('gives up on answers that are too large or too late', async () => {
    await expect(fetchWith({})(`${origin}/huge`)).rejects.toMatchObject({ code: 'answer_too_large' });
    await expect(fetchWith({ timeoutMs: 50 })(`${origin}/silent`)).rejects.toMatchObject({ code: 'timeout' });
  });
});
