import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import type { Principal } from '../principal.ts';
import { rememberCallers } from './remember-callers.ts';

type Asked = { url: string; method?: string; headers?: Record<string, string>; ip?: string };

function start(expiresAt = new Date(Date.now() + 3_600_000)) {
  const asked: string[] = [];
  let tell: () => void = () => {};
  const callers = rememberCallers(
    {
      async authenticate({ headers }): Promise<Principal> {
        const name = headers.cookie ?? headers.authorization ?? 'nobody';
        asked.push(name);
        return {
          kind: 'user',
          id: name,
          name,
          displayName: name,
          credential: { kind: 'session', id: name, expiresAt },
          subjects: [name],
        };
      },
    },
    {
      listen(_channel, handler) {
        tell = () => handler('{}');
        return () => {};
      },
    },
  );
  const ask = async ({ url, method = 'GET', headers = {}, ip = '127.0.0.1' }: Asked) =>
    (await callers.authenticate({ url, method, headers, ip } as unknown as FastifyRequest)) as { name: string };
  return { asked, ask, callers, tell: () => tell() };
}

const list = '/api/v1/inventory/objects?plural=pods';
const ann = { url: list, headers: { cookie: 'ann' } };

describe('who asks for lists', () => {
  it('S18 is looked up once a second, each by their own cookie, token and network', async () => {
    const { asked, ask } = start();
    for (let times = 0; times < 5; times += 1) expect((await ask(ann)).name).toBe('ann');
    expect((await ask({ url: list, headers: { cookie: 'bob' } })).name).toBe('bob');
    expect((await ask({ url: list, headers: { authorization: 'Bearer ann' } })).name).toBe('Bearer ann');
    await ask({ ...ann, ip: '10.0.0.1' });
    expect(asked).toEqual(['ann', 'bob', 'Bearer ann', 'ann']);
  });

  it('is looked up apart where it is no use of the session', async () => {
    const { asked, ask } = start();
    await ask({ url: list, headers: { cookie: 'ann', 'x-quarterdeck-background': '1' } });
    await ask(ann);
    expect(asked).toEqual(['ann', 'ann']);
  });

  it('is looked up each time for anything else', async () => {
    const { asked, ask } = start();
    const others: Asked[] = [
      { url: '/api/v1/me' },
      { url: '/api/v1/inventory/views', method: 'POST' },
      { url: '/api/v1/clusters' },
      { url: '/k8s/clusters/clu_1/api/v1/pods' },
    ];
    for (const other of [...others, ...others]) await ask({ ...other, headers: { cookie: 'ann' } });
    expect(asked).toHaveLength(others.length * 2);
  });

  it('is forgotten when a right changed anywhere, and when something was changed here', async () => {
    const { asked, ask, callers, tell } = start();
    await ask(ann);
    tell();
    await ask(ann);
    callers.forget();
    await ask(ann);
    expect(asked).toHaveLength(3);
  });

  it('is looked up again once the credential is over', async () => {
    const { asked, ask } = start(new Date(Date.now() - 1));
    await ask(ann);
    const before = asked.length;
    await ask(ann);
    expect(asked.length).toBeGreaterThan(before);
  });
});
