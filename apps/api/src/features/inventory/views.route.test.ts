import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addGrant, addPerson, type Person } from '../../testing/people.ts';
import { claimAsOwner, clientOf, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';
import { addCluster, podRow } from './fleet.fixture.ts';

let test: TestApp;
let owner: SignedInClient;
let ann: Person;
let ben: Person;
let stranger: Person;
let project: string;

beforeAll(async () => {
  test = await createTestApp();
  owner = await claimAsOwner(test);
  const made = await owner.request({
    method: 'POST',
    url: '/projects',
    payload: { slug: 'shop', registries: ['registry.example.com/shop'] },
  });
  project = String(made.body.id);
  ann = await addPerson(test, 'ann');
  ben = await addPerson(test, 'ben');
  stranger = await addPerson(test, 'stranger');
  for (const person of [ann, ben]) await addGrant(test, person, 'viewer', { kind: 'project', id: project });
  await addGrant(test, stranger, 'viewer', { kind: 'fleet' });
});
afterAll(() => test.close());

const pods = { type: 'list', path: '/inventory/core/pods', search: { health: 'failed', cols: 'name,status' } };
const production = { type: 'cluster_set', selectors: [{ tier: 'production' }] };

function save(person: Pick<Person, 'request'> | SignedInClient, payload: object) {
  return person.request({ method: 'POST', url: '/views', payload });
}
async function names(person: Pick<Person, 'request'> | SignedInClient, query = '') {
  const { body } = await person.request({ method: 'GET', url: `/views${query}` });
  return (body.items as { name: string }[]).map(({ name }) => name);
}

describe('a saved view', () => {
  it('keeps the state of a list as its URL has it, for its owner alone', async () => {
    const made = await save(ann, { name: 'Failing pods', content: pods });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ name: 'Failing pods', content: pods, mine: true, revision: 1 });
    expect(await names(ann)).toContain('Failing pods');
    for (const other of [ben, stranger, owner]) expect(await names(other)).not.toContain('Failing pods');
  });

  /** Seen failing with `sweep` doing nothing, and with project views deleted as well. */
  it('goes with its account; what that gave to a project stays, and so do the views of others', async () => {
    const gone = await addPerson(test, 'gone');
    await addGrant(test, gone, 'viewer', { kind: 'project', id: project });
    await save(gone, { name: 'Mine alone', content: pods });
    await save(gone, { name: 'Ours', content: pods, projectId: project });
    await save(ann, { name: 'Still here', content: pods });
    const { views } = test.composition;
    expect(await views.sweep()).toBe(0);
    await test.database.pool.query('DELETE FROM identity_session WHERE user_id = $1', [gone.uuid]);
    await test.database.pool.query('DELETE FROM identity_user WHERE id = $1', [gone.uuid]);
    expect(await views.sweep()).toBe(1);
    const { rows } = await test.database.pool.query('SELECT name FROM inventory_view WHERE owner_id = $1', [gone.uuid]);
    expect(rows).toEqual([{ name: 'Ours' }]);
    expect(await names(ann)).toEqual(expect.arrayContaining(['Ours', 'Still here']));
  });

  it('of somebody else is not found, to read, change or delete', async () => {
    const { body } = await save(ann, { name: 'Private', content: pods });
    const url = `/views/${body.id}`;
    const change = { name: 'Taken', content: pods, revision: 1 };
    for (const other of [ben, owner]) {
      expect((await other.request({ method: 'PUT', url, payload: change })).status).toBe(404);
      expect((await other.request({ method: 'DELETE', url })).status).toBe(404);
    }
    expect(await names(ann)).toContain('Private');
  });

  it('of a project is seen and changed by whoever sees the project', async () => {
    const made = await save(ann, { name: 'Team pods', content: pods, projectId: project });
    expect(made.status).toBe(201);
    expect(await names(ben)).toContain('Team pods');
    const url = `/views/${made.body.id}`;
    const changed = await ben.request({
      method: 'PUT',
      url,
      payload: { name: 'Our pods', content: { ...pods, search: {} }, revision: 1 },
    });
    expect(changed.body).toMatchObject({ name: 'Our pods', mine: false, revision: 2 });
    // Ann still has the first revision in her hands.
    const late = await ann.request({ method: 'PUT', url, payload: { name: 'Mine', content: pods, revision: 1 } });
    expect([late.status, late.body.code]).toEqual([409, 'conflict']);
    expect((await ben.request({ method: 'DELETE', url })).status).toBe(204);
    expect(await names(ann)).not.toContain('Our pods');
  });

  it('has a name of its own among those of its place', async () => {
    expect((await save(ben, { name: 'Twice', content: pods })).status).toBe(201);
    const again = await save(ben, { name: 'Twice', content: pods });
    expect([again.status, again.body.code]).toEqual([409, 'name_taken']);
    expect((await save(ben, { name: 'Twice', content: pods, projectId: project })).status).toBe(201);
    expect((await save(ann, { name: 'Twice', content: pods })).status).toBe(201);
    const other = await save(ben, { name: 'Other', content: pods });
    const taken = await ben.request({
      method: 'PUT',
      url: `/views/${other.body.id}`,
      payload: { name: 'Twice', content: pods, revision: 1 },
    });
    expect([taken.status, taken.body.code]).toEqual([409, 'name_taken']);
  });

  it.each([
    ['/content/path', { name: 'x', content: { ...pods, path: 'https://evil.example' } }],
    ['/content/path', { name: 'x', content: { ...pods, path: '//evil.example' } }],
    ['/name', { name: '', content: pods }],
    ['/name', { name: '=cmd()', content: pods }],
    ['/content/selectors', { name: 'x', content: { type: 'cluster_set', selectors: [] } }],
    ['/content/type', { name: 'x', content: { type: 'script' } }],
  ])('is refused at %s', async (pointer, payload) => {
    const { status, body } = await save(ann, payload);
    expect(status).toBe(422);
    expect((body.errors as { pointer: string }[])[0]?.pointer).toBe(pointer);
  });

  it('leaves a record of what was saved, changed and deleted', async () => {
    const { body } = await save(ann, { name: 'Recorded', content: production, projectId: project });
    await ann.request({ method: 'DELETE', url: `/views/${body.id}` });
    const trail = await owner.request({ method: 'GET', url: `/audit?target=${body.id}` });
    expect(trail.body.items).toMatchObject([{ action: 'inventory:read' }, { action: 'inventory:read' }]);
  });

  it('is for people who are signed in', async () => {
    expect((await clientOf(test.app).request({ method: 'GET', url: '/views' })).status).toBe(401);
  });
});

