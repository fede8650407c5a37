import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { systemActor } from '../../platform/principal.ts';
import { claimAsOwner, clientOf, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';
import { hashOf } from './chain-link.ts';

let test: TestApp;
let owner: SignedInClient;
beforeAll(async () => {
  test = await createTestApp();
  owner = await claimAsOwner(test);
});
afterAll(() => test.close());

const actor = systemActor('test', []);
const cluster = newId('clu');
const project = newId('prj');

type Listed = { id: string; target: { name?: string }; count?: number; changes: unknown[] };
const list = async (query: string) =>
  (await owner.request({ method: 'GET', url: `/audit?${query}` })).body.items as Listed[];

describe('the trail', () => {
  it('shows the claim with who did it and how they came in', async () => {
    const { body } = await owner.request({ method: 'GET', url: '/audit' });
    expect(body.items).toMatchObject([
      {
        action: 'identity:self',
        outcome: 'allowed',
        via: 'anonymous',
        actor: { kind: 'user', display: 'Test Owner', session: expect.stringMatching(/^ses_/) },
        requestId: expect.any(String),
      },
    ]);
  });

  it('pages newest first without losing or repeating a record', async () => {
    await test.composition.audit.record(
      actor,
      Array.from({ length: 25 }, (_, index) => ({
        action: 'clusters:update',
        target: { kind: 'cluster', name: `c${index}` },
      })),
    );
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const query = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const { body } = await owner.request({ method: 'GET', url: `/audit?limit=10&action=clusters:update${query}` });
      seen.push(...(body.items as { target: { name: string } }[]).map((item) => item.target.name));
      cursor = body.nextCursor as string | undefined;
      expect(body).toMatchObject({ total: 25, totalIsExact: true });
    } while (cursor !== undefined);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => `c${24 - index}`));
  });

  it('refuses a cursor that was made for another filter, or made up', async () => {
    const { body } = await owner.request({ method: 'GET', url: '/audit?limit=1' });
    for (const cursor of [String(body.nextCursor), 'AAAA', 'x'.repeat(100)]) {
      const answer = await owner.request({ method: 'GET', url: `/audit?action=clusters:read&cursor=${cursor}` });
      expect(answer).toMatchObject({
        status: 422,
        body: { code: 'invalid_cursor', errors: [{ pointer: 'query/cursor' }] },
      });
    }
  });

  it('is found by actor, outcome, code, project, cluster, target, request and time', async () => {
    const requestId = 'a-request';
    await test.composition.audit.record({ ...actor, requestId, traceId: 'f'.repeat(32) }, [
      {
        action: 'releases:create',
        outcome: 'failed',
        code: 'quota_exceeded',
        target: { kind: 'release', id: 'rel_1', name: 'found', project, cluster },
      },
    ]);
    for (const query of [
      'actor=test&action=releases:create',
      'outcome=failed',
      'code=quota_exceeded',
      `project=${project}`,
      `cluster=${cluster}`,
      'target=rel_1',
      `request=${requestId}`,
      `from=${new Date(Date.now() - 60_000).toISOString()}&code=quota_exceeded`,
      'q=FOUND',
    ]) {
      expect([query, (await list(query)).map((item) => item.target.name)]).toEqual([query, ['found']]);
    }
    expect(await list(`to=${new Date(Date.now() - 60_000).toISOString()}`)).toEqual([]);
    expect(await list('actor=nobody')).toEqual([]);
  });

  it('gives one record by its id, and 404 for another', async () => {
    const [first] = await list('code=quota_exceeded');
    const one = await owner.request({ method: 'GET', url: `/audit/${first?.id}` });
    expect(one.body).toMatchObject({ id: first?.id, traceId: 'f'.repeat(32), target: { project, cluster } });
    expect((await owner.request({ method: 'GET', url: `/audit/${newId('aud')}` })).status).toBe(404);
  });

  it('says how far it has been recomputed', async () => {
    const { body } = await owner.request({ method: 'GET', url: '/audit/verification' });
    expect(body).toMatchObject({ state: 'behind', records: expect.any(Number) });
  });

  it('answers nobody who may not read it', async () => {
    expect((await clientOf(test.app).request({ method: 'GET', url: '/audit/export' })).status).toBe(401);
  });
});

describe('a sign-in that failed', () => {
  it('names the account it was tried on, and no name that nobody has', async () => {
    const typed = 'my-own-p4ssword';
    for (const name of ['owner', typed]) {
      await clientOf(test.app).request({ method: 'POST', url: '/auth/sign-in', payload: { name, password: 'wrong' } });
    }
    const failed = await list('code=sign_in_failed');
    expect(failed.map(({ target }) => target)).toMatchObject([
      { kind: 'account', name: expect.stringMatching(/^hmac:[0-9a-f]{8}$/) },
      { kind: 'account', id: expect.stringMatching(/^usr_/), name: 'owner' },
    ]);
    expect(test.logged.join()).not.toContain(typed);
  });
});

