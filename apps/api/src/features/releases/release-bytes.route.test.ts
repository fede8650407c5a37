import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toUuid } from '../../platform/ids.ts';
import { addGrant, addPerson, type Person } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

/** Two releases of one application whose template puts out a Secret; nothing is dialled. */
let test: TestApp;
let owner: SignedInClient;
let viewer: Person;
let releases: string[];

const base64 = (value: string) => Buffer.from(value).toString('base64');
const values = ['canary-first', 'canary-second'] as const;

beforeAll(async () => {
  test = await createTestApp({ clusterAddressAllow: ['127.0.0.1/32:1'] });
  owner = await claimAsOwner(test);
  const access = { kind: 'token', server: 'https://127.0.0.1:1', token: 'none' };
  await post('/clusters', { slug: 'alpha', access, acceptUnverified: true });
  const projectId = await post('/projects', { slug: 'shop' });
  const rules = [{ selector: { cluster: 'alpha' }, namespace: 'shop' }];
  const environmentId = await post(`/projects/${projectId}/environments`, { name: 'prod', tier: 'production', rules });
  const applicationId = await post('/applications', { projectId, slug: 'web', environments: [{ environmentId }] });
  const { body } = await owner.request({ method: 'GET', url: '/templates' });
  const templateVersionId = (body.items as { latestVersionId: string }[])[0]?.latestVersionId;
  const images = { main: 'registry.example.com/shop/web:1' };
  releases = [];
  for (const value of values) {
    const id = await post('/releases', { applicationId, environmentId, templateVersionId, images, parameters: {} });
    await addSecret(id, value);
    await test.database.pool.query("UPDATE release SET state = 'succeeded'");
    releases.push(id);
  }
  viewer = await addPerson(test, 'viewer');
  await addGrant(test, viewer, 'viewer', { kind: 'project', id: projectId });
});
afterAll(() => test.close());

async function post(url: string, payload: object): Promise<string> {
  const { status, body } = await owner.request({ method: 'POST', url, payload });
  expect(status, JSON.stringify(body)).toBeLessThan(300);
  return String(body.id);
}

/** As a template with a Secret would have been rendered. */
async function addSecret(release: string, value: string): Promise<void> {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'database', namespace: 'shop' },
    data: { password: base64(value), user: base64('canary-user') },
    stringData: { note: value },
  };
  const bytes = JSON.stringify(secret);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const { pool } = test.database;
  await pool.query('INSERT INTO manifest_blob (sha256, bytes) VALUES ($1, $2)', [sha256, bytes]);
  await pool.query(
    `INSERT INTO release_object (release_id, target_id, seq, "group", version, kind, namespace, name, sha256)
     SELECT release_id, target_id, 100, '', 'v1', 'Secret', 'shop', 'database', $2 FROM release_object
     WHERE release_id = $1 GROUP BY release_id, target_id`,
    [toUuid(release), sha256],
  );
}

describe('the stored bytes of a release', () => {
  const look = async (who: Person | SignedInClient, url: string) => {
    const answer = await who.request({ method: 'GET', url });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    for (const value of [...values, 'canary-user']) {
      expect(answer.text).not.toContain(value);
      expect(answer.text).not.toContain(base64(value));
    }
    const items = answer.body.items as { kind: string; manifest?: string; before?: string; after?: string }[];
    return items.find(({ kind }) => kind === 'Secret');
  };

  it('S17 show of a Secret its keys and no value', async () => {
    for (const who of [viewer, owner]) {
      const secret = await look(who, `/releases/${releases[0]}/objects`);
      expect(secret?.manifest).toMatch(/password: "?\[secret\]"?/);
    }
  });

  it('S17 compared with another release show which keys change', async () => {
    for (const who of [viewer, owner]) {
      const secret = await look(who, `/releases/${releases[1]}/diff?against=${releases[0]}`);
      expect(secret?.after).toMatch(/password: "?\[secret, changed\]"?/);
      expect(secret?.after).toMatch(/user: "?\[secret\]"?\n/);
      expect(secret?.before).toMatch(/password: "?\[secret\]"?/);
    }
  });
});