describe('a cluster set', () => {
  beforeAll(async () => {
    for (const [slug, tier] of [
      ['p-1', 'production'],
      ['p-2', 'production'],
      ['t-1', 'test'],
    ] as const) {
      const cluster = await addCluster(test, slug);
      await test.database.pool.query('UPDATE clusters_cluster SET labels = $2 WHERE slug = $1', [slug, { tier }]);
      await test.composition.inventoryStore.putObjects(cluster.fence, 'pods', [podRow(`pod-${slug}`)]);
    }
    await save(owner, { name: 'prod', content: production });
    await save(owner, {
      name: 'mixed',
      content: { type: 'cluster_set', selectors: [{ cluster: 't-1' }, { tier: 'production' }] },
    });
  });
  const pods = async (clusters: string) => {
    const { status, body } = await owner.request({ method: 'GET', url: `/inventory/objects?clusters=${clusters}` });
    expect(status, JSON.stringify(body)).toBe(200);
    return (body.items as { name: string }[]).map(({ name }) => name);
  };

  it('stands for the clusters that its selectors match now', async () => {
    expect(await pods('set:prod')).toEqual(['pod-p-1', 'pod-p-2']);
    expect(await pods('set:mixed')).toEqual(['pod-p-1', 'pod-p-2', 'pod-t-1']);
    expect(await pods('set:prod,t-1')).toEqual(['pod-p-1', 'pod-p-2', 'pod-t-1']);
    await test.database.pool.query(`UPDATE clusters_cluster SET labels = '{"tier":"test"}' WHERE slug = 'p-2'`);
    expect(await pods('set:prod')).toEqual(['pod-p-1']);
    await test.database.pool.query(`UPDATE clusters_cluster SET labels = '{"tier":"test"}' WHERE slug = 'p-1'`);
    expect(await pods('set:prod')).toEqual([]);
  });

  it('that nobody saved, or somebody else, is refused by name', async () => {
    await save(ann, { name: 'hers', content: production });
    for (const name of ['nowhere', 'hers']) {
      const { status, body } = await owner.request({ method: 'GET', url: `/inventory/objects?clusters=set:${name}` });
      expect(status).toBe(422);
      expect(body.errors).toMatchObject([{ pointer: 'query/clusters', code: 'unknown_cluster_set' }]);
    }
  });
});
