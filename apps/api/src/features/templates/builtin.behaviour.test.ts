import { describeFleets, startBothFleets, stopFleets, type TestCluster } from '@quarterdeck/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningWorker, startWorker } from '../../processes/start-worker.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';
import { addVolumes, builtinInputs } from './builtin-inputs.fixture.ts';

const fleets = await startBothFleets({ count: 1, nodes: 2 });
afterAll(() => stopFleets(fleets));

type Preview = {
  deployable: boolean;
  targets: {
    findings: { level: string; detail: string }[];
    objects: { kind: string; name: string; change: string }[];
  }[];
};
type Release = {
  state: string;
  targets: { verdict?: { summary: string }; objects: { kind: string; state: string }[] }[];
};
type Template = { name: string; latestVersionId: string };

const timing = { stabilityMs: 300, deadlineMs: 60_000, pollMs: 200 };
describeFleets(fleets, 'every built-in template on a $kind cluster', ({ clusters }) => {
  const [cluster] = clusters as [TestCluster];
  let test: TestApp;
  let owner: SignedInClient;
  let worker: RunningWorker;
  let projectId: string;
  let environmentId: string;
  let templates: Template[];

  async function post(url: string, payload: object): Promise<Record<string, unknown>> {
    const { status, body } = await owner.request({ method: 'POST', url, payload });
    expect(status, `${url}: ${JSON.stringify(body)}`).toBeLessThan(300);
    return body;
  }

  beforeAll(async () => {
    test = await createTestApp({ clusterAddressAllow: [`127.0.0.1/32:${new URL(cluster.server).port}`] });
    owner = await claimAsOwner(test);
    worker = await startWorker(test.composition, { timing });
    const access = { kind: 'kubeconfig', kubeconfig: cluster.kubeconfig };
    await post('/clusters', { slug: 'gallery', access, bootstrap: true });
    projectId = String((await post('/projects', { slug: 'shop' })).id);
    const rules = [{ selector: { cluster: 'gallery' }, namespace: 'gallery' }];
    environmentId = String(
      (await post(`/projects/${projectId}/environments`, { name: 'prod', tier: 'production', rules })).id,
    );
    templates = (await owner.request({ method: 'GET', url: '/templates' })).body.items as Template[];
    await addVolumes(cluster, 'gallery');
  });
  afterAll(async () => {
    await worker.close();
    await test.close();
  });

  it('is offered', () => {
    expect(templates.map(({ name }) => name)).toEqual(Object.keys(builtinInputs));
  });

  it.concurrent.for(Object.entries(builtinInputs))(
    '%s comes up healthy, and changes nothing when it goes out again',
    async ([name, { parameters, kinds }], { expect }) => {
      const application = await post('/applications', { projectId, slug: name, environments: [{ environmentId }] });
      const input = {
        applicationId: application.id,
        environmentId,
        templateVersionId: templates.find((template) => template.name === name)?.latestVersionId,
        images: name === 'raw' ? {} : { main: `registry.example.com/shop/${name}:1.0.0` },
        parameters,
      };
      const made = await post('/releases', input);
      const show = async () =>
        (await owner.request({ method: 'GET', url: `/releases/${made.id}` })).body as unknown as Release;
      await expect
        .poll(async () => (await show()).state, { interval: 200, timeout: 150_000 })
        .toMatch(/succeeded|partial|failed|paused|refused/);
      const release = await show();
      expect(release.targets.map(({ verdict }) => verdict?.summary)).toEqual([undefined]);
      expect(release.state).toBe('succeeded');
      expect(release.targets[0]?.objects.map((object) => object.kind)).toEqual(kinds);
      const again = (await post('/release-previews', input)) as unknown as Preview;
      const changes = again.targets[0]?.objects.map((object) => [object.kind, object.change]);
      expect(changes).toEqual(kinds.map((made) => [made, 'unchanged']));
    },
  );
});
