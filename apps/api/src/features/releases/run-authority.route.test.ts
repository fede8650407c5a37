import { type SimulatedCluster, startSimulatedCluster } from '@quarterdeck/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningWorker, startWorker } from '../../processes/start-worker.ts';
import { addGrant, addPerson, type Person } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

let cluster: SimulatedCluster;
let test: TestApp;
let owner: SignedInClient;
let worker: RunningWorker;
let projectId: string;
let environmentId: string;
let templateVersionId: string;

beforeAll(async () => {
  cluster = await startSimulatedCluster({ name: 'alpha' });
  test = await createTestApp({ clusterAddressAllow: [`127.0.0.1/32:${cluster.port}`] });
  owner = await claimAsOwner(test);
  const access = { kind: 'kubeconfig', kubeconfig: cluster.adminKubeconfig };
  await post('/clusters', { slug: 'alpha', access, bootstrap: true });
  projectId = await post('/projects', { slug: 'shop' });
  environmentId = await post(`/projects/${projectId}/environments`, {
    name: 'prod',
    tier: 'production',
    rules: [{ selector: { cluster: 'alpha' }, namespace: 'shop' }],
  });
  const { body } = await owner.request({ method: 'GET', url: '/templates' });
  templateVersionId = (body.items as { latestVersionId: string }[])[0]?.latestVersionId ?? '';
  // There is no node, so nothing becomes healthy: the rollout is watched until somebody ends it.
  worker = await startWorker(test.composition, { timing: { stabilityMs: 500, deadlineMs: 120_000, pollMs: 100 } });
});
afterAll(async () => {
  await worker?.close();
  await test?.close();
  await cluster?.stop();
});

async function post(url: string, payload: object, who: SignedInClient = owner): Promise<string> {
  const { status, body } = await who.request({ method: 'POST', url, payload });
  expect(status, JSON.stringify(body)).toBeLessThan(300);
  return String(body.id);
}

async function deploy(who: Person, slug: string): Promise<string> {
  const applicationId = await post('/applications', { projectId, slug, environments: [{ environmentId }] }, who);
  const images = { main: 'registry.example.com/shop/web:1' };
  const release = { applicationId, environmentId, templateVersionId, images, parameters: {} };
  return post('/releases', release, who);
}

const resume = (id: string, who: SignedInClient = owner, reason?: string) =>
  who.request({ method: 'POST', url: `/releases/${id}/resume`, payload: reason === undefined ? {} : { reason } });
const read = async (id: string) => (await owner.request({ method: 'GET', url: `/releases/${id}` })).body;
const isOut = (id: string) => expect.poll(async () => (await read(id)).targets).toMatchObject([{ state: 'gating' }]);
const isPaused = (id: string) =>
  expect.poll(async () => await read(id)).toMatchObject({ state: 'paused', pausedReason: 'actor_lost_permission' });

describe('a release under way', () => {
  it('S10 pauses when its actor loses the right, says so in the trail, and goes on for whoever resumes it', async () => {
    const person = await addPerson(test, 'dev');
    const grant = await addGrant(test, person, 'developer', { kind: 'project', id: projectId });
    const id = await deploy(person, 'one');
    await isOut(id);
    await owner.request({ method: 'DELETE', url: `/access/grants/${grant}` });
    await isPaused(id);
    const { body } = await owner.request({ method: 'GET', url: `/audit?target=${id}&outcome=denied` });
    expect(body.items).toMatchObject([{ code: 'actor_lost_permission', action: 'releases:operate' }]);

    expect(await resume(id, person)).toMatchObject({ status: 404 });
    expect(await resume(id, owner, 'takes over')).toMatchObject({ status: 200, body: { state: 'rolling' } });
    expect(await resume(id)).toMatchObject({ status: 409, body: { code: 'release_not_paused' } });
    const resumed = await owner.request({ method: 'GET', url: `/audit?target=${id}&outcome=allowed` });
    expect(resumed.body.items).toContainEqual(
      expect.objectContaining({ action: 'releases:operate', reason: 'takes over' }),
    );
    await isOut(id);
    await owner.request({ method: 'POST', url: `/releases/${id}/abort`, payload: {} });
  });

  it('S10 pauses when its actor is disabled', async () => {
    const person = await addPerson(test, 'leaver');
    await addGrant(test, person, 'developer', { kind: 'project', id: projectId });
    const id = await deploy(person, 'two');
    await isOut(id);
    await test.database.pool.query('UPDATE identity_user SET disabled_at = now() WHERE id = $1', [person.uuid]);
    await isPaused(id);
    await owner.request({ method: 'POST', url: `/releases/${id}/abort`, payload: {} });
  });

  it('S24 pauses when the namespace or the registry is the project’s no more', async () => {
    const person = await addPerson(test, 'mover');
    await addGrant(test, person, 'developer', { kind: 'project', id: projectId });
    const id = await deploy(person, 'three');
    await isOut(id);
    const registries = ['registry.example.com/other'];
    await owner.request({ method: 'PATCH', url: `/projects/${projectId}`, payload: { registries } });
    await isPaused(id);
    await owner.request({ method: 'PATCH', url: `/projects/${projectId}`, payload: { registries: [] } });
    expect((await resume(id)).status).toBe(200);
    await isOut(id);
    const rules = [{ selector: { cluster: 'alpha' }, namespace: 'shop-2' }];
    const url = `/projects/${projectId}/environments/${environmentId}`;
    await owner.request({ method: 'PUT', url, payload: { tier: 'production', rules, revision: 1 } });
    await isPaused(id);
  });
});
