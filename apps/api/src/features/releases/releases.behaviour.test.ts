import { describeFleets, failAnnotation, startBothFleets, stopFleets, type TestCluster } from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { type RunningWorker, startWorker } from '../../processes/start-worker.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

const fleets = await startBothFleets({ count: 2, nodes: 3 });
afterAll(() => stopFleets(fleets));

type Target = {
  targetId: string;
  cluster: string;
  state: string;
  debt?: { id: string; reason: string };
  reachable: boolean;
  verdict?: { code: string; summary: string; evidence: string[]; nextStep?: string };
  findings: { code: string; level: string; detail: string; field?: string }[];
  questions: { object: object; about: string; field: string; manager?: string; live?: string; ours?: string }[];
  pods: { name: string; health: string; current: boolean; image?: string }[];
  objects: { kind: string; state: string }[];
};
type Release = { id: string; number: number; kind: string; state: string; targets: Target[]; contentSha256: string };
type Preview = {
  deployable: boolean;
  contentSha256: string;
  findings: { code: string }[];
  targets: {
    cluster: string;
    reachable: boolean;
    findings: { code: string; level: string; detail: string }[];
    objects: { kind: string; change: string; before?: string; after?: string }[];
  }[];
};

const timing = { stabilityMs: 500, deadlineMs: 60_000, pollMs: 200 };