describe('who may read a project alone', () => {
  it('sees and exports the records of that project, and no other', async () => {
    const visible = { projects: [project] };
    expect(
      (await test.composition.audit.list({ ...visible, limit: 50 })).items.map(({ target }) => target.name),
    ).toEqual(['found']);
    expect((await test.composition.audit.list({ projects: [], limit: 50 })).items).toEqual([]);
  });
});

describe('a record', () => {
  it('S16 shows the fields that its action lists, and a fingerprint of every other', async () => {
    await test.composition.audit.record(actor, [
      {
        action: 'releases:create',
        target: { kind: 'release', name: 'fields' },
        changes: [
          { path: 'images', after: { app: 'cart:1.4.2' } },
          { path: 'parameters', before: { env: 'old' }, after: { env: 'p4ssw0rd' } },
          { path: 'unknown', before: 'same', after: 'same' },
        ],
      },
    ]);
    const [found] = await list('q=fields');
    const hmac = expect.stringMatching(/^hmac:[0-9a-f]{8}$/);
    expect(found?.changes).toEqual([
      { path: 'images', after: { app: 'cart:1.4.2' } },
      { path: 'parameters', before: hmac, after: hmac },
      { path: 'unknown', before: hmac, after: hmac },
    ]);
    const [, parameters, same] = (found?.changes ?? []) as { before: string; after: string }[];
    expect(parameters?.before).not.toBe(parameters?.after);
    expect(same?.before).toBe(same?.after);
  });

  it('S16 keeps no token, certificate key or password that slipped into a name or a reason', async () => {
    await test.composition.audit.record({ ...actor, userAgent: 'curl qdp_abcdefgh12345678_secret' }, [
      {
        action: 'clusters:update',
        target: { kind: 'cluster', name: 'masked https://u:hunter2@host/x' },
        reason: 'Bearer abcdefghijklmnop and -----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----',
      },
    ]);
    const { rows } = await test.database.pool.query<{ text: string }>(
      "SELECT record::text AS text FROM audit_event WHERE record #>> '{target,name}' LIKE 'masked%'",
    );
    expect(rows[0]?.text).not.toMatch(/qdp_abc|hunter2|abcdefghijklmnop|MIIE/);
    expect(rows[0]?.text).toContain('[secret]');
  });
});

describe('an export', () => {
  it('is JSON lines from which each hash can be computed again, and is recorded before it begins', async () => {
    const response = await test.app.inject({
      method: 'GET',
      url: '/api/v1/audit/export?format=jsonl',
      headers: { cookie: owner.cookie },
    });
    expect(response.headers['content-disposition']).toBe('attachment; filename="audit.jsonl"');
    const lines = response.body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string | number>);
    expect(JSON.parse(String(lines[0]?.record))).toMatchObject({
      action: 'audit:export',
      changes: [
        { path: 'format', after: 'jsonl' },
        { path: 'filter', after: {} },
      ],
    });
    expect(lines.length).toBeGreaterThan(25);
    for (const line of lines) {
      const row = {
        seq: String(line.seq),
        at_text: String(line.at),
        record_text: String(line.record),
        prev_hash: Buffer.from(String(line.prevHash), 'hex'),
      };
      expect(hashOf(Number(line.chain), row).toString('hex')).toBe(line.hash);
    }
  });

  it('is CSV whose cells a spreadsheet does not run', async () => {
    await test.composition.audit.record(actor, [
      { action: 'clusters:update', target: { kind: 'cluster', name: '=HYPERLINK("http://evil")' } },
    ]);
    const response = await test.app.inject({
      method: 'GET',
      url: '/api/v1/audit/export?format=csv&action=clusters:update&q=HYPERLINK',
      headers: { cookie: owner.cookie },
    });
    expect(response.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(response.body.split('\r\n')[1]).toContain(`"'=HYPERLINK(""http://evil"")"`);
  });
});

describe('a denial', () => {
  it('that comes again within a minute is one record, counted over all servers', async () => {
    const other = await test.composition.audit;
    const entry = {
      action: 'clusters:remove',
      outcome: 'denied',
      code: 'forbidden',
      target: { kind: 'permission' },
    } as const;
    await Promise.all(Array.from({ length: 20 }, () => other.recordDenial(actor, entry)));
    await other.recordDenial(actor, { ...entry, target: { kind: 'permission', id: 'another' } });
    const denied = await list('outcome=denied');
    expect(denied.map(({ count }) => count)).toEqual([undefined, 20]);
  });

  it('after the minute is a new record', async () => {
    await test.database.asSuperuser("UPDATE audit_repeat SET first_at = first_at - interval '61 seconds'");
    const entry = {
      action: 'clusters:remove',
      outcome: 'denied',
      code: 'forbidden',
      target: { kind: 'permission' },
    } as const;
    await test.composition.audit.recordDenial(actor, entry);
    expect((await list('outcome=denied')).map(({ count }) => count)).toEqual([undefined, undefined, 20]);
  });
});