/** In order: the life of an application from its first deployment to its end. */
describeFleets(fleets, 'deploying to two $kind clusters', ({ clusters }) => {
  const [alpha, beta] = clusters as [TestCluster, TestCluster];
  let test: TestApp;
  let owner: SignedInClient;
  let worker: RunningWorker;
  let applicationId: string;
  let environmentId: string;
  let templateVersionId: string;
  let first: Release;

  beforeAll(async () => {
    const allow = [alpha, beta].map(({ server }) => `127.0.0.1/32:${new URL(server).port}`);
    test = await createTestApp({ clusterAddressAllow: allow });
    owner = await claimAsOwner(test);
    worker = await startWorker(test.composition, { timing });
    for (const [slug, cluster] of [
      ['alpha', alpha],
      ['beta', beta],
    ] as const) {
      const access = { kind: 'kubeconfig', kubeconfig: cluster.kubeconfig };
      expect(
        (await owner.request({ method: 'POST', url: '/clusters', payload: { slug, access, bootstrap: true } })).status,
      ).toBe(201);
    }
  });
  afterAll(async () => {
    await worker.close();
    await test.close();
  });

  const input = (change?: { image?: string; parameters?: object }) => ({
    applicationId,
    environmentId,
    templateVersionId,
    images: { main: change?.image ?? 'registry.example.com/shop/cart:1.0.0' },
    parameters: change?.parameters ?? { replicas: 2 },
  });
  const preview = (payload: object) => owner.request({ method: 'POST', url: '/release-previews', payload });
  const deploy = async (payload: object, key?: string) =>
    owner.request({
      method: 'POST',
      url: '/releases',
      payload,
      ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
    });
  const show = async (id: string) =>
    (await owner.request({ method: 'GET', url: `/releases/${id}` })).body as unknown as Release;
  const endOf = async (id: string, state: string) => {
    const verdicts = async () => {
      const release = await show(id);
      return release.state === state
        ? state
        : JSON.stringify([release.state, release.targets.map(({ verdict }) => verdict)]);
    };
    await expect.poll(verdicts, { interval: 200, timeout: 150_000 }).toBe(state);
    return show(id);
  };
  const deployments = async (cluster: TestCluster) =>
    (
      (await cluster.request('GET', '/apis/apps/v1/namespaces/shop/deployments')) as {
        items: {
          metadata: { name: string };
          spec: { replicas: number; template: { spec: { containers: { image: string }[] } } };
        }[];
      }
    ).items;

  it('offers the built-in template with the schema of its form', async () => {
    const { body } = await owner.request({ method: 'GET', url: '/templates' });
    const [template] = body.items as { name: string; latestVersionId: string }[];
    expect(template?.name).toBe('web-service');
    templateVersionId = template?.latestVersionId ?? '';
    const version = await owner.request({ method: 'GET', url: `/template-versions/${templateVersionId}` });
    expect(version.body).toMatchObject({ state: 'published', images: { main: { required: true } } });
  });

  it('creates an application with a target on each cluster', async () => {
    const projects = await owner.request({ method: 'GET', url: '/projects' });
    const projectId = (projects.body.items as { id: string }[])[0]?.id;
    const rules = [
      { selector: { cluster: 'alpha' }, namespace: 'shop' },
      { selector: { cluster: 'beta' }, namespace: 'shop' },
    ];
    const payload = { projectId, slug: 'cart', environments: [{ name: 'prod', tier: 'production', rules }] };
    const made = await owner.request({ method: 'POST', url: '/applications', payload });
    expect(made.status).toBe(201);
    const [environment] = made.body.environments as {
      environmentId: string;
      targets: { cluster: string; health: string }[];
    }[];
    expect(environment?.targets.map((target) => [target.cluster, target.health])).toEqual([
      ['alpha', 'not_deployed'],
      ['beta', 'not_deployed'],
    ]);
    applicationId = String(made.body.id);
    environmentId = environment?.environmentId ?? '';
    expect(await owner.request({ method: 'POST', url: '/applications', payload })).toMatchObject({
      status: 409,
      body: { code: 'application_exists' },
    });
  });

  it('names what is wrong with the input, and touches no cluster', async () => {
    expect(await preview(input({ parameters: { port: 0, colour: 'red' } }))).toMatchObject({
      status: 422,
      body: {
        code: 'parameters_invalid',
        errors: [{ pointer: '/parameters/colour' }, { pointer: '/parameters/port' }],
      },
    });
    expect(await preview(input({ image: 'not an image' }))).toMatchObject({
      status: 422,
      body: { code: 'image_invalid', errors: [{ pointer: '/images/main' }] },
    });
    expect((await preview({ ...input(), applicationId: 'app_01h455vb4pex5vsknk084sn02q' })).status).toBe(404);
  });

  it('previews the first deployment: a new namespace cannot be looked into, a tag is marked', async () => {
    // Until nodes and pods are followed, the preview says that it cannot tell what room there is.
    const shown = await vi.waitFor(
      async () => {
        const { status, body } = await preview(input());
        const seen = body as unknown as Preview;
        expect([status, seen.deployable]).toEqual([200, true]);
        expect(seen.targets.map((target) => target.findings.map((finding) => finding.code))).toEqual([
          ['namespace_missing'],
          ['namespace_missing'],
        ]);
        return seen;
      },
      { timeout: 60_000 },
    );
    expect(shown.findings.map((finding) => finding.code)).toEqual(['not_pinned']);
  });

  it('deploys to both and says when this very revision is healthy', async () => {
    const made = await deploy(input(), 'first-deploy-1');
    expect(made.status).toBe(202);
    first = await endOf(String(made.body.id), 'succeeded');
    expect(first.targets.map((target) => [target.cluster, target.state])).toEqual([
      ['alpha', 'healthy'],
      ['beta', 'healthy'],
    ]);
    for (const cluster of [alpha, beta])
      expect((await deployments(cluster)).map((item) => item.spec.replicas)).toEqual([2]);
    await expect
      .poll(async () =>
        (await show(first.id)).targets.map((target) => target.pods.filter((pod) => pod.health === 'healthy').length),
      )
      .toEqual([2, 2]);
    const again = await deploy(input(), 'first-deploy-1');
    expect(again.body.id).toBe(first.id);
  });

  /** Manifests as they stand, in a namespace of their own in alpha. */
  const edge = {
    environmentId: '',
    rawId: '',
    applications: new Map<string, string>(),
    async release(slug: string, manifests: object[]): Promise<string> {
      const payload = {
        ...{ applicationId: edge.applications.get(slug), environmentId: edge.environmentId, images: {} },
        ...{
          templateVersionId: edge.rawId,
          parameters: { manifests: manifests.map((one) => JSON.stringify(one)).join('\n---\n') },
        },
      };
      const made = await deploy(payload);
      expect(made.status, JSON.stringify(made.body)).toBe(202);
      return String(made.body.id);
    },
    async application(slug: string): Promise<void> {
      const projects = await owner.request({ method: 'GET', url: '/projects' });
      const projectId = (projects.body.items as { id: string }[])[0]?.id;
      const rules = [{ selector: { cluster: 'alpha' }, namespace: 'edge' }];
      const environment =
        edge.environmentId === '' ? { name: 'edge', tier: 'test', rules } : { environmentId: edge.environmentId };
      const made = await owner.request({
        method: 'POST',
        url: '/applications',
        payload: { projectId, slug, environments: [environment] },
      });
      expect(made.status, JSON.stringify(made.body)).toBe(201);
      edge.applications.set(slug, String(made.body.id));
      edge.environmentId = (made.body.environments as { environmentId: string }[])[0]?.environmentId ?? '';
    },
  };
  const workload = (name: string, spec: object, container: object = {}) => {
    const labels = { app: name };
    const resources = { requests: { cpu: '10m', memory: '16Mi' } };
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            ...spec,
            containers: [{ name: 'app', image: 'registry.example.com/edge/app:1', resources, ...container }],
          },
        },
      },
    };
  };
  const budget = (name: string) => ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: { minAvailable: 1, selector: { matchLabels: { app: name } } },
  });
  /** Releases that go back to where their nodes take no pod any more, by application. */
  const heldBack = new Map<string, string>();

  it('goes back to nodes that somebody has tainted, or is emptying, meanwhile', async () => {
    const { items } = await owner
      .request({ method: 'GET', url: '/templates' })
      .then(({ body }) => body as { items: { name: string; latestVersionId: string }[] });
    edge.rawId = items.find(({ name }) => name === 'raw')?.latestVersionId ?? '';
    const nodes = ((await alpha.request('GET', '/api/v1/nodes')) as { items: { metadata: { name: string } }[] }).items;
    const [tainted, emptied] = nodes.map(({ metadata }) => metadata.name).toSorted();
    const patch = (node: string | undefined, change: object) => alpha.request('PATCH', `/api/v1/nodes/${node}`, change);
    await patch(tainted, { metadata: { labels: { pool: 'gpu' } } });
    await patch(emptied, { metadata: { labels: { pool: 'old' } } });
    const versions = {
      picky: (version: string) => [workload('picky', { nodeSelector: { pool: 'gpu' } }, { args: [version] })],
      guarded: (version: string) => [
        workload('guarded', { nodeSelector: { pool: 'old' } }, { args: [version] }),
        budget('guarded'),
      ],
    };
    await edge.application('picky');
    await edge.application('guarded');
    const firsts = await Promise.all(
      Object.entries(versions).map(async ([slug, manifests]) => {
        const one = await endOf(await edge.release(slug, manifests('1')), 'succeeded');
        await endOf(await edge.release(slug, manifests('2')), 'succeeded');
        return { slug, one };
      }),
    );
    // What was found on the way stays with the release: a budget for one pod lets none go.
    const guarded = firsts.find(({ slug }) => slug === 'guarded')?.one.targets[0];
    expect(guarded?.findings).toMatchObject([{ level: 'warn', code: 'pdb_blocks' }]);
    // Pods of manifests that somebody brought carry none of our labels, and are shown all the same.
    expect(guarded).toMatchObject({ ready: 1, desired: 1, pods: [{ current: true }] });
    await patch(tainted, { spec: { taints: [{ key: 'gpu', value: 'a100', effect: 'NoSchedule' }] } });
    await patch(emptied, { spec: { unschedulable: true } });
    // A taint that the inventory has not heard of holds nobody up.
    const taints = async () => {
      const { body } = await owner.request({ method: 'GET', url: '/inventory/nodes?clusters=alpha' });
      return (body.items as { name: string; facts: { taints?: object[] } }[]).find(({ name }) => name === tainted)
        ?.facts.taints;
    };
    await expect.poll(taints, { interval: 100 }).toHaveLength(1);
    for (const { slug, one } of firsts) {
      const back = await owner.request({
        method: 'POST',
        url: `/releases/${one.id}/rollback`,
        payload: { reason: 'it was better before' },
      });
      expect(back.status, JSON.stringify(back.body)).toBe(202);
      heldBack.set(slug, String(back.body.id));
    }
  });

  it('says before it writes that no node has room, and which key of a Secret is missing', async () => {
    const large = { resources: { requests: { cpu: '999', memory: '16Mi' } } };
    const value = 'canary-value';
    await alpha.request('POST', '/api/v1/namespaces/edge/secrets', {
      metadata: { name: 'db' },
      stringData: { user: value },
    });
    const keyed = { env: [{ name: 'URL', valueFrom: { secretKeyRef: { name: 'db', key: 'url' } } }] };
    const cases = [
      ['large', [workload('large', {}, large), budget('large')], 'unschedulable_resources', 'Each requests 999 cores'],
      ['keyed', [workload('keyed', {}, keyed)], 'secret_missing', 'Secret db there has no key url.'],
      ['gpu', [workload('gpu', { nodeSelector: { pool: 'gpu' } })], 'unschedulable_taint', 'gpu=a100:NoSchedule'],
    ] as const;
    await Promise.all(
      cases.map(async ([slug, manifests, code, said]) => {
        await edge.application(slug);
        const ended = await endOf(await edge.release(slug, [...manifests]), 'failed');
        // What does not stand in the way stays with the release as well.
        const codes = slug === 'large' ? [code, 'pdb_blocks'] : [code];
        expect(ended.targets[0]?.findings.map((finding) => finding.code)).toEqual(codes);
        expect(ended).toMatchObject({ endedReason: 'preflight', targets: [{ state: 'failed', verdict: { code } }] });
        expect(ended.targets[0]?.verdict?.summary).toContain(said);
        expect(ended.targets[0]?.verdict?.nextStep).toEqual(expect.any(String));
        expect(JSON.stringify(ended)).not.toContain(value);
        const there = alpha.request('GET', `/apis/apps/v1/namespaces/edge/deployments/${slug}`);
        await expect(there).rejects.toThrow();
      }),
    );
    expect(test.logged.join('\n')).not.toContain(value);
  });

  it('reads the logs of its pods', async () => {
    const { targets } = await show(first.id);
    const pod = targets[0]?.pods[0]?.name;
    const clusters = await owner.request({ method: 'GET', url: '/clusters?slug=alpha' });
    const id = (clusters.body.items as { id: string }[])[0]?.id;
    const logs = await owner.request({
      method: 'GET',
      url: `/clusters/${id}/namespaces/shop/pods/${pod}/logs?tailLines=5`,
    });
    expect(logs.status).toBe(200);
    expect((logs.body.lines as { text: string; container: string }[])[0]).toMatchObject({
      container: 'app',
      text: expect.any(String),
    });
    expect(
      (await owner.request({ method: 'GET', url: `/clusters/${id}/namespaces/shop/pods/nope/logs` })).body.code,
    ).toBe('pod_not_found');
  });

  it('previews a change as a diff against each cluster, and unchanged objects as unchanged', async () => {
    const { body } = await preview(
      input({ image: 'registry.example.com/shop/cart:1.1.0', parameters: { replicas: 3 } }),
    );
    const shown = body as unknown as Preview;
    for (const target of shown.targets) {
      const changes = Object.fromEntries(target.objects.map((object) => [object.kind, object.change]));
      expect(changes).toEqual({ Service: 'unchanged', Deployment: 'change', PodDisruptionBudget: 'unchanged' });
      const deployment = target.objects.find((object) => object.kind === 'Deployment');
      expect(deployment?.before).toContain('cart:1.0.0');
      expect(deployment?.after).toContain('cart:1.1.0');
    }
    expect(await deploy({ ...input(), contentSha256: 'f'.repeat(64) })).toMatchObject({
      status: 409,
      body: { code: 'preview_outdated' },
    });
  });

  it('says why a release fails: the image is not there', async () => {
    const made = await deploy(input({ image: 'registry.example.com/shop/cart:missing' }));
    const failed = await endOf(String(made.body.id), 'failed');
    expect(failed.targets.map((target) => target.verdict?.code)).toEqual(['image_pull', 'image_pull']);
    expect(failed.targets[0]?.verdict?.summary).toContain('cart:missing');
  });

  it('says why a release fails: the container ends again and again', async () => {
    const made = await deploy(input({ parameters: { replicas: 1, annotations: { [failAnnotation]: 'crash-loop' } } }));
    const failed = await endOf(String(made.body.id), 'failed');
    expect(failed.targets.map((target) => target.verdict?.code)).toEqual(['crash_loop', 'crash_loop']);
  });

  it('rolls back to the stored bytes of the first release', async () => {
    const back = await owner.request({
      method: 'POST',
      url: `/releases/${first.id}/rollback`,
      payload: { reason: 'bad image' },
    });
    expect(back).toMatchObject({
      status: 202,
      body: { kind: 'rollback', rollbackOf: { number: 1 }, contentSha256: first.contentSha256 },
    });
    const ended = await endOf(String(back.body.id), 'succeeded');
    const [mine, theirs] = await Promise.all(
      [ended.id, first.id].map(
        async (id) =>
          (await owner.request({ method: 'GET', url: `/releases/${id}/objects` })).body.items as { sha256: string }[],
      ),
    );
    expect(mine?.map((object) => object.sha256)).toEqual(theirs?.map((object) => object.sha256));
    for (const cluster of [alpha, beta])
      expect((await deployments(cluster))[0]?.spec.template.spec.containers[0]?.image).toContain('cart:1.0.0');
    const diff = await owner.request({ method: 'GET', url: `/releases/${ended.id}/diff?against=${first.id}` });
    expect((diff.body.items as { change: string }[]).every((item) => item.change === 'unchanged')).toBe(true);
  });

  it('sees what hands did to what it put there, and takes back what is chosen', async () => {
    type Found = { kind: string; drift: string; name: string; fields: { path: string; manager?: string }[] };
    type Drifted = { cluster: string; targetId: string; state: string; objects: Found[] };
    const path = '/apis/apps/v1/namespaces/shop/deployments/cart';
    const budget = '/apis/policy/v1/namespaces/shop/poddisruptionbudgets/cart';
    const read = async () =>
      (await owner.request({ method: 'GET', url: `/applications/${applicationId}/drift` })).body.targets as Drifted[];
    const states = async () =>
      (await read()).map(({ cluster, state, objects }) => [cluster, state, objects.map(({ drift }) => drift).sort()]);
    await expect.poll(states).toEqual([
      ['alpha', 'same', []],
      ['beta', 'same', []],
    ]);
    await alpha.request('PATCH', `${path}?fieldManager=kubectl-edit`, { spec: { replicas: 4 } });
    const { metadata, ...rest } = (await alpha.request('GET', budget)) as { metadata: { labels: object } };
    await alpha.request('DELETE', budget);
    const anew = { ...rest, metadata: { name: 'cart', labels: metadata.labels } };
    await alpha.request('POST', '/apis/policy/v1/namespaces/shop/poddisruptionbudgets', anew);
    await beta.request('DELETE', '/api/v1/namespaces/shop/services/cart');
    await expect.poll(states).toEqual([
      ['alpha', 'drifted', ['changed', 'replaced']],
      ['beta', 'drifted', ['deleted']],
    ]);
    const [there] = await read();
    expect(there?.objects.find(({ drift }) => drift === 'changed')).toMatchObject({
      kind: 'Deployment',
      fields: [{ path: '.spec.replicas', manager: expect.stringContaining('kubectl-edit') }],
    });
    const compared = await owner.request({
      method: 'POST',
      url: '/drift-comparisons',
      payload: { applicationId, environmentId, targetId: there?.targetId },
    });
    expect((compared.body.targets as { objects: object[] }[])[0]?.objects).toContainEqual(
      expect.objectContaining({
        before: expect.stringContaining('replicas: 4'),
        after: expect.stringContaining('replicas: 2'),
      }),
    );

    const targets = (await read()).map(({ targetId, objects }) => ({
      targetId,
      objects: objects
        .filter(({ drift }) => drift !== 'replaced')
        .map(({ kind, name, fields }) => ({
          group: kind === 'Deployment' ? 'apps' : '',
          kind,
          namespace: 'shop',
          name,
          fields: fields.map((field) => field.path),
        })),
    }));
    const taken = await owner.request({
      method: 'POST',
      url: '/take-backs',
      payload: { applicationId, environmentId, targets },
    });
    expect(taken.status, JSON.stringify(taken.body)).toBe(202);
    await endOf(String(taken.body.id), 'succeeded');
    expect((await deployments(alpha)).map((item) => item.spec.replicas)).toEqual([2]);
    expect(await beta.request('GET', '/api/v1/namespaces/shop/services/cart')).toBeDefined();
    await expect.poll(states).toEqual([
      ['alpha', 'drifted', ['replaced']],
      ['beta', 'same', []],
    ]);
  });

  describe('where others have a hand in an object', () => {
    const orders = '/api/v1/namespaces/shop/services/orders';
    const service = (labels: object) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'orders', labels },
      spec: { ports: [{ name: 'http', port: 81 }], selector: { app: 'by-hand' } },
    });
    let id: string;
    let released: Release;
    const decide = (release: Release, target: Target | undefined, decisions: object[]) =>
      owner.request({
        method: 'POST',
        url: `/releases/${release.id}/targets/${target?.targetId}/decisions`,
        payload: { decisions },
      });
    const rules = async () =>
      (await owner.request({ method: 'GET', url: `/applications/${id}/field-rules` })).body.items as {
        id: string;
        field: string;
        choice: string;
        cluster: string;
      }[];

    it('another tool’s stays as it is, and nothing is written in any cluster of the first wave', async () => {
      await alpha.request(
        'POST',
        '/api/v1/namespaces/shop/services',
        service({ 'app.kubernetes.io/managed-by': 'Helm' }),
      );
      const projects = await owner.request({ method: 'GET', url: '/projects' });
      const projectId = (projects.body.items as { id: string }[])[0]?.id;
      const made = await owner.request({
        method: 'POST',
        url: '/applications',
        payload: { projectId, slug: 'orders', environments: [{ environmentId }] },
      });
      id = String(made.body.id);
      const { body } = await preview({ ...input(), applicationId: id });
      const shown = body as unknown as Preview;
      expect(shown.deployable).toBe(false);
      expect(shown.targets[0]?.findings.map((finding) => finding.code)).toEqual(['owned_by_another']);
      const released = await deploy({ ...input(), applicationId: id });
      const ended = await endOf(String(released.body.id), 'failed');
      expect(ended).toMatchObject({ endedReason: 'preflight' });
      expect(ended.targets.map((target) => [target.cluster, target.state, target.verdict?.code])).toEqual([
        ['alpha', 'failed', 'owned_by_another'],
        ['beta', 'cancelled', undefined],
      ]);
      for (const cluster of [alpha, beta])
        expect((await deployments(cluster)).map((item) => item.metadata.name)).not.toContain('orders');
      await alpha.request('DELETE', orders);
    });

    it('nobody’s is adopted once somebody says so; until then no cluster is written', async () => {
      await alpha.request('POST', '/api/v1/namespaces/shop/services?fieldManager=kubectl-create', service({}));
      const released = await deploy({ ...input(), applicationId: id });
      const asks = async () => (await show(String(released.body.id))).targets.map(({ state }) => state);
      await expect.poll(asks).toEqual(['blocked', 'pending']);
      expect((await deployments(beta)).map((item) => item.metadata.name)).not.toContain('orders');
      const release = await show(String(released.body.id));
      expect(release).toMatchObject({ state: 'rolling', waits: [{ for: 'decision', name: 'alpha' }] });
      const [target] = release.targets;
      expect(target?.questions).toMatchObject([
        { object: { kind: 'Service', name: 'orders' }, about: 'adopt', manager: expect.stringContaining('kubectl') },
      ]);
      const object = target?.questions[0]?.object;
      expect(await decide(release, target, [{ object, choice: 'yield' }])).toMatchObject({
        status: 422,
        body: { code: 'decision_invalid', errors: [{ pointer: '/decisions/0/choice' }] },
      });
      expect(await decide(release, target, [{ object, choice: 'adopt' }])).toMatchObject({ status: 200 });
      await endOf(release.id, 'succeeded');
      const live = (await alpha.request('GET', orders)) as { spec: { ports: { port: number }[] } };
      expect(live.spec.ports).toHaveLength(1);
      expect(live.spec.ports[0]?.port).not.toBe(81);
      expect(await decide(release, target, [{ object, choice: 'adopt' }])).toMatchObject({
        status: 409,
        body: { code: 'release_ended' },
      });
    });

    it('a field of another manager is left to it, or taken, and stands decided until that is taken back', async () => {
      const path = '/apis/apps/v1/namespaces/shop/deployments/orders';
      for (const cluster of [alpha, beta])
        await cluster.request('PATCH', `${path}?fieldManager=kubectl-edit`, { spec: { replicas: 3 } });
      const made = await deploy({ ...input({ image: 'registry.example.com/shop/cart:1.1.0' }), applicationId: id });
      const asks = async () => (await show(String(made.body.id))).targets.map(({ state }) => state);
      await expect.poll(asks).toEqual(['blocked', 'blocked']);
      const release = await show(String(made.body.id));
      for (const target of release.targets)
        expect(target.questions).toMatchObject([
          {
            about: 'field',
            field: '.spec.replicas',
            manager: expect.stringContaining('kubectl-edit'),
            live: '3',
            ours: '2',
          },
        ]);
      const choices = ['yield', 'take'];
      for (const [index, target] of release.targets.entries()) {
        const { object, field } = target.questions[0] ?? {};
        expect(await decide(release, target, [{ object, field: '.spec.paused', choice: 'take' }])).toMatchObject({
          status: 422,
          body: { code: 'decision_missing' },
        });
        expect((await decide(release, target, [{ object, field, choice: choices[index] }])).status).toBe(200);
      }
      await endOf(release.id, 'succeeded');
      const replicas = async (cluster: TestCluster) =>
        (await deployments(cluster)).find(({ metadata }) => metadata.name === 'orders')?.spec.replicas;
      expect([await replicas(alpha), await replicas(beta)]).toEqual([3, 2]);
      const fields = (await rules()).filter(({ field }) => field !== '');
      expect(fields.map(({ cluster, field, choice }) => [cluster, field, choice]).toSorted()).toEqual([
        ['alpha', '.spec.replicas', 'yield'],
        ['beta', '.spec.replicas', 'take'],
      ]);
      // What stands decided is asked no more.
      const next = await deploy({ ...input(), applicationId: id });
      released = await endOf(String(next.body.id), 'succeeded');
      expect(await replicas(alpha)).toBe(3);
      const yielded = fields.find(({ choice }) => choice === 'yield')?.id;
      expect((await owner.request({ method: 'DELETE', url: `/field-rules/${yielded}` })).status).toBe(204);
      expect((await preview({ ...input(), applicationId: id })).body).toMatchObject({
        deployable: true,
        targets: [{ findings: [{ code: 'conflict', level: 'warn', field: '.spec.replicas' }] }, { findings: [] }],
      });
    });

    it('a field that cannot be changed is made anew by whoever types its name', async () => {
      const path = '/apis/apps/v1/namespaces/shop/deployments/orders';
      const objects = await owner.request({ method: 'GET', url: `/releases/${released.id}/objects` });
      const ours = (objects.body.items as { kind: string; cluster: string; manifest: string }[]).find(
        ({ kind, cluster }) => kind === 'Deployment' && cluster === 'beta',
      );
      // As an older version of the template had it.
      const older = parse(ours?.manifest ?? '') as {
        spec: { selector: { matchLabels: object }; template: { metadata: { labels: object } } };
      };
      older.spec.selector.matchLabels = { app: 'another' };
      older.spec.template.metadata.labels = { ...older.spec.template.metadata.labels, app: 'another' };
      const manager = test.composition.releaseFieldManager;
      await beta.request('DELETE', path);
      await expect
        .poll(() =>
          beta
            .request('PATCH', `${path}?fieldManager=${manager}&force=true`, older, {
              contentType: 'application/apply-patch+yaml',
            })
            .then(() => 'there', String),
        )
        .toBe('there');
      const rule = (await rules()).find(({ choice }) => choice === 'take')?.id;
      expect((await owner.request({ method: 'DELETE', url: `/field-rules/${rule}` })).status).toBe(204);
      await alpha.request('PATCH', `${path}?fieldManager=kubectl-edit`, { spec: { replicas: 2 } });
      const made = await deploy({ ...input(), applicationId: id });
      const asks = async () => (await show(String(made.body.id))).targets.map(({ state }) => state);
      await expect.poll(asks).toEqual(['pending', 'blocked']);
      const release = await show(String(made.body.id));
      const target = release.targets[1];
      const { object, about } = target?.questions[0] ?? {};
      expect(about).toBe('recreate');
      expect(await decide(release, target, [{ object, choice: 'recreate', confirm: 'order' }])).toMatchObject({
        status: 422,
        body: { code: 'confirmation_differs', errors: [{ pointer: '/decisions/0/confirm' }] },
      });
      expect((await decide(release, target, [{ object, choice: 'recreate', confirm: 'orders' }])).status).toBe(200);
      await endOf(release.id, 'succeeded');
      const after = (await beta.request('GET', path)) as { spec: { selector: { matchLabels: object } } };
      expect(after.spec.selector.matchLabels).not.toEqual(older.spec.selector.matchLabels);
    });
  });

  it('says at the preview that pods would exceed the quota', async () => {
    await alpha.request('POST', '/api/v1/namespaces/shop/resourcequotas', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'small' },
      spec: { hard: { 'requests.memory': '1Gi' } },
    });
    await expect
      .poll(async () => {
        const { body } = await preview(input({ parameters: { replicas: 2, resources: { memory: '4Gi' } } }));
        return (body as unknown as Preview).targets[0]?.findings.map((finding) => finding.code);
      })
      .toEqual(['quota_exceeded']);
    await alpha.request('DELETE', '/api/v1/namespaces/shop/resourcequotas/small');
  });

  it('names the taint and the budget that held back what went back, on the release and on the workload', async () => {
    const { body } = await owner.request({ method: 'GET', url: '/clusters?slug=alpha' });
    const clusterId = (body.items as { id: string }[])[0]?.id;
    const causes = [
      ['picky', 'unschedulable_taint', 'gpu=a100:NoSchedule'],
      ['guarded', 'pdb_blocked', 'PodDisruptionBudget guarded: 1 healthy, 1 needed, 0 may be disrupted.'],
    ] as const;
    for (const [slug, code, evidence] of causes) {
      const verdictOf = async () => (await show(heldBack.get(slug) ?? '')).targets[0]?.verdict;
      await expect.poll(async () => (await verdictOf())?.code, { interval: 500 }).toBe(code);
      const url = `/clusters/${clusterId}/namespaces/edge/workloads/deployments/${slug}/diagnosis`;
      const looked = await owner.request({ method: 'GET', url });
      for (const verdict of [await verdictOf(), (looked.body as { verdict?: Target['verdict'] }).verdict]) {
        expect(verdict).toMatchObject({ code, nextStep: expect.any(String) });
        expect(verdict?.evidence.join('\n')).toContain(evidence);
      }
    }
    // Neither the budget nor the node is the release's fault: it stands and waits for somebody.
    expect(await show(heldBack.get('guarded') ?? '')).toMatchObject({ state: 'paused' });
  });

  it('goes on with one cluster when the other is down, says which is which, and lets it catch up by itself', async () => {
    await owner.request({
      method: 'PUT',
      url: `/environments/${environmentId}/delivery`,
      payload: {
        policy: { approvals: 0, ownApproval: false, onFailure: 'pause', unreachable: 'skip' },
        strategies: [],
        revision: 0,
      },
    });
    await beta.stopApiServer();
    const made = await deploy(input({ image: 'registry.example.com/shop/cart:1.2.0' }));
    const partial = await endOf(String(made.body.id), 'partial');
    expect(partial.targets.map((target) => [target.cluster, target.state, target.debt?.reason])).toEqual([
      ['alpha', 'healthy', undefined],
      ['beta', 'deferred', 'unreachable'],
    ]);
    expect(partial.targets[1]?.verdict?.code).toMatch(/^cluster_/);
    expect((await deployments(alpha))[0]?.spec.template.spec.containers[0]?.image).toContain('cart:1.2.0');

    await beta.startApiServer();
    const newest = async () => {
      const { body } = await owner.request({ method: 'GET', url: `/releases?application=${applicationId}&limit=1` });
      return (body.items as Release[])[0];
    };
    await expect.poll(newest).toMatchObject({ kind: 'catch_up', state: 'succeeded' });
    expect(
      (await deployments(beta)).find((item) => item.metadata.name === 'cart')?.spec.template.spec.containers[0]?.image,
    ).toContain('cart:1.2.0');
    expect((await show(partial.id)).targets.map(({ debt }) => debt)).toEqual([undefined, undefined]);
    const targetId = partial.targets[1]?.targetId;
    expect(
      await owner.request({ method: 'POST', url: `/releases/${partial.id}/targets/${targetId}/retry` }),
    ).toMatchObject({ status: 409, body: { code: 'release_superseded' } });
  });

  it('takes one release at a time, and stops one that is on its way', async () => {
    const slow = await deploy(input({ parameters: { replicas: 1, annotations: { [failAnnotation]: 'never-ready' } } }));
    const next = await deploy(input());
    expect(next).toMatchObject({
      status: 202,
      body: { state: 'queued', waits: [{ for: 'lane', number: slow.body.number }] },
    });
    const aborted = await owner.request({ method: 'POST', url: `/releases/${slow.body.id}/abort`, payload: {} });
    expect(aborted).toMatchObject({ status: 200, body: { state: 'aborted' } });
    expect(await owner.request({ method: 'POST', url: `/releases/${slow.body.id}/abort`, payload: {} })).toMatchObject({
      status: 409,
      body: { code: 'release_ended' },
    });
    await endOf(String(next.body.id), 'succeeded');
  });

  it('lists releases, newest first', async () => {
    const { body } = await owner.request({ method: 'GET', url: `/releases?application=${applicationId}&limit=2` });
    expect((body.items as { number: number }[]).map((release) => release.number)).toEqual([
      Number(body.total),
      Number(body.total) - 1,
    ]);
    const listed = await owner.request({ method: 'GET', url: '/applications?q=cart' });
    expect(listed.body.total).toBe(1);
    const one = await owner.request({ method: 'GET', url: `/applications/${applicationId}` });
    expect(one.body.slug).toBe('cart');
  });

  it('removes what it put there, by its own books, and nothing else', async () => {
    const remove = (payload: object) =>
      owner.request({
        method: 'POST',
        url: `/applications/${applicationId}/environments/${environmentId}/remove`,
        payload,
      });
    expect(await owner.request({ method: 'DELETE', url: `/applications/${applicationId}` })).toMatchObject({
      status: 409,
      body: { code: 'application_live' },
    });
    expect(await remove({ confirm: 'wrong' })).toMatchObject({
      status: 422,
      body: { code: 'confirmation_differs' },
    });
    // The aborted release may still have a run in flight that ends by itself.
    const tries: Record<string, unknown>[] = [];
    const tryAgain = async () => {
      const { status, body } = await remove({ confirm: 'cart', reason: 'end of test' });
      tries.push(body);
      return status;
    };
    await expect.poll(tryAgain).toBe(202);
    const removed = tries.at(-1);
    await endOf(String(removed?.id), 'succeeded');
    for (const cluster of [alpha, beta])
      expect((await deployments(cluster)).map((item) => item.metadata.name)).not.toContain('cart');
    const services = (await alpha.request('GET', '/api/v1/namespaces/shop/services')) as {
      items: { metadata: { name: string } }[];
    };
    expect(services.items.map((item) => item.metadata.name)).toEqual(['orders']);
    expect((await owner.request({ method: 'DELETE', url: `/applications/${applicationId}` })).status).toBe(204);
  });
});
